package dev.caisson.mcp.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.caisson.mcp.relay.RefusedException.Reason;
import dev.caisson.mcp.relay.SessionHost.NewSession;
import dev.caisson.mcp.relay.SessionHost.Workspace;
import dev.caisson.mcp.relay.WorkspaceFiles.Depth;
import dev.caisson.mcp.relay.WorkspaceFiles.Entry;
import dev.caisson.mcp.relay.WorkspaceFiles.Kind;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds for sessions and their files, of the daemon and of the fake. */
public abstract class SessionHostContract {

  private SessionState session;

  protected abstract SessionHost sessions();

  protected abstract WorkspaceFiles files();

  @BeforeEach
  void make() throws Exception {
    session = sessions().create(wanted("work"));
  }

  @AfterEach
  void endAll() throws Exception {
    for (var left : sessions().list()) {
      sessions().end(left.id());
    }
  }

  private static NewSession wanted(String name) {
    return new NewSession(
        name, "for a test", "", Optional.of(Duration.ofMinutes(5)), Optional.empty());
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static Reason reason(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
    return assertThatExceptionOfType(RefusedException.class).isThrownBy(call).actual().reason();
  }

  @Test
  void a_session_that_was_made_is_listed_as_it_was_asked_for() throws Exception {
    assertThat(sessions().list())
        .singleElement()
        .satisfies(listed -> {
          assertThat(listed.id()).isEqualTo(session.id());
          assertThat(listed.name()).isEqualTo("work");
          assertThat(listed.description()).isEqualTo("for a test");
          assertThat(listed.policy()).isEqualTo("default");
          assertThat(listed.activity()).isEqualTo(SessionState.Activity.IDLE);
          assertThat(listed.idleTimeout()).isEqualTo(Duration.ofMinutes(5));
          assertThat(listed.responsive()).isTrue();
        });
  }

  @Test
  void an_unknown_policy_is_refused() {
    assertThat(
            reason(() ->
                sessions()
                    .create(new NewSession("", "", "nowhere", Optional.empty(), Optional.empty()))))
        .isEqualTo(Reason.NOT_FOUND);
  }

  @Test
  void a_session_that_was_ended_is_gone() throws Exception {
    sessions().end(session.id());

    assertThat(sessions().list()).isEmpty();
    assertThat(reason(() -> sessions().end(session.id()))).isEqualTo(Reason.NOT_FOUND);
    assertThat(reason(() -> sessions().interrupt(session.id()))).isEqualTo(Reason.NOT_FOUND);
    assertThat(reason(() -> files().stat(session.id(), ""))).isEqualTo(Reason.NOT_FOUND);
  }

  @Test
  void a_reset_keeps_the_files_unless_they_are_to_be_cleared() throws Exception {
    files().write(session.id(), "kept.txt", bytes("kept"));

    assertThat(sessions().reset(session.id(), Workspace.KEEP).restarts()).isEqualTo(1);
    assertThat(files().stat(session.id(), "kept.txt").size()).isEqualTo(4);

    sessions().reset(session.id(), Workspace.CLEAR);
    assertThat(reason(() -> files().stat(session.id(), "kept.txt"))).isEqualTo(Reason.NOT_FOUND);
  }

  @Test
  void nothing_is_interrupted_where_nothing_runs() throws Exception {
    assertThat(sessions().interrupt(session.id())).isFalse();
  }

  @Test
  void a_file_comes_back_as_it_was_written_and_in_parts() throws Exception {
    files().write(session.id(), "out/a file.bin", new byte[] {0, 1, 2, (byte) 0xFF});

    assertThat(files().stat(session.id(), "out/a file.bin"))
        .extracting(Entry::path, Entry::kind, Entry::size)
        .containsExactly("out/a file.bin", Kind.FILE, 4L);
    var part = files().read(session.id(), "out/a file.bin", 1, 2);
    assertThat(part.bytes()).containsExactly(1, 2);
    assertThat(part.size()).isEqualTo(4);
    assertThat(part.changed()).isFalse();
    assertThat(files().read(session.id(), "out/a file.bin", 9, 2).bytes()).isEmpty();
  }

  @Test
  void a_directory_is_listed_in_pages() throws Exception {
    for (var name : new String[] {"c", "a", "b/deep"}) {
      files().write(session.id(), name, bytes(name));
    }

    var first = files().list(session.id(), "", 2, "");
    assertThat(first.entries())
        .extracting(Entry::path, Entry::kind)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("a", Kind.FILE),
            org.assertj.core.groups.Tuple.tuple("b", Kind.DIRECTORY));
    var second = files().list(session.id(), "", 2, first.next());
    assertThat(second.entries()).extracting(Entry::path).containsExactly("c");
    assertThat(second.next()).isEmpty();
    assertThat(files().list(session.id(), "b", 9, "").entries())
        .extracting(Entry::path)
        .containsExactly("b/deep");
  }

  @Test
  void a_cursor_that_is_none_is_refused() {
    assertThat(reason(() -> files().list(session.id(), "", 1, "a/b"))).isEqualTo(Reason.INVALID);
  }

  @Test
  void a_path_of_more_than_64_names_is_refused() throws Exception {
    files().makeDirectory(session.id(), "d" + "/d".repeat(63));

    assertThat(reason(() -> files().list(session.id(), "d" + "/d".repeat(64), 1, "")))
        .isEqualTo(Reason.INVALID);
  }

  @Test
  void directories_are_made_and_deleted_with_what_is_in_them_only_when_asked() throws Exception {
    assertThat(files().makeDirectory(session.id(), "some")).isTrue();
    assertThat(files().makeDirectory(session.id(), "some")).isFalse();
    assertThat(files().list(session.id(), "some", 9, "").entries()).isEmpty();
    files().write(session.id(), "some/file", bytes("x"));

    assertThat(reason(() -> files().delete(session.id(), "some", Depth.ALONE)))
        .isEqualTo(Reason.WRONG_STATE);
    assertThat(files().delete(session.id(), "some", Depth.ALL_WITHIN)).isEqualTo(2);
    assertThat(reason(() -> files().stat(session.id(), "some"))).isEqualTo(Reason.NOT_FOUND);
  }

  @Test
  void what_is_no_file_is_not_read_and_what_is_no_directory_is_not_listed() throws Exception {
    files().write(session.id(), "some/file", bytes("x"));

    assertThat(reason(() -> files().read(session.id(), "some", 0, 1)))
        .isEqualTo(Reason.WRONG_STATE);
    assertThat(reason(() -> files().list(session.id(), "some/file", 1, "")))
        .isEqualTo(Reason.WRONG_STATE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/etc/passwd", "../x", "a/../../x", "a//b", "./a", "a/", "nul\0", ""})
  void a_path_that_is_none_of_the_workspace_is_refused(String path) {
    assertThat(reason(() -> files().read(session.id(), path, 0, 1))).isEqualTo(Reason.INVALID);
    assertThat(reason(() -> files().write(session.id(), path, bytes("x"))))
        .isEqualTo(Reason.INVALID);
    assertThat(reason(() -> files().delete(session.id(), path, Depth.ALONE)))
        .isEqualTo(Reason.INVALID);
  }
}
