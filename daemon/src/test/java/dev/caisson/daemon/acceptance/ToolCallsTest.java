package dev.caisson.daemon.acceptance;

import static dev.caisson.daemon.acceptance.Offered.server;
import static dev.caisson.daemon.acceptance.Offered.servers;
import static dev.caisson.daemon.acceptance.Offered.tool;
import static dev.caisson.daemon.acceptance.RunClient.program;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caisson.daemon.app.RunningDaemon;
import dev.caisson.v1.RunFinished.Outcome;
import dev.caisson.v1.RunLimits;
import dev.caisson.v1.RunResponse;
import dev.caisson.v1.StartRun;
import dev.caisson.v1.Tool;
import dev.caisson.v1.ToolCall;
import dev.caisson.v1.ToolFailure;
import dev.caisson.v1.ToolResult;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Programs call tools of their caller: the right tool, the right answer, and a true error. */
class ToolCallsTest {

  private static final Tool DOUBLE = tool("double", "n", "integer");

  @TempDir static Path folder;

  private static RunningDaemon daemon;
  private static RunClient client;

  @BeforeAll
  static void start() {
    daemon =
        RunningDaemon.start(
            folder, 3, Map.of("impatient", "tools:\n  call_timeout: 200ms\n  calls: 3\n"));
    client = new RunClient(daemon.socket());
  }

  @AfterAll
  static void end() {
    client.close();
    daemon.close();
  }

  // ---- many ----

