package dev.caisson.daemon.acceptance;

import static dev.caisson.daemon.acceptance.Offered.server;
import static dev.caisson.daemon.acceptance.Offered.servers;
import static dev.caisson.daemon.acceptance.Offered.tool;
import static dev.caisson.daemon.acceptance.RunClient.program;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.util.Durations;
import dev.caisson.daemon.app.RunningDaemon;
import dev.caisson.v1.RunFinished;
import dev.caisson.v1.RunFinished.Outcome;
import dev.caisson.v1.RunLimits;
import dev.caisson.v1.StartRun;
import dev.caisson.v1.Usage;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Each limit of a policy, from both sides: what just keeps to it goes well, what just passes it
 * meets the limit and hears its name. guards.yaml names the line behind each and the test that
 * fails without it.
 */
class LimitsTest {

  private static final String SMALL =
      """
      sandbox: {memory: 64 MiB, cpus: 1.0, processes: 16, open_files: 64, file_size: 4 MiB,
        workspace: 8 MiB, tmp: 6 MiB, shm: 2 MiB}
      time: {wall: 20s, cpu: 10s}
      output: {bytes: 1000 B, displays: 3, display_bytes: 1000 B}
      tools: {calls: 3, in_flight: 2, argument_bytes: 100 B, result_bytes: 100 B}
      pool: {warm: 2}
      """;

  /** The file systems are most of what it has. */
  private static final String ROOMY =
      "sandbox: {memory: 64 MiB, file_size: 256 MiB, workspace: 160 MiB, tmp: 160 MiB, shm: 160"
          + " MiB}\n";

  /** Room for many processes, each of which gVisor copies nearly whole. */
  private static final String MANY = "sandbox: {memory: 1 GiB, processes: 16}\n";

  private static final String SLOW = "sandbox: {cpus: 0.2}\n";

  /** Writes a file of a size in a folder, and says what happened. */
  private static final String WRITE =
      """
      with open('%s/file', 'wb', buffering=0) as file:
          size, block = %d, b'x' * 65536
          while size > 0:
              size -= file.write(block[:size])
      print('written')
      """;

  @TempDir static Path folder;

  private static RunningDaemon daemon;
  private static RunClient client;

  @BeforeAll
  static void start() {
    daemon =
        RunningDaemon.start(
            folder, 0, Map.of("small", SMALL, "roomy", ROOMY, "many", MANY, "slow", SLOW));
    client = new RunClient(daemon.socket());
  }

  @AfterAll
  static void end() {
    client.close();
    daemon.close();
  }

  // ---- memory ----

  @Test
  void memoryOfOneProcessJustUnderTheLimitIsThere() {
    assertThat(run("len(bytearray(b'x') * (60 << 20))").outcome()).isEqualTo(Outcome.SUCCEEDED);
  }

  @Test
  void memoryOfOneProcessOverTheLimitIsAMemoryErrorThatNamesIt() {
    Transcript run = run("bytearray(66 << 20)");

    assertThat(run.outcome()).as(run::toString).isEqualTo(Outcome.FAILED);
    assertThat(run.message()).isEqualTo("MemoryError (sandbox.memory is 64 MiB)");
  }

  @Test
  void memoryOfAllProcessesOverTheLimitEndsTheRun() {
    Transcript run = run(holding(4, 45));

    assertThat(run.finished())
        .as(run::toString)
        .returns(Outcome.OUT_OF_MEMORY, RunFinished::getOutcome)
        .returns("sandbox.memory", RunFinished::getLimit);
  }

  @Test
  void memoryOfAllProcessesUnderTheLimitIsThere() {
    Transcript run = run(holding(2, 15));

    assertThat(run.outcome()).as(run::toString).isEqualTo(Outcome.SUCCEEDED);
  }

  @Test
  void fullFileSystemsLeaveTheCodeItsMemory() {
    Transcript run =
        client.run(
            program(
                    """
                    import os
                    block = b'x' * (1 << 20)
                    for place in ('/workspace', '/tmp', '/dev/shm'):
                        written = 0
                        try:
                            with open(place + '/file', 'wb', buffering=0) as file:
                                while True:
                                    written += file.write(block)
                        except OSError as error:
                            print(place, written >> 20, error.errno)
                    print(len(bytearray(b'x') * (48 << 20)) >> 20)
                    """)
                .setPolicy("roomy"));

    assertThat(run.outcome()).as(run::toString).isEqualTo(Outcome.SUCCEEDED);
    assertThat(run.stdout()).isEqualTo("/workspace 160 28\n/tmp 160 28\n/dev/shm 160 28\n48\n");
  }

