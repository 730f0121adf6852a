package dev.caisson.daemon.acceptance;

import static dev.caisson.daemon.acceptance.RunClient.program;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Duration;
import com.google.protobuf.util.Durations;
import dev.caisson.daemon.app.RunningDaemon;
import dev.caisson.v1.RunFinished;
import dev.caisson.v1.RunFinished.Outcome;
import dev.caisson.v1.RunLimits;
import dev.caisson.v1.StartRun;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every way in which a run ends, one test for each row of the table in docs/outcomes.md. Beside all
 * of them goes on one run that none may disturb.
 *
 * <p>POLICY_DENIED is missing: no policy of this version refuses a program before it runs.
 */
class OutcomesTest {

  @TempDir static Path folder;

  private static RunningDaemon daemon;
  private static RunClient client;
  private static Canary canary;

  @BeforeAll
  static void start() {
    daemon = RunningDaemon.start(folder, 3, Map.of("long", "time:\n  wall: 10m\n"));
    client = new RunClient(daemon.socket());
    canary = new Canary(client, "long");
  }

  @AfterEach
  void theRunBesideGoesOn() throws InterruptedException {
    canary.sings();
  }

  @AfterAll
  static void end() {
    try (RunningDaemon d = daemon;
        RunClient c = client) {
      canary.landsSafely();
    }
  }

  // ---- by itself ----

  @Test
  void aProgramThatComesToItsEndSucceededWithTheValueOfItsLastExpression() {
    Transcript run = client.run("print('hello')\n{'answer': 6 * 7}");

    assertThat(run.finished())
        .returns(Outcome.SUCCEEDED, RunFinished::getOutcome)
        .returns("", RunFinished::getMessage)
        .returns(0, RunFinished::getExitCode);
    assertThat(run.stdout()).isEqualTo("hello\n");
    assertThat(run.stderr()).isEmpty();
    assertThat(run.finished().getValue().getRepr()).isEqualTo("{'answer': 42}");
    assertThat(run.finished().getValue().getJson().toStringUtf8()).isEqualTo("{\"answer\":42}");
  }

  @Test
  void aProgramMayAwaitAtItsTopLevel() {
    Transcript run = client.run("import asyncio\nawait asyncio.sleep(0, 'done')");

    assertThat(run.finished().getValue().getRepr()).isEqualTo("'done'");
  }

