package dev.caisson.daemon.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.caisson.daemon.app.RunningDaemon;
import dev.caisson.v1.Pool;
import dev.caisson.v1.RunFinished.Outcome;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nothing of a run is left for another one, nor on the engine. */
class FreshnessTest {

  /** What a run can see that another could have left: everything but its own two variables. */
  private static final String LOOK =
      """
      import builtins, glob, os, sys
      print('files', sorted(p for d in ('/workspace', '/tmp', '/dev/shm')
                            for p in glob.glob(d + '/**', recursive=True, include_hidden=True)))
      print('module', 'left_behind' in sys.modules, 'json patched', hasattr(__import__('json'), 'left'))
      print('builtin', hasattr(builtins, 'left_behind'))
      print('environment', os.environ.get('LEFT_BEHIND'))
      print('globals', 'left_behind' in globals())
      print('folder', os.getcwd(), 'path', '/tmp/left' in sys.path, 'umask', os.umask(0o22))
      print('processes', len([p for p in os.listdir('/proc') if p.isdigit()]))
      """;

  private static final String LEAVE =
      """
      import builtins, json, os, subprocess, sys, time, types
      for folder in ('/workspace', '/tmp', '/dev/shm'):
          os.makedirs(folder + '/left', exist_ok=True)
          open(folder + '/left/file', 'w').write('secret')
          open(folder + '/.hidden', 'w').write('secret')
      sys.modules['left_behind'] = types.ModuleType('left_behind')
      json.left = True
      builtins.left_behind = 1
      left_behind = 1
      os.environ['LEFT_BEHIND'] = '1'
      sys.path.insert(0, '/tmp/left')
      os.umask(0)
      os.chdir('/tmp/left')
      subprocess.Popen(['sleep', '1000'], start_new_session=True)
      if os.fork() == 0:
          os.setsid()
          if os.fork() == 0:
              while True:
                  time.sleep(1)
          os._exit(0)
      """;

  @TempDir static Path folder;

  private static RunningDaemon daemon;
  private static RunClient client;

  @BeforeAll
  static void start() {
    // One sandbox at a time: if any were ever used again, it would be by the very next run.
    daemon = RunningDaemon.start(folder, 1, Map.of());
    client = new RunClient(daemon.socket());
  }

  @AfterAll
  static void end() {
    client.close();
    daemon.close();
  }

  @Test
  void noStateCrossesRuns() {
    Transcript before = client.run(LOOK);
    Transcript leaving = client.run(LEAVE);
    Transcript after = client.run(LOOK);

    assertThat(leaving.outcome()).isEqualTo(Outcome.SUCCEEDED);
    assertThat(before.outcome()).isEqualTo(Outcome.SUCCEEDED);
    assertThat(after.output()).isEqualTo(before.output());
    assertThat(after.output())
        .isEqualTo(
            """
            files ['/dev/shm/', '/tmp/', '/workspace/']
            module False json patched False
            builtin False
            environment None
            globals False
            folder /workspace path False umask 18
            processes 2
            """);
  }

  @Test
  void everyRunHasASandboxOfItsOwn() {
    Transcript one = client.run("1");
    Transcript other = client.run("2");

    assertThat(one.accepted().getSandboxId()).isNotEqualTo(other.accepted().getSandboxId());
    assertThat(one.accepted().getRunId()).isNotEqualTo(other.accepted().getRunId()).hasSize(32);
  }

  @Test
  void aSandboxIsGoneFromTheEngineAfterItsRunAndThePoolIsFullAgain() {
    String ended = client.run("1").accepted().getSandboxId();
    String killed = client.run("import os; os.kill(os.getppid(), 9)").accepted().getSandboxId();
    LiveRun abandoned = client.start(RunClient.program("print('begun')\nwhile True: pass"));
    abandoned.awaitOutput("begun");
    abandoned.abandon();

    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> client.full() && EngineView.sandbox(ended).isEmpty());
    assertThat(EngineView.sandbox(killed)).isEmpty();
    Pool pool = client.pool().getPools(0);
    assertThat(EngineView.owned(daemon.socket())).hasSize(1);
    assertThat(pool.getCreatedTotal() - pool.getDestroyedTotal()).isEqualTo(1);
  }

  @Test
  void aCallerThatGoesAwayEndsItsRun() {
    LiveRun abandoned = client.start(RunClient.program("print('begun')\nwhile True: pass"));
    abandoned.awaitOutput("begun");

    abandoned.abandon();

    await().atMost(Duration.ofSeconds(30)).until(client::full);
  }
}