  // ---- time ----

  @Test
  void cpuIsHandedOutAtTheShareOfThePolicyHoweverManyProcessesWantIt() {
    Usage usage =
        client
            .run(
                program(
                        """
                        import os, time
                        end = time.monotonic() + 2
                        for _ in range(3):
                            if os.fork() == 0:
                                while True: pass
                        while time.monotonic() < end: pass
                        """)
                    .setPolicy("slow"))
            .finished()
            .getUsage();

    double cpu = Durations.toMillis(usage.getCpuTime());
    double wall = Durations.toMillis(usage.getWallTime());
    // A period of the kernel's quota more or less at each end.
    assertThat(cpu).as(usage::toString).isPositive().isLessThan(0.2 * wall * 1.05 + 100);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "while True: pass",
        "import os\nos.fork()\nwhile True: pass",
        "import subprocess\nsubprocess.run(['python3', '-c', 'while True: pass'])",
        "import os\nwhile True: os.getppid()"
      })
  void cpuTimeOverTheLimitEndsTheRun(String code) {
    Transcript run = client.run(cpuLimited(code));

    assertThat(run.finished())
        .as(run::toString)
        .returns(Outcome.LIMIT_EXCEEDED, RunFinished::getOutcome)
        .returns(122, RunFinished::getExitCode)
        .returns("time.cpu", RunFinished::getLimit)
        .returns(
            "the program used more than 500ms of CPU time (time.cpu)", RunFinished::getMessage);
    assertThat(Durations.toMillis(run.finished().getUsage().getCpuTime())).isGreaterThan(500);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "import time\nwhile time.process_time() < 0.25: pass",
        "import time\ntime.sleep(1.5)"
      })
  void cpuTimeUnderTheLimitIsThereHoweverLongTheRunTakes(String code) {
    Transcript run = client.run(cpuLimited(code));

    assertThat(run.outcome()).as(run::toString).isEqualTo(Outcome.SUCCEEDED);
  }

  @Test
  void wallTimeOverTheLimitEndsTheRun() {
    Transcript run = client.run(wallLimited("import time\ntime.sleep(4)"));

    assertThat(run.finished())
        .as(run::toString)
        .returns(Outcome.TIMED_OUT, RunFinished::getOutcome)
        .returns("time.wall", RunFinished::getLimit);
  }

  @Test
  void wallTimeUnderTheLimitIsThere() {
    assertThat(client.run(wallLimited("import time\ntime.sleep(0.1)")).outcome())
        .isEqualTo(Outcome.SUCCEEDED);
  }

  // ---- processes and files ----

  @ParameterizedTest
  @ValueSource(
      strings = {
        """
        import os, time
        def more():
            if os.fork() == 0:
                time.sleep(1000)
        """,
        """
        import threading
        stop = threading.Event()
        def more():
            threading.Thread(target=stop.wait, daemon=True).start()
        """
      })
  void asManyProcessesAndThreadsAsAllowedCanBeAndNotManyMore(String more) {
    Transcript run =
        client.run(
            program(
                    more
                        + """
                        count = 0
                        try:
                            while count < 200:
                                more()
                                count += 1
                        finally:
                            print(count)
                            if 'stop' in globals(): stop.set()
                        """)
                .setPolicy("many"));

    // The agent's own come on top of what the policy gives, so a few more than 16 may be.
    assertThat(Integer.parseInt(run.stdout().strip())).as(run::toString).isBetween(16, 24);
    assertThat(run.message()).endsWith("sandbox.processes is 16)");
  }

  @Test
  void aProcessOpensAsManyFilesAsAllowedAndNoMore() {
    Transcript run =
        run(
            """
            import os
            opened = []
            try:
                while True:
                    opened.append(os.open('/dev/null', os.O_RDONLY))
            finally:
                print(max(opened) + 1)
            """);

    assertThat(run.stdout()).isEqualTo("64\n");
    assertThat(run.message())
        .isEqualTo(
            "OSError: [Errno 24] Too many open files: '/dev/null' (sandbox.open_files is 64)");
  }

  @Test
  void aFileGrowsToItsLimitAndNotByOneByteMore() {
    assertThat(run(WRITE.formatted("/workspace", 4 << 20)).stdout()).isEqualTo("written\n");

    Transcript over = run(WRITE.formatted("/workspace", (4 << 20) + 1));
    assertThat(over.stdout()).isEmpty();
    assertThat(over.message())
        .isEqualTo("OSError: [Errno 27] File too large (sandbox.file_size is 4 MiB)");
  }

  @ParameterizedTest
  @CsvSource({"/workspace, 8", "/tmp, 6", "/dev/shm, 2"})
  void aFileSystemTakesWhatItsLimitSaysAndNotOneByteMoreAndTheSandboxLives(
      String place, int mebibytes) {
    String fill =
        """
        import os
        left = %d
        for n in range(9):
            with open('%s/' + str(n), 'wb', buffering=0) as file:
                while left and file.tell() < 1 << 20:
                    left -= file.write(b'x' * min(left, 65536))
        print('full')
        with open('%s/more', 'wb', buffering=0) as file:
            file.write(b'x')
        """
            .formatted(mebibytes << 20, place, place);

    Transcript run = run(fill);
    assertThat(run.stdout()).as(run::toString).isEqualTo("full\n");
    assertThat(run.message())
        .isEqualTo(
            "OSError: [Errno 28] No space left on device (sandbox.workspace is 8 MiB,"
                + " sandbox.tmp is 6 MiB, sandbox.shm is 2 MiB)");
  }

  // ---- output ----

  @Test
  void outputUpToItsLimitIsDeliveredAndTheNextByteIsNot() {
    Transcript just = run("print('x' * 999)");
    assertThat(just.stdout()).hasSize(1000);
    assertThat(just.finished().getOutputBytesDropped()).isZero();

    Transcript over = run("print('x' * 1000)");
    assertThat(over.stdout()).hasSize(1000);
    assertThat(over.finished().getOutputBytesDropped()).isEqualTo(1);
    assertThat(over.outcome()).isEqualTo(Outcome.SUCCEEDED);
  }

  @Test
  void outputUpToTenTimesItsLimitIsForgivenAndTheNextByteEndsTheRun() {
    assertThat(run("print('x' * 9999)\nimport time; time.sleep(0.2)").outcome())
        .isEqualTo(Outcome.SUCCEEDED);

    Transcript over = client.run(wallLimited("print('x' * 10000)\nimport time; time.sleep(9)"));
    assertThat(over.finished())
        .returns(Outcome.LIMIT_EXCEEDED, RunFinished::getOutcome)
        .returns("output.bytes", RunFinished::getLimit);
  }

  @Test
  void asManyDisplaysAsAllowedAreShownAndTheNextIsNot() {
    Transcript just = run("for n in range(3): display(n)");
    assertThat(just.displays()).hasSize(3);
    assertThat(just.finished().getDisplaysDropped()).isZero();

    Transcript over = run("for n in range(4): display(n)");
    assertThat(over.displays()).hasSize(3);
    assertThat(over.finished().getDisplaysDropped()).isEqualTo(1);
    assertThat(over.outcome()).isEqualTo(Outcome.SUCCEEDED);
  }

  @Test
  void asManyBytesAsAllowedAreShownAndADisplayWithOneMoreIsNot() {
    String code = "display({'text/plain': 'x' * 600}, {'text/plain': 'x' * %d}, raw=True)";
    Transcript just = run(code.formatted(400));
    assertThat(just.displays()).hasSize(2);
    assertThat(just.finished().getDisplaysDropped()).isZero();

    Transcript over = run(code.formatted(401));
    assertThat(over.displays()).hasSize(1);
    assertThat(over.finished().getDisplaysDropped()).isEqualTo(1);
    assertThat(over.outcome()).isEqualTo(Outcome.SUCCEEDED);
  }

  @Test
  void displaysFarOverTheirLimitEndTheRun() {
    String code = "for n in range(%d): display(n)\nimport time; time.sleep(%s)";
    assertThat(run(code.formatted(1030, "0.2")).outcome()).isEqualTo(Outcome.SUCCEEDED);

    Transcript over = client.run(wallLimited(code.formatted(1031, "9")));
    assertThat(over.finished())
        .returns(Outcome.LIMIT_EXCEEDED, RunFinished::getOutcome)
        .returns("output.displays", RunFinished::getLimit);
  }

  // ---- tools ----

  @Test
  void asManyToolCallsAsAllowedAreMadeAndTheNextEndsTheRun() {
    String code = "for n in range(%d): maths.echo('x')";
    assertThat(called(code.formatted(3), 1).outcome()).isEqualTo(Outcome.SUCCEEDED);

    Transcript over = called(code.formatted(4), 1);
    assertThat(over.finished())
        .returns(Outcome.LIMIT_EXCEEDED, RunFinished::getOutcome)
        .returns("tools.calls", RunFinished::getLimit)
        .returns("the program made more than 3 tool calls (tools.calls)", RunFinished::getMessage);
    assertThat(over.finished().getUsage().getToolCalls()).isEqualTo(3);
  }

  @Test
  void asManyCallsAsAllowedAreInFlightAndNoMore() {
    CyclicBarrier two = new CyclicBarrier(2);
    assertThat(
            client
                .run(
                    withTool(
                        "import asyncio\n"
                            + "await asyncio.gather(maths.echo('a'), maths.echo('b'))"),
                    call -> {
                      two.await();
                      return LiveRun.value("1");
                    })
                .outcome())
        .isEqualTo(Outcome.SUCCEEDED);

    Semaphore places = new Semaphore(2);
    Transcript three =
        client.run(
            withTool(
                "import asyncio\n" + "await asyncio.gather(*[maths.echo('a') for _ in range(3)])"),
            call -> {
              assertThat(places.tryAcquire()).isTrue();
              places.release();
              return LiveRun.value("1");
            });
    assertThat(three.outcome()).as(three::toString).isEqualTo(Outcome.SUCCEEDED);
  }

  @Test
  void argumentsUpToTheirLimitLeaveAndOneByteMoreDoesNot() {
    // {"text":"..."} is 11 bytes around the text.
    assertThat(called("maths.echo('x' * 89)", 1).outcome()).isEqualTo(Outcome.SUCCEEDED);

    Transcript over = called("maths.echo('x' * 90)", 1);
    assertThat(over.finished().getException().getType()).endsWith("ToolArgumentError");
    assertThat(over.message()).contains("tools.argument_bytes");
    assertThat(over.finished().getUsage().getToolCalls()).isZero();
  }

  @Test
  void anAnswerUpToItsLimitArrivesAndOneByteMoreDoesNot() {
    assertThat(called("maths.echo('x')", 100).outcome()).isEqualTo(Outcome.SUCCEEDED);

    Transcript over = called("maths.echo('x')", 101);
    assertThat(over.finished().getException().getType()).endsWith("ToolError");
    assertThat(over.message())
        .contains("the tool's result has 101 bytes; the limit is 100 B (tools.result_bytes)");
  }

  // ---- beside ----

  /** Processes that hold memory at the same time, and a program that ends well when all do. */
  private static String holding(int processes, int mebibytes) {
    return """
    import subprocess
    hold = 'block = bytearray(b"x") * (%d << 20); print("held", flush=True); input()'
    started = [
        subprocess.Popen(
            ['python3', '-I', '-S', '-c', hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for _ in range(%d)
    ]
    [process.stdout.readline() for process in started]
    """
        .formatted(mebibytes, processes);
  }

  private static Transcript run(String code) {
    return client.run(program(code).setPolicy("small"));
  }

  private static StartRun.Builder cpuLimited(String code) {
    return program(code)
        .setPolicy("small")
        .setLimits(
            RunLimits.newBuilder()
                .setWallTime(Durations.fromSeconds(5))
                .setCpuTime(Durations.fromMillis(500)));
  }

  private static StartRun.Builder wallLimited(String code) {
    return program(code)
        .setPolicy("small")
        .setLimits(RunLimits.newBuilder().setWallTime(Durations.fromMillis(1500)));
  }

  private static StartRun.Builder withTool(String code) {
    return program(code)
        .setPolicy("small")
        .setTools(servers(server("maths", tool("echo", "text", "string"))));
  }

  /** Runs a program whose tool answers with so many bytes of JSON. */
  private static Transcript called(String code, int bytes) {
    String answer = bytes == 1 ? "1" : '"' + "x".repeat(bytes - 2) + '"';
    return client.run(withTool(code), call -> LiveRun.value(answer));
  }
}
