package dev.caisson.daemon.security;

import static dev.caisson.daemon.acceptance.LiveRun.value;
import static dev.caisson.daemon.acceptance.Offered.server;
import static dev.caisson.daemon.acceptance.Offered.servers;
import static dev.caisson.daemon.acceptance.Offered.tool;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.util.Durations;
import dev.caisson.daemon.acceptance.LiveRun;
import dev.caisson.daemon.acceptance.Patience;
import dev.caisson.daemon.acceptance.RunClient;
import dev.caisson.daemon.acceptance.Transcript;
import dev.caisson.v1.RunFinished.Outcome;
import dev.caisson.v1.RunLimits;
import dev.caisson.v1.RunResponse;
import dev.caisson.v1.StartRun;
import dev.caisson.v1.ToolCall;
import dev.caisson.v1.ToolResult;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Group E: programs against the way of their tool calls. They reach past the stubs and write frames
 * of their own; what they may do is what the daemon lets out.
 */
@DisplayNameGeneration(AttackNames.class)
class GroupETest {

  @RegisterExtension
  static final AttackedDaemon daemon =
      new AttackedDaemon()
          .with(
              "guarded",
              """
              tools:
                allow: ["mail.*", "files.read"]
                deny: ["mail.wipe"]
                ask: ["mail.pay"]
                in_flight: 8
                calls: 500
                argument_bytes: 64 KiB
                result_bytes: 64 KiB
                call_timeout: 25s
              """)
          .with(
              "generous",
              """
              tools:
                allow: ["files.read"]
                in_flight: 1000
                calls: 100000
              """);

  /** Past the stubs: `ask` waits for an answer, `frame` writes one frame with any number. */
  private static final String PAST_THE_STUBS =
      """
      import gc, json, struct
      calls = next(o for o in gc.get_objects() if type(o).__name__ == 'Calls')
      def header(server, tool):
          return {'service': 'tools', 'method': 'call', 'server': server, 'tool': tool}
      def ask(server, tool, bulk=b'{}'):
          call = calls.ask(header(server, tool), bulk)
          return call.error or ('answered', call.body.decode())
      def frame(number, bulk=b'{}', server='mail', tool='send'):
          head = json.dumps(header(server, tool)).encode()
          calls._wire.message(66, number, struct.pack('>I', len(head)) + head + bulk)
      """;

  private static final String SEND =
      """
      {"type":"object","properties":{"to":{"type":"string","pattern":"^(a+)+$"},"n":{"maximum":10}},\
      "additionalProperties":false}\
      """;

  private final ConcurrentLinkedQueue<ToolCall> seen = new ConcurrentLinkedQueue<>();

  @Test
  @Attack(
      row = "E1",
      what = "names of tools that nobody gave, or nearly",
      expected = "SUCCEEDED, each denied, no call reaches the client",
      guards = "tools.catalogue")
  void forgedNames() {
    Transcript run =
        attack(
            """
            names = [('mail', 'Send'), ('mail', 'send '), ('mail', ''), ('', 'send'), ('', ''),
                     ('mail', 's\\u0435nd'), ('mail', 'send\\x00'), ('mail', '../send'), ('mail.send', ''),
                     ('mail', '*'), ('*', 'send'), ('files', 'send'), ('mail', 'read'), ('MAIL', 'send'),
                     ('mail', 'x' * 100000), ('tools', 'call'), ('catalogue', 'server'),
                     ('mail', '__class__'), ('mail', '\\ud800'), ('ｍail', 'send')]
            answers = {ask(*name)[0] for name in names}
            for service in ('files', 'net', '', 'tools.call', 'TOOLS'):
                for method in ('call', '', 'CALL', 'exec'):
                    if (service, method) != ('tools', 'call'):
                        call = calls.ask({**header('mail', 'send'), 'service': service, 'method': method}, b'{}')
                        answers.add(call.error[0])
            call = calls.ask({'service': 'tools', 'method': 'call', 'server': 7, 'tool': ['send']}, b'{}')
            answers.add(call.error[0])
            print(answers)
            """);

    assertThat(run.stdout()).isEqualTo("{'denied'}\n");
    assertThat(seen).isEmpty();
  }

