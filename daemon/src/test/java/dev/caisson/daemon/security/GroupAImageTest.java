package dev.caisson.daemon.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.caisson.daemon.acceptance.DaemonProcess;
import dev.caisson.daemon.acceptance.EngineView;
import dev.caisson.daemon.acceptance.Patience;
import dev.caisson.daemon.acceptance.RunClient;
import dev.caisson.daemon.acceptance.Transcript;
import dev.caisson.v1.RunFinished.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Images that an operator named by mistake or that somebody tampered with. */
@DisplayNameGeneration(AttackNames.class)
class GroupAImageTest {

  @TempDir Path folder;

  @RegisterExtension static final AttackRecord record = new AttackRecord();

  @AfterEach
  void nothingIsLeft() {
    Remains.awaitNone();
  }

  @Test
  @Attack(
      row = "A9",
      what = "an image of the operator's with devices, setuid files and files of the code's own",
      expected = "SUCCEEDED, none of them gives the code anything",
      guards = {"gVisor", "by design: no capability, no new privileges, a read-only root"})
  void anImageWithDevicesAndSetuidFiles() {
    String steps =
        """
        RUN ["/bin/sh", "-ec", "mkdir /odd; mknod -m 666 /odd/mem c 1 1; mknod -m 666 /odd/disk b 8 0; \
        mknod -m 666 /odd/cuse c 10 203; cp /usr/bin/python3.13 /odd/root-python; \
        chmod 6755 /odd/root-python; touch /odd/own; chown 65532:65532 /odd/own; mkdir -m 777 /odd/open"]
        """;
    try (OddImage image = OddImage.of(folder, steps);
        DaemonProcess daemon = daemon(image);
        RunClient client = new RunClient(daemon.socket())) {
      await("the daemon serves").atMost(Patience.BEGINNING).until(client::full);
      Transcript run =
          client.run(
              """
              import os, subprocess
              got = []
              for name in ('mem', 'disk', 'cuse'):
                  if not os.path.lexists('/odd/' + name) and name != 'disk': # gVisor shows none
                      got.append('no ' + name)
                  for how in (os.O_RDONLY, os.O_RDWR):
                      try:
                          os.open('/odd/' + name, how | os.O_NONBLOCK)
                          got.append(name)
                      except OSError:
                          pass
              for place in ('/odd/own', '/odd/open/file'):
                  try:
                      open(place, 'a').close()
                      got.append(place)
                  except OSError:
                      pass
              ask = 'import os; print(os.getresuid(), os.getresgid())'
              print(subprocess.run(['/odd/root-python', '-I', '-c', ask], capture_output=True, text=True).stdout, got)
              """);
      record.saw(run.outcome());
      assertThat(run.outcome()).as(run::toString).isEqualTo(Outcome.SUCCEEDED);
      assertThat(run.stdout()).isEqualTo("(65532, 65532, 65532) (65532, 65532, 65532)\n []\n");
    }
  }

  @Test
  @Attack(
      row = "A9",
      what = "an image that brings variables of its own into each sandbox",
      expected = "the daemon refuses to serve and names the difference",
      guards = "posture.heeded")
  void anImageWithVariablesOfItsOwn() {
    try (OddImage image = OddImage.of(folder, "ENV REGISTRY_TOKEN=not-to-be-told");
        DaemonProcess daemon = daemon(image)) {
      assertThat(daemon.awaitExit()).isNotZero();
      assertThat(daemon.log())
          .contains("sandboxes are not what they should be")
          .contains("REGISTRY_TOKEN")
          .doesNotContain("not-to-be-told");
      assertThat(daemon.socket()).doesNotExist();
      assertThat(EngineView.owned(daemon.socket())).isEmpty();
      record.saw("refused to serve");
    }
  }

  @Test
  @Attack(
      row = "B21",
      what = "an image whose agent speaks before it is asked",
      expected = "no sandbox of it is ever handed out, and all are destroyed",
      guards = "channel.turns")
  void anImageThatWasTamperedWith() throws IOException {
    Files.writeString(
        folder.resolve("agent.py"),
        """
        import os, struct, sys
        def says(kind, payload, stream=0):
            os.write(2, struct.pack('>IBI', len(payload) + 5, kind, stream) + payload)
        says(96, b'{"protocol":1,"agent":"0","features":[]}')
        says(97, b'{}')
        says(98, b'\\1\\0\\0\\0\\0nobody asked', 1)
        sys.stdin.buffer.read()
        """);
    String steps =
        "RUN [\"/bin/sh\", \"-c\", \"rm -r /opt/caisson/agent/*\"]\n"
            + "COPY agent.py /opt/caisson/agent/__main__.py";
    try (OddImage image = OddImage.of(folder, steps);
        DaemonProcess daemon = daemon(image)) {
      assertThat(daemon.awaitExit()).isNotZero();
      // Which one depends on how far the pool was when the sandbox spoke.
      assertThat(daemon.log())
          .containsAnyOf("a captured_output frame in state idle", "no sandbox was ready in time");
      assertThat(daemon.socket()).doesNotExist();
      assertThat(EngineView.owned(daemon.socket())).isEmpty();
      record.saw("refused to serve");
    }
  }

  private DaemonProcess daemon(OddImage image) {
    return DaemonProcess.start(
        folder, 1, Map.of(), Map.of("CAISSON_ENGINE_BASE_IMAGE", image.tag()));
  }
}
