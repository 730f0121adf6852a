package dev.caisson.daemon.runtime.docker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caisson.daemon.runtime.Conversation;
import dev.caisson.daemon.runtime.RunningSandbox;
import dev.caisson.daemon.runtime.Specs;
import java.io.IOException;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Each limit is met by code that goes past it, at the figure that was asked for. */
@Timeout(60)
final class SandboxLimitsTest {

  /** Writes files of 1 MiB until it cannot, says how many and why, and removes them. */
  private static final String FILL =
      """
      import os
      n = 0
      try:
          while n < 100:
              open('%1$s/f%%d' %% n, 'wb').write(b'x' * (1 << 20)); n += 1
      except OSError as e:
          print(n, e.errno, flush=True)
      for f in os.listdir('%1$s'):
          os.unlink('%1$s/' + f)
      """;

  private static DockerSandboxRuntime runtime;
  private static RunningSandbox sandbox;
  private static Conversation inside;

  @BeforeAll
  static void create() {
    runtime = TestEngine.connect("test-" + UUID.randomUUID(), "first");
    sandbox = runtime.create(Specs.spec(), TestEngine.soon());
    inside = new Conversation(sandbox);
  }

  @AfterAll
  static void destroy() {
    sandbox.destroy(TestEngine.soon());
    runtime.close();
  }

  @Test
  void theWorkspaceIsFullAtItsSize() throws IOException {
    assertThat(python(FILL.formatted("/workspace"))).isEqualTo("8 28");
  }

  @Test
  void tmpIsFullAtItsSize() throws IOException {
    assertThat(python(FILL.formatted("/tmp"))).isEqualTo("6 28");
  }

  @Test
  void sharedMemoryIsFullAtItsSize() throws IOException {
    assertThat(python(FILL.formatted("/dev/shm"))).isEqualTo("2 28");
  }

  @Test
  void noFileGrowsBeyondTheLargest() throws IOException {
    assertThat(
            python(
                """
                import os
                f = open('/workspace/big', 'wb', buffering=0)
                n = 0
                try:
                    while n < 100:
                        f.write(b'x' * (1 << 20)); n += 1
                except OSError as e:
                    print(n, e.errno, flush=True)
                os.unlink('/workspace/big')
                """))
        .isEqualTo("4 27");
  }

  @Test
  void noProcessOpensMoreFilesThanAllowed() throws IOException {
    assertThat(
            python(
                """
                import os
                fds = []
                try:
                    while True:
                        fds.append(os.open('/dev/null', os.O_RDONLY))
                except OSError as e:
                    print(max(fds) + 1, e.errno, flush=True)
                for fd in fds:
                    os.close(fd)
                """))
        .isEqualTo("64 24");
  }

  @Test
  void aForkBombMeetsTheLimitAndTheSandboxLives() throws IOException {
    assertThat(
            python(
                """
                import os, signal, time
                pids = []
                try:
                    while len(pids) < 1000:
                        pid = os.fork()
                        if pid == 0:
                            time.sleep(1000)
                        pids.append(pid)
                except BlockingIOError as e:
                    print(len(pids) + 1, type(e).__name__, flush=True)
                for pid in pids:
                    os.kill(pid, signal.SIGKILL); os.waitpid(pid, 0)
                """))
        .isEqualTo("24 BlockingIOError");
    assertThat(inside.ask("out lives")).isEqualTo("lives");
  }

  @Test
  void noCoreIsWritten() throws IOException {
    assertThat(
            python("import resource\nprint(resource.getrlimit(resource.RLIMIT_CORE), flush=True)"))
        .isEqualTo("(0, 0)");
  }

  @Test
  void theCodeCanUseTheMemoryItWasPromisedBesideFullFileSystems() throws IOException {
    assertThat(
            python(
                """
                import os
                for d, n in (('/workspace', 8), ('/tmp', 6), ('/dev/shm', 2)):
                    for i in range(n):
                        open('%s/f%d' % (d, i), 'wb').write(b'x' * (1 << 20))
                kept = [b'x' * (1 << 20) for _ in range(50)]
                print(len(kept), flush=True)
                for d in ('/workspace', '/tmp', '/dev/shm'):
                    for f in os.listdir(d):
                        os.unlink(d + '/' + f)
                """))
        .isEqualTo("50");
  }

  private static String python(String code) throws IOException {
    return inside.ask("py " + code.replace("\n", "\\n"));
  }
}