  @Test
  @Attack(
      row = "E2",
      what = "stubs replaced in the sandbox",
      expected = "SUCCEEDED, the client and the next run see what they always did",
      guards = "tools.catalogue")
  void shadowing() {
    Transcript poisoned =
        attack(
            """
            kind = type(mail.send)
            made = mail.send._request((), {'to': 'a'})
            wiping = made._replace(header=header('mail', 'wipe_all'), bulk=b'{}')
            kind._request = lambda self, values, named: wiping
            try:
                mail.send(to='a')
            except ToolError as error:
                print(error.reason)
            mail.__dict__['send'] = lambda **any: 'faked'
            print(mail.send(to='a'))
            """);
    Transcript next = run("print(mail.send(to='a'))\nprint(dir(mail))");

    assertThat(poisoned.stdout()).isEqualTo("denied\nfaked\n");
    assertThat(next.stdout()).isEqualTo("1\n['pay', 'send']\n");
    assertThat(seen).extracting(ToolCall::getTool).containsExactly("send");
  }

  @Test
  @Attack(
      row = "E3",
      what = "a frame of its own for a tool that the policy does not grant",
      expected = "SUCCEEDED, denied in the daemon with the rule, no call reaches the client",
      guards = "tools.grants")
  void framesPastTheStubs() {
    Transcript run =
        attack(
            """
            print(ask('mail', 'wipe')[1])
            print(ask('files', 'write')[1])
            print('wipe' in dir(mail), any('wipe' in found['tool'] for found in tools.search('wipe')))
            try:
                mail.wipe()
            except ToolError as error:
                print(error.reason)
            """);

    assertThat(run.stderr()).isEmpty();
    assertThat(run.message()).isEmpty();
    assertThat(run.stdout())
        .isEqualTo(
            """
            the tool 'wipe' of server 'mail': the policy denies this tool; decided by tools.deny[0] \
            (guarded.yaml:3)
            the tool 'write' of server 'files': no rule allows this tool; decided by tools.allow \
            (guarded.yaml:2)
            False False
            denied
            """);
    assertThat(seen).isEmpty();
    assertThat(daemon.audit(run, "decision")).contains("denied");
  }

  @Test
  @Attack(
      row = "E3",
      what = "a call that a person should approve, from a client that can ask nobody",
      expected = "SUCCEEDED, denied",
      guards = "tools.approval")
  void withoutApproval() {
    Transcript run = attack("print(ask('mail', 'pay'))");

    assertThat(run.stdout())
        .startsWith("('denied', \"the tool 'pay' of server 'mail' needs a person's approval, and");
    assertThat(seen).isEmpty();
  }

  @Test
  @Attack(
      row = "E4",
      what = "arguments that are no JSON, or two things at once, or too much to check",
      expected = "SUCCEEDED, each refused within bounded time, no call reaches the client",
      guards = "tools.schema")
  void hostileArguments() {
    Transcript run =
        attack(
            """
            hostile = [b'', b'[]', b'1', b'null', b'{', b'{}{}', b'{} x', b'\\xef\\xbb\\xbf{}', b'{"to":1}',
                       b'{"to":"a","to":"b"}', b'{"n":1e999999999}', b'{"n":11}', b'{"n":NaN}', b'{"n":Infinity}',
                       b'{"other":1}', b'{"to":null}', '{}'.encode('utf-16-le'), '{}'.encode('utf-32-be'),
                       b'{"to":"\\xff"}', b'{"to":"\\xc0\\xaf"}', b'{"to":' + b'[' * 70 + b']' * 70 + b'}',
                       b'{"a":' * 70 + b'1' + b'}' * 70, b'{"to":"' + b'a' * 60000 + b'!"}',
                       b'{"n":' + b'9' * 2000 + b'}', b"{'to':'a'}", b'{"to":"a",}', b'\\x80\\x04\\x95']
            print({ask('mail', 'send', bulk)[0] for bulk in hostile}, len(hostile))
            odd = {'to': 'aaa'}
            print(ask('mail', 'send', json.dumps(odd).encode()))
            print(ask('files', 'read', json.dumps({'__proto__': {'x': 1}, '@class': 'java.io.File',
                                                   'path': "'; DROP TABLE x; -- ${jndi:ldap://x} \\x1b[2J"}).encode()))
            """);

    assertThat(run.stdout())
        .isEqualTo("{'invalid_arguments'} 27\n('answered', '1')\n('answered', '1')\n");
    assertThat(seen)
        .extracting(call -> call.getArgumentsJson().toStringUtf8())
        .containsExactly(
            "{\"to\": \"aaa\"}",
            "{\"__proto__\": {\"x\": 1}, \"@class\": \"java.io.File\", \"path\": \"'; DROP TABLE x; --"
                + " ${jndi:ldap://x} \\u001b[2J\"}");
  }

