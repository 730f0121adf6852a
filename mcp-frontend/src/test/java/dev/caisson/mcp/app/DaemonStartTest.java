package dev.caisson.mcp.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caisson.mcp.relay.RefusedException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class DaemonStartTest {

  @TempDir Path folder;
  private final ByteArrayOutputStream said = new ByteArrayOutputStream();

  @Test
  void a_daemon_that_listens_is_taken_as_it_is() throws Exception {
    try (var socket = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        var start = start("touch started")) {
      socket.bind(UnixDomainSocketAddress.of(socket()));

      start.await();

      assertThat(folder.resolve("started")).doesNotExist();
    }
  }

  @Test
  void without_one_whoever_needs_it_waits_until_it_is_started_and_it_is_started_once()
      throws Exception {
    try (var start =
        start("echo starting >&2; echo x >> started; printf \"$CAISSON_SOCKET\" >&2")) {
      start.begin();
      start.await();
      start.await();

      assertThat(Files.readAllLines(folder.resolve("started"))).hasSize(1);
      assertThat(said.toString(StandardCharsets.UTF_8)).isEqualTo("starting\n");
    }
  }

  @Test
  void what_went_wrong_is_told_to_the_request_that_waits_and_the_next_one_tries_again()
      throws Exception {
    try (var start =
        start("echo 'no engine' >&2; echo '  to mend it: caisson setup' >&2; exit 1")) {
      assertThatThrownBy(start::await)
          .isInstanceOfSatisfying(
              RefusedException.class,
              refusal -> {
                assertThat(refusal.reason()).isEqualTo(RefusedException.Reason.UNREACHABLE);
                assertThat(refusal.explanation())
                    .isEqualTo(
                        "no daemon could be started (status 1):\n"
                            + "no engine\nto mend it: caisson setup");
              });

      script("exit 0");
      start.await();
    }
  }

  @Test
  void a_launcher_that_is_not_there_is_told_of_too() throws Exception {
    try (var start = start("exit 0")) {
      Files.delete(folder.resolve("launcher"));
      assertThatThrownBy(start::await)
          .hasMessageContaining("no daemon could be started")
          .hasMessageContaining("launcher");
    }
  }

  @Test
  void of_much_that_is_said_the_end_is_told() throws Exception {
    try (var start = start("seq 1 5000 >&2; exit 1")) {
      assertThatThrownBy(start::await)
          .hasMessageEndingWith("\n4999\n5000")
          .hasMessageNotContaining("4900");
    }
  }

  @Test
  void beginning_does_not_wait_and_who_is_interrupted_stops_waiting_alone() throws Exception {
    var release = folder.resolve("release");
    try (var start = start("until [ -e release ]; do read -t 0.02 x <> pipe; done")) {
      new ProcessBuilder("mkfifo", folder.resolve("pipe").toString()).start().waitFor();
      start.begin();
      var waiting = Thread.ofVirtual().start(() -> awaited(start));
      waiting.interrupt();
      waiting.join();

      Files.createFile(release);
      start.await();
    }
  }

  @Test
  void closing_ends_a_launcher_that_is_still_at_work() throws Exception {
    try (var start = start("echo $$ > pid; exec sleep 600")) {
      start.begin();
      Awaitility.await().until(() -> Files.exists(folder.resolve("pid")) && pid().isPresent());
    }
    Awaitility.await().until(() -> pid().flatMap(ProcessHandle::of).isEmpty());
  }

  private java.util.Optional<Long> pid() throws IOException {
    var text = Files.readString(folder.resolve("pid")).strip();
    return text.isEmpty() ? java.util.Optional.empty() : java.util.Optional.of(Long.valueOf(text));
  }

  @Test
  void only_a_launcher_that_says_so_starts_one() throws Exception {
    script("touch started");
    var launcher = folder.resolve("launcher").toString();
    for (var environment :
        List.of(
            Map.of("CAISSON_LAUNCHER", launcher),
            Map.of("CAISSON_MAY_START_DAEMON", "yes"),
            Map.<String, String>of())) {
      try (var start = DaemonStart.by(environment, socket(), err())) {
        start.await();
      }
    }
    assertThat(folder.resolve("started")).doesNotExist();

    var told = Map.of("CAISSON_LAUNCHER", launcher, "CAISSON_MAY_START_DAEMON", "yes");
    try (var start = DaemonStart.by(told, socket(), err())) {
      start.await();
    }
    assertThat(folder.resolve("started")).exists();
  }

  private static void awaited(DaemonStart start) {
    try {
      start.await();
    } catch (RefusedException | InterruptedException expected) {
      Thread.currentThread().interrupt();
    }
  }

  private DaemonStart start(String script) throws IOException {
    script(script);
    return new DaemonStart(socket(), List.of(folder.resolve("launcher").toString()), err());
  }

  private void script(String script) throws IOException {
    var launcher = folder.resolve("launcher");
    Files.writeString(launcher, "#!/bin/bash\ncd '" + folder + "'\n" + script + "\n");
    assertThat(launcher.toFile().setExecutable(true)).isTrue();
  }

  private Path socket() {
    return folder.resolve("caisson.sock");
  }

  private PrintStream err() {
    return new PrintStream(said, /* autoFlush= */ true, StandardCharsets.UTF_8);
  }
}
