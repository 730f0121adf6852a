package dev.caisson.daemon.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LivePoliciesTest {

  @TempDir Path folder;

  private final List<PolicyStore> prepared = new ArrayList<>();
  private Instant time = Instant.parse("2026-01-01T00:00:00Z");
  private LivePolicies policies = new LivePolicies(PolicyStore.shipped(), this::read, this::accept);
  private PolicyWatch watch = new PolicyWatch(policies, Optional.empty());
  private boolean prepares = true;

  @BeforeEach
  void theDaemonHasBegunWithOnePolicy() throws IOException {
    write("a.yaml", "time: {wall: 1s}\n");
    policies = new LivePolicies(read(), this::read, this::accept);
    watch = new PolicyWatch(policies, Optional.of(folder));
    watch.look(false);
    watch.look(false);
    assertThat(policies.state().generation()).isEqualTo(1);
  }

  @Test
  void aChangeHoldsWhenItWasSeenTwiceTheSame() throws IOException {
    Policy before = policies.find("a");
    write("a.yaml", "time: {wall: 2s}\n");
    write("b.yaml", "extends: a\n");

    watch.look(false);
    assertThat(policies.find("a")).isSameAs(before);
    watch.look(false);

    assertThat(policies.find("a").wallTime()).isEqualTo(Duration.ofSeconds(2));
    assertThat(policies.find("b").wallTime()).isEqualTo(Duration.ofSeconds(2));
    assertThat(policies.state().generation()).isEqualTo(2);
    assertThat(before.wallTime()).isEqualTo(Duration.ofSeconds(1));
  }

  @Test
  void aFileThatIsStillBeingWrittenIsNotRead() throws IOException {
    for (int i = 2; i < 6; i++) {
      write("a.yaml", "time: {wall: " + i + "s}\n");
      watch.look(false);
      assertThat(policies.state().generation()).isEqualTo(1);
    }
    watch.look(false);
    assertThat(policies.find("a").wallTime()).isEqualTo(Duration.ofSeconds(5));
  }

  @Test
  void aBadFileChangesNothingAndSaysFileLineAndReason() throws IOException {
    PolicyStore before = policies.state().store();
    write("good.yaml", "time: {wall: 2s}\n");
    write("bad.yaml", "\ntime: {wal: 2s}\n");

    settle();

    assertThat(policies.state().store()).isSameAs(before);
    assertThat(policies.lookUp("good")).isEmpty();
    assertThat(policies.state().generation()).isEqualTo(1);
    assertThat(policies.state().refusal().orElseThrow())
        .contains(folder.resolve("bad.yaml") + ":2: time.wal: the key is not known.");
    assertThat(prepared).isEmpty();

    Files.delete(folder.resolve("bad.yaml"));
    settle();

    assertThat(policies.state().refusal()).isEmpty();
    assertThat(policies.lookUp("good")).isPresent();
  }

  @Test
  void policiesThatCannotBeMadeReadyForAreNotInForce() throws IOException {
    prepares = false;
    write("a.yaml", "time: {wall: 2s}\n");

    settle();

    assertThat(policies.find("a").wallTime()).isEqualTo(Duration.ofSeconds(1));
    assertThat(policies.state().refusal()).hasValue("no such image");
  }

  @Test
  void preparationComesBeforeThePoliciesAreInForce() throws IOException {
    write("a.yaml", "time: {wall: 2s}\n");

    settle();

    assertThat(prepared).containsExactly(policies.state().store());
  }

  @Test
  void aRemovedPolicyIsNotFoundAnyMore() throws IOException {
    Files.delete(folder.resolve("a.yaml"));

    settle();

    assertThat(policies.lookUp("a")).isEmpty();
    assertThat(policies.find("").name()).isEqualTo("default");
  }

  @Test
  void aFolderThatIsAwayChangesNothingAndIsReadWhenItIsBack() throws IOException {
    Path aside = folder.resolveSibling(folder.getFileName() + "-aside");
    Files.move(folder, aside);
    settle();
    assertThat(policies.lookUp("a")).isPresent();
    assertThat(policies.state().refusal().orElseThrow()).contains("cannot be read");

    Files.move(aside, folder);
    write("a.yaml", "time: {wall: 3s}\n");
    settle();
    assertThat(policies.find("a").wallTime()).isEqualTo(Duration.ofSeconds(3));
  }

  @Test
  void whatIsAskedForIsReadAtOnceOnTheWatchsThread() throws IOException {
    watch.start();
    write("a.yaml", "time: {wall: 2s}\n");

    watch.request();

    await().until(() -> policies.find("a").wallTime().equals(Duration.ofSeconds(2)));
    watch.close();
  }

  @Test
  void theWatchFindsAChangeByItself() throws IOException {
    watch.start();
    write("a.yaml", "time: {wall: 2s}\n");

    await().until(() -> policies.find("a").wallTime().equals(Duration.ofSeconds(2)));
    watch.close();
  }

  @Test
  void readingTheSameAgainIsNoChange() {
    watch.look(true);

    assertThat(policies.state().generation()).isEqualTo(1);
    assertThat(prepared).isEmpty();
  }

  private void settle() {
    watch.look(false);
    watch.look(false);
  }

  private PolicyStore read() {
    return PolicyStore.withFolder(folder);
  }

  private void accept(PolicyStore next) {
    if (!prepares) {
      throw new SandboxException(ErrorCode.FAILED_PRECONDITION, "no such image");
    }
    assertThat(policies.state().store()).isNotEqualTo(next);
    prepared.add(next);
  }

  /** With a time of its own, since two writes may fall into one tick of the file system's clock. */
  private void write(String name, String text) throws IOException {
    Files.writeString(folder.resolve(name), text);
    time = time.plusSeconds(1);
    Files.setLastModifiedTime(folder.resolve(name), FileTime.from(time));
  }
}