  @Test
  @Attack(
      row = "E5",
      what = "a thread that calls on when the program has ended",
      expected = "SUCCEEDED, nothing reaches the client after the end",
      guards = "tools.end")
  void callsAfterTheEnd() {
    Transcript run =
        run(
            """
            import threading
            def go_on():
                while True:
                    files.read()
            for _ in range(4):
                threading.Thread(target=go_on, daemon=True).start()
            while files.read() and False:
                pass
            """);
    int calls = seen.size();

    assertThat(run.outcome()).isEqualTo(Outcome.SUCCEEDED);
    await().during(Duration.ofSeconds(1)).until(() -> seen.size() == calls);
  }

  @Test
  @Attack(
      row = "E5",
      what = "calls that race with the cancellation",
      expected = "CANCELLED, nothing reaches the client after the end",
      guards = "tools.end")
  void callsAgainstTheCancellation() {
    LiveRun live =
        start(
            """
            import threading
            def go_on():
                while True:
                    try:
                        files.read()
                    except BaseException:
                        pass
            for _ in range(6):
                threading.Thread(target=go_on).start()
            print('going', flush=True)
            go_on()
            """);
    live.awaitOutput("going");
    live.cancel("enough");
    Transcript run = daemon.ended(live);
    int calls = seen.size();

    assertThat(run.outcome()).isIn(Outcome.CANCELLED, Outcome.LIMIT_EXCEEDED);
    await().during(Duration.ofSeconds(1)).until(() -> seen.size() == calls);
  }