  @Test
  void aThousandCallsOneAfterTheOtherGetTheirOwnAnswers() {
    Transcript run =
        client.run(
            with("for n in range(1000):\n    assert maths.double(n) == 2 * n, n\n'all'", DOUBLE),
            ToolCallsTest::doubled);

    assertThat(value(run)).isEqualTo("'all'");
    assertThat(run.finished().getUsage().getToolCalls()).isEqualTo(1000);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        """
        from concurrent.futures import ThreadPoolExecutor
        with ThreadPoolExecutor(64) as pool:
            answers = list(pool.map(maths.double, range(64)))
        """,
        """
        import asyncio
        answers = await asyncio.gather(*[maths.double(n) for n in range(64)])
        """,
        """
        import asyncio
        async def ask(n):
            return await maths.double(n)
        async def all_of_them():
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(ask(n)) for n in range(64)]
            return [task.result() for task in tasks]
        answers = asyncio.run(all_of_them())
        """
      })
  void callsAtTheSameTimeAreAllOutBeforeTheFirstIsAnsweredAndGetTheirOwnAnswers(String code) {
    // None is answered before all have come, and then in whatever order.
    CyclicBarrier all = new CyclicBarrier(64);

    Transcript run =
        client.run(
            with(code + "assert answers == [2 * n for n in range(64)], answers\n'all'", DOUBLE),
            call -> {
              all.await();
              return doubled(call);
            });

    assertThat(value(run)).isEqualTo("'all'");
  }

  @Test
  void moreCallsThanMayBeInFlightWaitForAPlace() {
    Transcript run =
        client.run(
            with(
                    """
                    import asyncio
                    answers = await asyncio.gather(*[maths.double(n) for n in range(20)])
                    assert answers == [2 * n for n in range(20)], answers
                    'all'
                    """,
                    DOUBLE)
                .setLimits(RunLimits.newBuilder().setToolCallsInFlight(2)),
            ToolCallsTest::doubled);

    assertThat(value(run)).isEqualTo("'all'");
  }

  // ---- names ----

  @Test
  void threeHundredToolsAreAllCallable() {
    Tool[] tools =
        IntStream.range(0, 300)
            .mapToObj(i -> tool("tool-" + i, "n", "integer"))
            .toArray(Tool[]::new);

    Transcript run =
        client.run(
            with(
                "for i in range(300):\n"
                    + "    assert getattr(maths, f'tool_{i}')(i) == f'tool-{i} {i}', i\n'all'",
                tools),
            call -> LiveRun.value("\"" + call.getTool() + " " + number(call) + "\""));

    assertThat(value(run)).isEqualTo("'all'");
  }

  @Test
  void namesThatAreNoPythonNamesAndTheSameNamesInTwoServersAreCallable() {
    String[] names = {
      "get-user.v2",
      "class",
      "list",
      "температура",
      "天気",
      "2fast",
      "a b",
      "print",
      "None",
      "__x__",
      "get_user_v2",
      "..",
      "search"
    };
    Tool[] tools = new Tool[names.length];
    for (int i = 0; i < names.length; i++) {
      tools[i] = tool(names[i], "n", "integer");
    }
    List<String> called = new ArrayList<>();

    Transcript run =
        client.run(
            program(
                    """
                    from caisson import tools
                    for server in (tools.one, tools.one_two):
                        names = [name for name in dir(server) if not name.startswith('__')]
                        for name in names:
                            getattr(server, name)(1)
                    tools.one.get_user_v2(n=2), tools.one_two.list(3), one.class_(4)
                    """)
                .setTools(servers(server("one", tools), server("one two", tools))),
            call -> {
              synchronized (called) {
                called.add(call.getServer() + "/" + call.getTool());
              }
              return LiveRun.value("\"" + call.getServer() + "/" + call.getTool() + "\"");
            });

    assertThat(run.outcome()).as(run::toString).isEqualTo(Outcome.SUCCEEDED);
    assertThat(called)
        .contains("one two/list", "one/class")
        .containsAll(qualified(names, "one"))
        .containsAll(qualified(names, "one two"));
  }

  private static List<String> qualified(String[] names, String server) {
    return java.util.Arrays.stream(names).map(name -> server + "/" + name).toList();
  }

  // ---- errors ----

  @Test
  void wrongArgumentsAreRefusedBeforeTheyLeaveAndNameTheParameter() {
    Transcript run =
        client.run(
            with(
                """
                from caisson import ToolArgumentError
                def refused(call):
                    try:
                        call()
                        print('went out')
                    except ToolArgumentError as error:
                        print(isinstance(error, TypeError), error)
                refused(lambda: maths.double('three'))
                refused(lambda: maths.double())
                refused(lambda: maths.double(1, 2))
                refused(lambda: maths.double(n=1, m=2))
                refused(lambda: maths.double(object()))
                """,
                DOUBLE));

    assertThat(run.outcome()).isEqualTo(Outcome.SUCCEEDED);
    assertThat(run.stdout().split("\n"))
        .hasSize(5)
        .allMatch(line -> line.startsWith("True maths.double() "))
        .satisfiesExactly(
            line -> assertThat(line).contains("argument 'n'"),
            line -> assertThat(line).contains("is missing the argument 'n'"),
            line -> assertThat(line).contains("takes 1 arguments, 2 were given"),
            line -> assertThat(line).contains("has no argument 'm'"),
            line -> assertThat(line).contains("argument 'n'"));
    assertThat(run.finished().getUsage().getToolCalls()).isZero();
  }

  @Test
  void aFailingToolRaisesAnErrorWithItsTextAndReason() {
    Transcript run =
        client.run(
            with(
                """
                from caisson import ToolError
                for n in range(3):
                    try:
                        maths.double(n)
                    except (ToolError, TypeError) as error:
                        print(type(error).__name__, error.reason, error)
                maths.double(0)
                """,
                DOUBLE),
            call ->
                switch (number(call)) {
                  case 0 -> failure(ToolFailure.Reason.TOOL_ERROR, "no such number");
                  case 1 -> failure(ToolFailure.Reason.UNAVAILABLE, "the server is gone");
                  default ->
                      LiveRun.mcp(
                          "{\"isError\":true,\"content\":[{\"type\":\"text\",\"text\":\"too big\"}]}");
                });

    assertThat(run.stdout())
        .isEqualTo(
            """
            ToolError tool_error no such number
            ToolError unavailable the server is gone
            ToolError tool_error too big
            """);
    assertThat(run.outcome()).isEqualTo(Outcome.FAILED);
    assertThat(run.finished().getException().getType()).endsWith("ToolError");
    assertThat(run.message()).endsWith("ToolError: no such number");
    assertThat(run.finished().getException().getTraceback())
        .contains("line 7, in <module>")
        .doesNotContain("agent");
  }

  @Test
  void anImageArrivesAsBytes() {
    String data = Base64.getEncoder().encodeToString(new byte[] {1, 2, 3, (byte) 255});

    Transcript run =
        client.run(
            with("image = maths.double(1)\n[bytes(image), image.mime_type]", DOUBLE),
            call ->
                LiveRun.mcp(
                    "{\"content\":[{\"type\":\"image\",\"data\":\"%s\",\"mimeType\":\"image/png\"}]}"
                        .formatted(data)));

    assertThat(value(run)).isEqualTo("[b'\\x01\\x02\\x03\\xff', 'image/png']");
  }

  @Test
  void structuredContentAndTextOfJsonArriveAsValues() {
    Transcript run =
        client.run(
            with("[maths.double(0).city.name, maths.double(1)['a'], maths.double(2)]", DOUBLE),
            call ->
                LiveRun.mcp(
                    switch (number(call)) {
                      case 0 ->
                          "{\"structuredContent\":{\"city\":{\"name\":\"Oslo\"}},\"content\":[]}";
                      case 1 -> "{\"content\":[{\"type\":\"text\",\"text\":\"{\\\"a\\\": [1]}\"}]}";
                      default -> "{\"content\":[{\"type\":\"text\",\"text\":\"plain\"}]}";
                    }));

    assertThat(value(run)).isEqualTo("['Oslo', [1], 'plain']");
  }

  @Test
  void aLargeAnswerAndLargeArgumentsArriveWhole() {
    Tool echo = tool("echo", "text", "string");

    Transcript run =
        client.run(
            with(
                "text = 'ä' * 150_000\nmaths.echo(text)['text'] == text and len(maths.echo('big'))",
                echo),
            call ->
                call.getArgumentsJson().toStringUtf8().contains("big")
                    ? LiveRun.value("\"" + "x".repeat(6_000_000) + "\"")
                    : ToolResult.newBuilder().setValueJson(call.getArgumentsJson()).build());

    assertThat(value(run)).isEqualTo("6000000");
  }

  @Test
  void aCallThatIsNotAnsweredInTimeFailsAndTheRunGoesOn() {
    CountDownLatch over = new CountDownLatch(1);
    LiveRun live =
        client.start(
            with(
                    """
                    from caisson import ToolError
                    try:
                        maths.double(1)
                    except ToolError as error:
                        print(error.reason, error)
                    """,
                    DOUBLE)
                .setPolicy("impatient"),
            call -> {
              over.await();
              return doubled(call);
            });

    Transcript run = live.transcript();
    over.countDown();

    assertThat(run.outcome()).isEqualTo(Outcome.SUCCEEDED);
    assertThat(run.stdout())
        .isEqualTo("timed_out the tool did not answer within 200ms (tools.call_timeout)\n");
    assertThat(run.events())
        .filteredOn(RunResponse::hasToolCallCancelled)
        .singleElement()
        .satisfies(e ->
            assertThat(e.getToolCallCancelled().getReason())
                .isEqualTo("it was not answered in time"));
  }

  @Test
  void moreCallsThanThePolicyAllowsEndTheRun() {
    Transcript run =
        client.run(
            with("for n in range(10): print(maths.double(n))", DOUBLE).setPolicy("impatient"),
            ToolCallsTest::doubled);

    assertThat(run.outcome()).isEqualTo(Outcome.LIMIT_EXCEEDED);
    assertThat(run.finished().getLimit()).isEqualTo("tools.calls");
    assertThat(run.exitCode()).isEqualTo(122);
    assertThat(run.stdout()).isEqualTo("0\n2\n4\n");
  }

  @Test
  void aHandMadeCallToAToolThatWasNotGrantedIsDenied() {
    // Written past the agent, on the channel itself, as hostile code would. The second one, to a
    // granted tool, shows that this way leads out.
    CountDownLatch over = new CountDownLatch(1);
    LiveRun live =
        client.start(
            with(
                """
                import json, os, struct, time
                def frame(number, tool):
                    header = {'service': 'tools', 'method': 'call', 'server': 'maths', 'tool': tool}
                    header = json.dumps(header).encode()
                    payload = struct.pack('>I', len(header)) + header + b'{"n":7}'
                    return struct.pack('>IBI', len(payload) + 5, 66, number) + payload
                for name in os.listdir('/proc/self/fd'):
                    try:
                        kind = os.readlink('/proc/self/fd/' + name)
                        if int(name) > 2 and not kind.startswith('socket'):
                            os.write(int(name), frame(1, 'shutdown') + frame(2, 'double'))
                    except OSError:
                        pass
                time.sleep(1000)
                """,
                DOUBLE),
            call -> {
              over.countDown();
              return doubled(call);
            });
    awaitZero(over, live);
    live.cancel("seen");

    assertThat(live.transcript().events())
        .filteredOn(RunResponse::hasToolCall)
        .extracting(e -> e.getToolCall().getTool())
        .containsExactly("double");
  }

  private static void awaitZero(CountDownLatch latch, LiveRun run) {
    try {
      assertThat(latch.await(30, java.util.concurrent.TimeUnit.SECONDS)).as(run::toString).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void withoutToolsThereAreNone() {
    Transcript run = client.run("from caisson import tools\nlist(tools)");

    assertThat(run.finished().getValue().getRepr()).isEqualTo("[]");
  }

  private static StartRun.Builder with(String code, Tool... tools) {
    return program(code).setTools(servers(server("maths", tools)));
  }

  private static ToolResult doubled(ToolCall call) {
    return LiveRun.value(String.valueOf(2 * number(call)));
  }

  private static int number(ToolCall call) {
    return Integer.parseInt(call.getArgumentsJson().toStringUtf8().replaceAll("\\D", ""));
  }

  private static ToolResult failure(ToolFailure.Reason reason, String message) {
    return ToolResult.newBuilder()
        .setFailure(ToolFailure.newBuilder().setReason(reason).setMessage(message))
        .build();
  }

  private static String value(Transcript run) {
    assertThat(run.outcome()).as(run::toString).isEqualTo(Outcome.SUCCEEDED);
    return run.finished().getValue().getRepr();
  }
}