  @ParameterizedTest
  @ValueSource(strings = {"import sys; sys.exit()", "raise SystemExit(0)", "exit(0)"})
  void anExitWithoutAStatusSucceeded(String code) {
    Transcript run = client.run(code);

    assertThat(run.outcome()).isEqualTo(Outcome.SUCCEEDED);
    assertThat(run.exitCode()).isZero();
    assertThat(run.message()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"3, 3", "256 + 7, 7", "-1, 255"})
  void anExitWithAStatusFailedWithIt(String status, int shown) {
    Transcript run = client.run("import sys; sys.exit(" + status + ")");

    assertThat(run.outcome()).isEqualTo(Outcome.FAILED);
    assertThat(run.exitCode()).isEqualTo(shown);
    assertThat(run.message()).isEqualTo("the program exited with status " + shown);
    assertThat(run.finished().hasException()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"'enough', enough", "[1], [1]"})
  void anExitWithATextOrAnObjectPrintsItAndFailedWithOne(String value, String shown) {
    Transcript run =
        client.run("import sys; sys.exit(" + (value.equals("enough") ? "'enough'" : value) + ")");

    assertThat(run.outcome()).isEqualTo(Outcome.FAILED);
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.message()).isEqualTo("the program exited: " + shown);
    assertThat(run.stderr()).isEqualTo(shown + "\n");
  }

  @Test
  void anExceptionFailedWithATracebackOfTheUsersLinesOnly() {
    Transcript run =
        client.run(program("def half():\n    return 1 / 0\n\nhalf()\n").setFileName("work.py"));

    assertThat(run.outcome()).isEqualTo(Outcome.FAILED);
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.message()).isEqualTo("ZeroDivisionError: division by zero");
    assertThat(run.finished().getException().getType()).isEqualTo("ZeroDivisionError");
    assertThat(run.finished().getException().getMessage()).isEqualTo("division by zero");
    assertThat(run.finished().getException().getTraceback())
        .isEqualTo(
            """
            Traceback (most recent call last):
              File "work.py", line 4, in <module>
                half()
                ~~~~^^
              File "work.py", line 2, in half
                return 1 / 0
                       ~~^~~
            ZeroDivisionError: division by zero
            """);
  }

  @Test
  void codeThatDoesNotCompileFailedWithItsSyntaxError() {
    Transcript run = client.run("print('before')\nif True print(1)\n");

    assertThat(run.outcome()).isEqualTo(Outcome.FAILED);
    assertThat(run.finished().getException().getType()).isEqualTo("SyntaxError");
    assertThat(run.finished().getException().getTraceback()).contains("line 2", "if True print(1)");
    assertThat(run.stdout()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"0, 1", "3, 3"})
  void anInterpreterThatExitsUnderTheProgramFailed(int status, int exitCode) {
    Transcript run = client.run("print('last words')\nimport os; os._exit(" + status + ")");

    assertThat(run.outcome()).isEqualTo(Outcome.FAILED);
    assertThat(run.exitCode()).isEqualTo(exitCode);
    assertThat(run.message())
        .isEqualTo(
            "the interpreter exited with status %d before the program came to its end", status);
    assertThat(run.stdout()).isEqualTo("last words\n");
  }

  @ParameterizedTest
  @CsvSource({
    "'import ctypes; ctypes.string_at(0)', 11, SIGSEGV",
    "'import os; os.kill(os.getpid(), 15)', 15, SIGTERM",
    "'import os; os.kill(os.getpid(), 9)', 9, SIGKILL",
    "'import os; os.abort()', 6, SIGABRT"
  })
  void aProgramEndedByASignalOfItsOwnFailedWithIt(String code, int signal, String name) {
    Transcript run = client.run("print('last words')\n" + code + "\nprint('never')");

    assertThat(run.outcome()).isEqualTo(Outcome.FAILED);
    assertThat(run.finished().getSignal()).isEqualTo(signal);
    assertThat(run.exitCode()).isEqualTo(128 + signal);
    assertThat(run.message())
        .isEqualTo("the interpreter was ended by signal %d (%s)", signal, name);
    assertThat(run.stdout()).isEqualTo("last words\n");
  }

  // ---- by the clock and by its caller ----

  @ParameterizedTest
  @ValueSource(
      strings = {
        "while True: pass",
        "import time; time.sleep(1000)",
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
        "import signal, time\nfor n in range(1, 32):\n    try: signal.signal(n, signal.SIG_IGN)\n"
            + "    except OSError: pass\nwhile True: time.sleep(1)",
        "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)",
        "import subprocess; subprocess.run(['sleep', '1000'])"
      })
  void aProgramThatPassesItsDeadlineTimedOut(String code) {
    Transcript run = client.run(limited("print('begun')\n" + code, 500));

    assertThat(run.finished())
        .returns(Outcome.TIMED_OUT, RunFinished::getOutcome)
        .returns(124, RunFinished::getExitCode)
        .returns("time.wall", RunFinished::getLimit)
        .returns("the program passed its time limit of 500ms (time.wall)", RunFinished::getMessage);
    assertThat(Durations.toMillis(run.finished().getUsage().getWallTime()))
        .isBetween(500L, 10_000L);
    assertThat(run.stdout()).isEqualTo("begun\n");
  }

  @Test
  void aProgramThatIsCancelledWasCancelled() {
    LiveRun run = client.start(program("print('begun')\nwhile True: pass"));
    run.awaitOutput("begun\n");

    run.cancel("no longer wanted");

    assertThat(run.transcript().finished())
        .returns(Outcome.CANCELLED, RunFinished::getOutcome)
        .returns(130, RunFinished::getExitCode)
        .returns("the run was cancelled: no longer wanted", RunFinished::getMessage);
  }

  @Test
  void aProgramThatIsInterruptedCanGoOn() {
    LiveRun run =
        client.start(
            program(
                """
                import time
                try:
                    print('begun')
                    while True: time.sleep(1)
                except KeyboardInterrupt:
                    print('interrupted')
                print('and on')
                """));
    run.awaitOutput("begun\n");

    run.interrupt();

    Transcript transcript = run.transcript();
    assertThat(transcript.outcome()).isEqualTo(Outcome.SUCCEEDED);
    assertThat(transcript.stdout()).isEqualTo("begun\ninterrupted\nand on\n");
  }

  // ---- by what it takes ----

  @Test
  void outputOverTheLimitIsCutAndCountedAndTheProgramGoesOn() {
    Transcript run =
        client.run(
            program("print('x' * 4999)\nprint('y' * 4999)\n'the end'")
                .setLimits(RunLimits.newBuilder().setOutputBytes(6000)));

    assertThat(run.outcome()).isEqualTo(Outcome.SUCCEEDED);
    assertThat(run.exitCode()).isZero();
    assertThat(run.stdout()).isEqualTo("x".repeat(4999) + "\n" + "y".repeat(1000));
    assertThat(run.finished().getOutputBytesDropped()).isEqualTo(4000);
    assertThat(run.finished().getUsage().getOutputBytes()).isEqualTo(10_000);
    assertThat(run.finished().getValue().getRepr()).isEqualTo("'the end'");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "print('x' * 200_000_000)",
        "line = 'x' * 99\nwhile True: print(line)",
        "import os\nblock = b'x' * 1_000_000\nwhile True: os.write(1, block)",
        "import subprocess; subprocess.run(['head', '-c', '200000000', '/dev/zero'])"
      })
  void outputPastTenTimesTheLimitEndsTheRun(String code) {
    Transcript run =
        client.run(
            program(code + "\nprint('never')")
                .setLimits(RunLimits.newBuilder().setOutputBytes(1 << 20)));

    assertThat(run.finished())
        .returns(Outcome.LIMIT_EXCEEDED, RunFinished::getOutcome)
        .returns(122, RunFinished::getExitCode)
        .returns("output.bytes", RunFinished::getLimit)
        .returns(
            "the program wrote more than 10 MiB, ten times its limit of output (output.bytes)",
            RunFinished::getMessage);
    assertThat(run.output()).hasSize(1 << 20);
    assertThat(run.finished().getOutputBytesDropped())
        .isEqualTo(run.finished().getUsage().getOutputBytes() - (1 << 20));
  }

  @Test
  void memoryInOneGoOverTheLimitIsAMemoryErrorThatTheProgramCanCatch() {
    Transcript run =
        client.run(
            """
            try:
                bytearray(2_000_000_000)
            except MemoryError:
                print('caught')
            bytearray(2_000_000_000)
            """);

    assertThat(run.outcome()).isEqualTo(Outcome.FAILED);
    assertThat(run.finished().getException().getType()).isEqualTo("MemoryError");
    assertThat(run.stdout()).isEqualTo("caught\n");
  }

  @Test
  void memoryOfManyProcessesOverTheLimitOfTheSandboxIsOutOfMemory() {
    Transcript run =
        client.run(
            """
            import os, time
            print('begun')
            for _ in range(12):
                if os.fork() == 0:
                    block = bytearray(b'x') * (100 << 20)
                    time.sleep(1000)
            time.sleep(1000)
            """);

    assertThat(run.finished())
        .returns(Outcome.OUT_OF_MEMORY, RunFinished::getOutcome)
        .returns(137, RunFinished::getExitCode)
        .returns("sandbox.memory", RunFinished::getLimit);
    assertThat(run.message())
        .matches(
            "the program and what it started passed the memory limit of \\d+ MiB"
                + " \\(sandbox\\.memory\\)");
  }

  @Test
  void aForkBombMeetsAnErrorThatItCanCatch() {
    Transcript run =
        client.run(
            """
            import os, subprocess, time
            def bear():
                if os.fork() == 0:
                    time.sleep(1000)
            for more in (bear, lambda: subprocess.Popen(['sleep', '1000'])):
                count = 0
                try:
                    while True:
                        more()
                        count += 1
                except BlockingIOError:
                    print('refused', 5 < count < 80)
            """);

    assertThat(run.outcome()).as(run::toString).isEqualTo(Outcome.SUCCEEDED);
    assertThat(run.stdout()).isEqualTo("refused True\nrefused True\n");
  }

  @Test
  void aForkBombThatGoesOnRegardlessEndsByItsDeadline() {
    Transcript run =
        client.run(
            limited(
                """
                import os
                print('begun')
                while True:
                    try:
                        os.fork()
                    except BlockingIOError:
                        pass
                """,
                2000));

    assertThat(run.outcome()).as(run::toString).isEqualTo(Outcome.TIMED_OUT);
    assertThat(run.stdout()).isEqualTo("begun\n");
  }

  @Test
  void aForkBombPastTheAgentEndsByTheLimitOfMemoryOrItsDeadline() {
    Transcript run =
        client.run(
            limited(
                "import ctypes\nlibc = ctypes.CDLL(None)\nprint('begun')\nwhile True: libc.fork()",
                3000));

    assertThat(run.outcome()).as(run::toString).isIn(Outcome.OUT_OF_MEMORY, Outcome.TIMED_OUT);
    assertThat(run.stdout()).startsWith("begun\n");
  }

  // ---- by attacking what holds it ----

  @Test
  void aProgramThatKillsTheProcessAboveItLostItsSandbox() {
    Transcript run = client.run("import os, time\nos.kill(os.getppid(), 9)\ntime.sleep(1000)");

    assertThat(run.outcome()).isEqualTo(Outcome.SANDBOX_LOST);
    assertThat(run.exitCode()).isEqualTo(123);
    assertThat(run.message())
        .isEqualTo(
            "the sandbox ended without a word: its first process ended with status 137 (SIGKILL);"
                + " a program can do that by ending the process above it");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "os.closerange(0, 65536)",
        "os.closerange(3, 65536)",
        "os.closerange(0, 65536); time.sleep(1000)",
        "os.closerange(3, 65536); print('unheard')"
      })
  void aProgramThatClosesEveryDescriptorBrokeTheRules(String code) {
    Transcript run = client.run("import os, time\nprint('last words')\n" + code);

    assertThat(run.finished())
        .returns(Outcome.PROTOCOL_VIOLATION, RunFinished::getOutcome)
        .returns(123, RunFinished::getExitCode)
        .returns(
            "the sandbox broke the channel's rules and was destroyed: the program closed the"
                + " descriptors that join it to the daemon",
            RunFinished::getMessage);
    assertThat(run.stdout()).isEqualTo("last words\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "b'\\xff' * 64",
        "b'\\0\\0\\0\\x0a\\x63\\0\\0\\0\\x01hello'",
        "b'\\0\\0\\0\\x05\\x7f\\0\\0\\0\\x01'"
      })
  void aProgramThatWritesOnTheChannelItselfBrokeItsRules(String garbage) {
    Transcript run =
        client.run(
            """
            import os, time
            for name in os.listdir('/proc/self/fd'):
                fd = int(name)
                try:
                    if fd > 2:
                        os.write(fd, %s)
                except OSError:
                    pass
            time.sleep(1000)
            """
                .formatted(garbage));

    assertThat(run.outcome()).isEqualTo(Outcome.PROTOCOL_VIOLATION);
    assertThat(run.exitCode()).isEqualTo(123);
    assertThat(run.message())
        .startsWith("the sandbox broke the channel's rules and was destroyed: ");
  }

  private static StartRun.Builder limited(String code, long millis) {
    Duration wall = Durations.fromMillis(millis);
    return program(code).setLimits(RunLimits.newBuilder().setWallTime(wall));
  }
}
