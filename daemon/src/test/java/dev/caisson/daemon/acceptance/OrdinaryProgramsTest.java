package dev.caisson.daemon.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caisson.daemon.app.RunningDaemon;
import dev.caisson.v1.CreateSessionRequest;
import dev.caisson.v1.DeleteSessionRequest;
import dev.caisson.v1.RunFinished.Outcome;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What programs do on any machine works in a run and in a session, with real sandboxes. */
class OrdinaryProgramsTest {

  enum Ordinary {
    ASYNCIO(
        """
        import asyncio
        async def double(n):
            await asyncio.sleep(0.01)
            return 2 * n
        async def main():
            return await asyncio.gather(double(1), double(2))
        print(asyncio.run(main()))
        """,
        "[2, 4]\n"),
    THREADS(
        """
        import queue, threading
        from concurrent.futures import ThreadPoolExecutor
        results = queue.Queue()
        threads = [threading.Thread(target=results.put, args=(n,)) for n in range(4)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        with ThreadPoolExecutor(4) as pool:
            print(sorted(results.get() for _ in threads), list(pool.map(abs, [-1, -2])))
        """,
        "[0, 1, 2, 3] [1, 2]\n"),
    FORKED_PROCESSES(processes("fork"), "[0, 1, 4, 9]\n"),
    SPAWNED_PROCESSES(processes("spawn"), "[0, 1, 4, 9]\n"),
    SHARED_MEMORY(
        """
        import multiprocessing as mp
        def add(value):
            with value.get_lock(): value.value += 1
        value = mp.get_context('fork').Value('i', 0)
        workers = [mp.get_context('fork').Process(target=add, args=(value,)) for _ in range(3)]
        for worker in workers: worker.start()
        for worker in workers: worker.join()
        print(value.value, [worker.exitcode for worker in workers])
        """,
        "3 [0, 0, 0]\n"),
    SUBPROCESS(
        """
        import subprocess
        done = subprocess.run(['/bin/sh', '-c', 'cat; exit 3'], input=b'in', capture_output=True)
        print(done.stdout, done.returncode, subprocess.check_output(['echo', 'x'], text=True), end='')
        """,
        "b'in' 3 x\n"),
    TEMPORARY_FILES(
        """
        import os, tempfile
        with tempfile.TemporaryDirectory() as folder, tempfile.NamedTemporaryFile(dir=folder) as file:
            file.write(b'12345'); file.flush()
            print(os.path.getsize(file.name), os.listdir(folder) == [os.path.basename(file.name)])
        print(os.path.exists(folder))
        """,
        "5 True\nFalse\n"),
    DATABASE(
        """
        import os, sqlite3
        with sqlite3.connect('some.db') as connection:
            connection.execute('create table t (a integer, b text)')
            connection.executemany('insert into t values (?, ?)', [(1, 'x'), (2, 'ü')])
        print(sqlite3.connect('some.db').execute('select * from t order by a').fetchall())
        os.remove('some.db')
        """,
        "[(1, 'x'), (2, 'ü')]\n"),
    LOGGING(
        """
        import logging, sys
        logging.basicConfig(level=logging.INFO, format='%(levelname)s %(name)s: %(message)s', force=True)
        logging.getLogger('a.b').info('to %s', 'stderr')
        logging.debug('nobody')
        """,
        "INFO a.b: to stderr\n"),
    PROGRESS(
        """
        import sys
        for n in range(3):
            print(f'\\r{n}', end='', file=sys.stderr, flush=True)
        print(file=sys.stderr)
        """,
        "\r0\r1\r2\n");

    private final String code;
    private final String output;

    Ordinary(String code, String output) {
      this.code = code;
      this.output = output;
    }

    private static String processes(String method) {
      return """
      import multiprocessing
      def square(number):
          return number * number
      if __name__ == '__main__':
          with multiprocessing.get_context('%s').Pool(2) as pool:
              print(pool.map(square, range(4)))
      """
          .formatted(method);
    }
  }

  @TempDir static Path folder;

  private static RunningDaemon daemon;
  private static RunClient client;

  private String session = "";

  @BeforeAll
  static void start() {
    daemon = RunningDaemon.start(folder, 1, Map.of("small", "extends: default\n"));
    client = new RunClient(daemon.socket());
  }

  @AfterAll
  static void end() {
    client.close();
    daemon.close();
  }

  @BeforeEach
  void createSession() {
    session =
        client
            .sessions()
            .createSession(CreateSessionRequest.getDefaultInstance())
            .getSession()
            .getSessionId();
  }

  @AfterEach
  void deleteSession() {
    var unused =
        client
            .sessions()
            .deleteSession(DeleteSessionRequest.newBuilder().setSessionId(session).build());
  }

  @ParameterizedTest
  @EnumSource
  void itWorksInARunAndTwiceInASession(Ordinary program) {
    check(program, client.run(program.code));
    for (int time = 0; time < 2; time++) {
      check(program, client.run(RunClient.program(program.code).setSession(session)));
    }
  }

  private static void check(Ordinary program, Transcript run) {
    assertThat(run.outcome()).as(run::toString).isEqualTo(Outcome.SUCCEEDED);
    assertThat(run.output()).isEqualTo(program.output);
  }
}