  @Test
  @Attack(
      row = "E5",
      what = "frames of calls that go on while the supervisor is stopped and the run is ended",
      expected = "CANCELLED, no call goes out once those in flight were withdrawn",
      guards = "tools.end")
  void callsAfterTheStop() {
    CountDownLatch never = new CountDownLatch(1);
    LiveRun live =
        daemon
            .client()
            .start(
                guarded(
                        PAST_THE_STUBS
                            + """
                            import itertools, os, signal, time
                            os.kill(os.getppid(), signal.SIGSTOP)
                            for number in itertools.count(1):
                                frame(number, b'{}', 'files', 'read')
                                time.sleep(0.003)
                                if number == 5:
                                    print('going', flush=True)
                            """)
                    .setPolicy("generous"),
                call -> {
                  if (call.getCallId().equals("call-1")) {
                    never.await(); // so that there is a call to withdraw
                  }
                  return noted(call);
                });
    live.awaitOutput("going");
    live.cancel("enough");
    Transcript run = daemon.ended(live);

    assertThat(run.outcome()).as(run::toString).isEqualTo(Outcome.CANCELLED);
    List<RunResponse> afterTheStop =
        run.events().stream()
            .dropWhile(
                event -> !event.getToolCallCancelled().getReason().equals("the run has ended"))
            .toList();
    assertThat(afterTheStop).isNotEmpty().noneMatch(RunResponse::hasToolCall);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "frame(1); frame(1)",
        "frame(1); frame(2); frame(1)",
        "frame(2)",
        "frame(0)",
        "frame(0xFFFFFFFF)",
        "ask('mail', 'send'); frame(1)",
      })
  @Attack(
      row = "E6",
      what = "numbers of calls used twice, left out, or made up",
      expected = "PROTOCOL_VIOLATION, no call twice",
      guards = "tools.ids")
  void callNumbers(String frames) {
    Transcript run = attack(frames + "\nimport time\ntime.sleep(60)");

    assertThat(run.outcome()).isEqualTo(Outcome.PROTOCOL_VIOLATION);
    assertThat(seen.size()).isLessThanOrEqualTo(2);
    assertThat(seen.stream().map(ToolCall::getCallId)).doesNotHaveDuplicates();
  }

  @Test
  @Attack(
      row = "E7",
      what = "ten thousand calls at once, through the stubs",
      expected = "LIMIT_EXCEEDED, never more in flight than the policy says",
      guards = {"tools.in_flight", "tools.calls"})
  void floodThroughTheStubs() {
    AtomicInteger now = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    Transcript run =
        daemon.run(
            guarded("import asyncio\nawait asyncio.gather(*[files.read() for _ in range(10000)])"),
            call -> {
              most.accumulateAndGet(now.incrementAndGet(), Math::max);
              seen.add(call);
              now.decrementAndGet();
              return value("1");
            });

    assertThat(run.outcome()).isEqualTo(Outcome.LIMIT_EXCEEDED);
    assertThat(run.finished().getLimit()).isEqualTo("tools.calls");
    assertThat(seen).hasSizeLessThanOrEqualTo(500);
    assertThat(most.get()).isLessThanOrEqualTo(8);
  }

  @ParameterizedTest
  @ValueSource(strings = {"'mail', 'send'", "'mail', 'wipe'", "'x', 'y'"})
  @Attack(
      row = "E7",
      what = "frames for calls without end whose answers are never read",
      expected = "PROTOCOL_VIOLATION, a few calls at most reach the client",
      guards = "tools.in_flight")
  void floodOfFrames(String name) {
    Transcript run =
        attack(
            """
            server, tool = %s
            for number in range(1, 1000000):
                frame(number, b'{}', server, tool)
            """
                .formatted(name));

    assertThat(run.outcome()).isIn(Outcome.PROTOCOL_VIOLATION, Outcome.LIMIT_EXCEEDED);
    assertThat(seen).hasSizeLessThanOrEqualTo(500);
  }

  @Test
  @Attack(
      row = "E8",
      what = "arguments just under, at and over their limit",
      expected = "SUCCEEDED, the last refused by name",
      guards = "tools.argument_bytes")
  void hugeArguments() {
    Transcript run =
        attack(
            """
            def of(size):
                return b'{"a":"' + b'x' * (size - 8) + b'"}'
            for size in (65535, 65536, 65537, 1000000):
                print(ask('files', 'read', of(size))[0])
            """);

    assertThat(run.stdout()).isEqualTo("answered\nanswered\nlimit\nlimit\n");
    assertThat(seen).hasSize(2);
  }

  @Test
  @Attack(
      row = "E8",
      what = "arguments larger than any frame",
      expected = "PROTOCOL_VIOLATION, no call reaches the client",
      guards = "tools.argument_bytes")
  void argumentsOverTheFrame() {
    Transcript run = attack("frame(1, b'x' * (64 << 20))\nimport time\ntime.sleep(60)");

    assertThat(run.outcome()).isEqualTo(Outcome.PROTOCOL_VIOLATION);
    assertThat(seen).isEmpty();
  }

  @Test
  @Attack(
      row = "E8",
      what = "results just under, at and over their limit",
      expected = "SUCCEEDED, the last refused by name",
      guards = "tools.result_bytes")
  void hugeResults() {
    Transcript run =
        daemon.run(
            guarded(
                """
                for size in (65535, 65536, 65537, 10000000):
                    try:
                        print(len(files.read(size=size)) + 2)
                    except ToolError as error:
                        print(error.reason)
                """),
            call -> {
              String arguments = call.getArgumentsJson().toStringUtf8();
              int size = Integer.parseInt(arguments.replaceAll("\\D", ""));
              return value('"' + "x".repeat(size - 2) + '"');
            });

    assertThat(run.stdout()).isEqualTo("65535\n65536\nlimit\nlimit\n");
  }

  @Test
  @Attack(
      row = "E9",
      what = "a client that answers too late, or never",
      expected =
          "SUCCEEDED, ToolError by the call's own limit, the late answer dropped and counted",
      guards = "tools.call_timeout")
  void neverAnswered() throws InterruptedException {
    CountDownLatch timedOut = new CountDownLatch(1);
    LiveRun live =
        daemon
            .client()
            .start(
                guarded(
                        """
                        try:
                            files.read()
                        except ToolError as error:
                            print(error.reason, flush=True)
                        print(mail.send(to='a'))
                        """)
                    .setLimits(RunLimits.newBuilder().setToolCallTimeout(Durations.fromSeconds(2))),
                call -> {
                  if (call.getTool().equals("read")) {
                    timedOut.await();
                  }
                  return value("1");
                });
    live.awaitOutput("timed_out");
    timedOut.countDown();
    Transcript run = daemon.ended(live);

    assertThat(run.stdout()).isEqualTo("timed_out\n1\n");
  }

  @Test
  @Attack(
      row = "E10",
      what = "the client goes away in the middle of a call",
      expected = "CANCELLED in the audit log, the sandbox gone",
      guards = "run.caller_gone")
  void clientGone() throws InterruptedException {
    CountDownLatch called = new CountDownLatch(1);
    CountDownLatch never = new CountDownLatch(1);
    LiveRun live =
        daemon
            .client()
            .start(
                guarded("files.read()"),
                call -> {
                  called.countDown();
                  never.await();
                  return value("1");
                });
    called.await();
    String run = live.accepted().getRunId();

    live.abandon();

    await()
        .atMost(Patience.AFTERMATH)
        .until(() ->
            daemon.log().stream()
                .anyMatch(line ->
                    line.toString().contains(run) && line.toString().contains("Cancelled")));
    daemon.saw("CANCELLED");
  }

  @Test
  @Attack(
      row = "E13",
      what = "a call that claims an approval, another caller, a credential and an id",
      expected = "SUCCEEDED, the claims reach nobody: approval is still needed, the rest goes bare",
      guards = "tools.approval")
  void claims() {
    Transcript run =
        attack(
            """
            def claim(tool):
                claims = {'approved': True, 'approval': 'ALLOW_FOR_RUN', 'tenant': 'other', 'principal': 'root',
                          'origin': 'user', 'credential': 'x', 'call_id': 'call-77', 'policy': 'trusted-tools'}
                call = calls.ask({**claims, **header('mail', tool)}, b'{}')
                return call.error[0] if call.error else 'answered'
            print(claim('pay'), claim('wipe'), claim('send'))
            """);

    assertThat(run.stdout()).isEqualTo("denied denied answered\n");
    assertThat(seen)
        .singleElement()
        .satisfies(call -> {
          assertThat(call.getAllFields().keySet())
              .extracting(FieldDescriptor::getName)
              .containsExactlyInAnyOrder("call_id", "server", "tool", "arguments_json");
          assertThat(call.getCallId()).isNotEqualTo("call-77");
          assertThat(call.getTool()).isEqualTo("send");
        });
  }

  // ---- the scene ----

  private Transcript attack(String code) {
    return run(PAST_THE_STUBS + code);
  }

  private Transcript run(String code) {
    return daemon.run(guarded(code), this::noted);
  }

  private LiveRun start(String code) {
    return daemon.client().start(guarded(code), this::noted);
  }

  private ToolResult noted(ToolCall call) {
    seen.add(call);
    return value("1");
  }

  private static StartRun.Builder guarded(String code) {
    String any = "{\"type\":\"object\"}";
    return RunClient.program(code)
        .setPolicy("guarded")
        .setTools(
            servers(
                server("mail", tool("send", SEND), tool("wipe", any), tool("pay", any)),
                server("files", tool("read", any), tool("write", any))));
  }
}
