package dev.caisson.daemon.security;

import static dev.caisson.daemon.acceptance.RunClient.program;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.util.Durations;
import dev.caisson.daemon.acceptance.LiveRun;
import dev.caisson.daemon.acceptance.Offered;
import dev.caisson.daemon.acceptance.Transcript;
import dev.caisson.v1.RunFinished.Outcome;
import dev.caisson.v1.RunLimits;
import dev.caisson.v1.RunResponse;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Group B by real code in a real sandbox that writes on the channel itself, closes it, or floods
 * it.
 */
@DisplayNameGeneration(AttackNames.class)
class GroupBCodeTest {

  /** What the program finds out first: `send` writes on every descriptor that leads out. */
  private static final String CHANNEL =
      """
      import json, os, struct, sys, threading, time
      OWN = [int(n) for n in os.listdir('/proc/self/fd') if int(n) > 2]
      def out():
          for n in OWN:
              try:
                  if os.readlink(f'/proc/self/fd/{n}').startswith(('host', 'pipe', 'socket')): yield n
              except OSError:
                  pass
      def send_all(data):
          for n in list(out()):
              try:
                  os.write(n, data)
              except OSError:
                  pass
      HOST = [n for n in OWN if os.path.lexists(f'/proc/self/fd/{n}')
              and os.readlink(f'/proc/self/fd/{n}').startswith('host')]
      def send(data):
          os.write(HOST[0], data)
      def frame(kind, payload=b'', stream=1):
          return struct.pack('>IBI', len(payload) + 5, kind, stream) + payload
      def headed(kind, header, bulk=b'', stream=1):
          header = header if isinstance(header, bytes) else json.dumps(header).encode()
          return frame(kind, struct.pack('>I', len(header)) + header + bulk, stream)
      OUTPUT, DISPLAY, CALL, CANCEL, ENDED = 64, 65, 66, 67, 68
      """;

  @RegisterExtension static final AttackedDaemon daemon = new AttackedDaemon();

  @ParameterizedTest(name = "{0}")
  @ValueSource(
      strings = {
        "send_all(os.urandom(65536)); os._exit(0)",
        "send_all(b'\\xff' * 65536); time.sleep(100)",
        "send(b'\\xff' * 65536); time.sleep(100)",
        "send(b'\\0' * 65536); time.sleep(100)",
        "send(b'GET / HTTP/1.1\\r\\n\\r\\n' * 100); time.sleep(100)",
        "send(frame(OUTPUT, b'\\1\\0\\0\\0\\0hi') + b'rubbish' * 10); time.sleep(100)"
      })
  @Attack(
      row = "B1",
      what = "garbage on the channel",
      expected = "PROTOCOL_VIOLATION",
      guards = {"channel.known_kinds", "channel.sender"})
  void garbage(String code) {
    assertViolation(run(code));
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(
      strings = {
        "send(struct.pack('>IBI', 0xffffffff, CALL, 1))",
        "send(struct.pack('>IBI', 0x7fffffff, ENDED, 1))",
        "send(struct.pack('>IBI', 0x80000000, OUTPUT, 1))",
        "send(struct.pack('>IBI', 4097, CALL, 1))",
        "send(struct.pack('>IBI', 0, CALL, 1))",
        "send(struct.pack('>IBI', 4, CALL, 1))",
        "send(frame(CALL, struct.pack('>I', 0xffffffff)))",
        "send(frame(CALL, struct.pack('>I', 100) + b'{}'))",
        "for n in range(100000): send(frame(CALL | 128, b'x' * 4000, n % 9000 + 1))",
        "for n in range(100000): send(frame(CALL | 128, b'x' * 4000, 1))",
        "for n in range(100000): send(frame(CALL | 128, b'x', n + 1))",
        "send(frame(CALL | 128, b'', 1))"
      })
  @Attack(
      row = "B2",
      what = "lengths that lie, and messages that never end",
      expected = "PROTOCOL_VIOLATION, the daemon's memory is flat",
      guards = {"channel.frame_size", "channel.unfinished"})
  void lengthBombs(String code) {
    // The daemon has 128 MiB in all and leaves at once when they are not enough.
    assertViolation(run(code + "\ntime.sleep(100)"));
  }

  @Test
  @Attack(
      row = "B3",
      what = "half a frame, then silence",
      expected = "TIMED_OUT",
      guards = "time.wall")
  void halfAFrameAndSilence() {
    Transcript run =
        run("send(struct.pack('>IBI', 1000, CALL, 1) + b'x' * 10)\ntime.sleep(10**6)", 1000);

    assertThat(run.outcome()).as(run::toString).isEqualTo(Outcome.TIMED_OUT);
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"os._exit(0)", "os.kill(os.getpid(), 9)", "os.kill(os.getppid(), 9)"})
  @Attack(
      row = "B4",
      what = "half a frame, then the end",
      expected = "an end by what happened, no hang",
      guards = "by design: the end of the streams is an end")
  void halfAFrameAndTheEnd(String end) {
    Transcript run = run("send(struct.pack('>IBI', 1000, CALL, 1) + b'x' * 10)\n" + end);

    assertThat(run.outcome())
        .as(run::toString)
        .isIn(Outcome.FAILED, Outcome.PROTOCOL_VIOLATION, Outcome.SANDBOX_LOST);
    assertThat(Durations.toSeconds(run.finished().getUsage().getWallTime())).isLessThan(25);
  }

  @Test
  @Attack(
      row = "B5",
      what = "a frame that comes a byte at a time",
      expected = "TIMED_OUT",
      guards = "time.wall")
  void slowWriter() {
    Transcript run =
        run(
            "data = struct.pack('>IBI', 4000, CALL, 1) + b'x' * 4000\n"
                + "for b in data:\n    send(bytes([b])); time.sleep(0.05)",
            1500);

    assertThat(run.outcome()).as(run::toString).isEqualTo(Outcome.TIMED_OUT);
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(
      strings = {
        "send(headed(ENDED, {'how': 'completed'}))\nwhile True: pass",
        "send(headed(ENDED, {'how': 'completed'}) * 50)\nwhile True: pass",
        "send(headed(ENDED, {'how': 'completed'}))\nwhile True: print('after')",
        "send(headed(ENDED, {'how': 'exception', 'exception': {'type': 'X', 'message': 'y', 'traceback': ''}}))\n"
            + "time.sleep(100)"
      })
  @Attack(
      row = "B6",
      what = "an end that the program made itself, and then it goes on",
      expected = "the run is over by its deadline and nothing of it goes on",
      guards = "time.wall")
  void forgedEnd(String code) {
    Transcript run = run(code, 2000);

    // What the program says of itself is worth what the program is; it gains nothing by it.
    assertThat(run.outcome())
        .as(run::toString)
        .isIn(Outcome.SUCCEEDED, Outcome.FAILED, Outcome.TIMED_OUT, Outcome.PROTOCOL_VIOLATION);
    assertThat(run.events().stream().filter(RunResponse::hasFinished)).hasSize(1);
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(
      strings = {
        "send(headed(CALL, {'service': 'tools', 'method': 'call'}, b'{}', 0))",
        "send(headed(CALL, {'service': 'tools', 'method': 'call'}, b'{}', 2))",
        "send(headed(CALL, {'service': 'tools', 'method': 'call'}, b'{}', 0xffffffff))",
        "send(headed(CALL, {'service': 'tools', 'method': 'call'}, b'{}', 1) * 2)",
        "send(frame(CANCEL, b'', 7))",
        "send(frame(CANCEL, b'', 0xffffffff))",
        "send(frame(OUTPUT, b'\\1\\0\\0\\0\\0x', 99))",
        "send(frame(OUTPUT, b'\\1\\0\\0\\0\\0x', 0))",
        "send(headed(ENDED, {'how': 'completed'}, b'', 99))",
        "send(frame(OUTPUT, b'\\3\\0\\0\\0\\0x', 1))",
        "send(frame(OUTPUT, b'\\1', 1))",
        "send(headed(ENDED, {'how': 'never'}, b'', 1))",
        "send(headed(ENDED, b'[]', b'', 1))",
        "send(headed(ENDED, {'how': 'exception'}, b'', 1))",
        "send(headed(DISPLAY, {}, b'x', 1))"
      })
  @Attack(
      row = "B7",
      what = "numbers of runs and calls that are old, foreign, huge or used twice",
      expected = "PROTOCOL_VIOLATION",
      guards = {"channel.call_numbers", "channel.run_number"})
  void numbers(String code) {
    assertViolation(run(code + "\ntime.sleep(100)"));
  }

  @Test
  @Attack(
      row = "B8",
      what = "kinds that nobody has, or that only the daemon or the supervisor may send",
      expected = "PROTOCOL_VIOLATION",
      guards = "channel.sender")
  void kinds() {
    // All 256 in every state are tried on the codec in GroupBAgentTest; these go the whole way.
    for (int kind : List.of(0, 1, 2, 4, 13, 32, 50, 69, 96, 97, 99, 100, 101, 127)) {
      assertViolation(run("send(frame(%d, b'{}', 1))\ntime.sleep(100)".formatted(kind)));
    }
    // As good as the supervisor's own, but for who sent them: output, and credit.
    assertViolation(run("send(frame(98, b'\\1\\0\\0\\0\\0x', 1))\ntime.sleep(100)"));
    assertViolation(run("send(frame(101, b'\\3\\0\\0\\0\\0', 0))\ntime.sleep(100)"));
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(
      strings = {
        "b'\\x80\\x04\\x95.\\x00\\x00\\x00cposix\\nsystem\\n(S\"id\"\\ntR.'",
        "b'\\xac\\xed\\x00\\x05sr\\x00\\x11java.util.HashMap'",
        "b'!!javax.script.ScriptEngineManager [!!java.net.URLClassLoader [[!!java.net.URL [\"http://x\"]]]]'",
        "b'{\"@class\":\"com.sun.rowset.JdbcRowSetImpl\",\"dataSourceName\":\"ldap://x\"}'",
        "b'{\"$type\":\"System.Diagnostics.Process\",\"@type\":\"java.lang.Runtime\"}'",
        "b'<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY y SYSTEM \"file:///etc/passwd\">]><x>&y;</x>'",
        "b'${jndi:ldap://x/a}'"
      })
  @Attack(
      row = "B9",
      what = "data that some reader would make objects of",
      expected = "bytes or plain JSON, nothing else",
      guards = "by design: JSON trees only")
  void deserialisation(String data) {
    Transcript run =
        run(
            "send(headed(ENDED, {'how': 'completed', 'value_repr': 'forged'}, %s))\ntime.sleep(1)\nos._exit(0)"
                .formatted(data));

    assertThat(run.outcome()).as(run::toString).isEqualTo(Outcome.SUCCEEDED);
    String json = run.finished().getValue().getJson().toStringUtf8();
    assertThat(json).matches("|\\{\"[@$](class|type)\".*");
    Transcript plain = run("import pickle; pickle.dumps(print), b'\\xac\\xed\\0\\5'");
    assertThat(plain.finished().getValue().getRepr()).startsWith("(b'");
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(
      strings = {
        "send(headed(ENDED, b'{\"how\":' + b'[' * 3000 + b']' * 900))",
        "send(headed(CALL, b'{\"service\":' + b'{\"a\":' * 500 + b'1' + b'}' * 500 + b'}'))",
        "send(headed(CALL, b'{\"a\":'))",
        "send(headed(CALL, b'{\"a\":NaN}'))",
        "send(headed(CALL, b'{} {}'))",
        "send(headed(CALL, b'\\xff\\xfe{}'))",
        "send(headed(CALL, b'null'))"
      })
  @Attack(
      row = "B10",
      what = "JSON that is deep, wide, or none",
      expected = "PROTOCOL_VIOLATION",
      guards = "channel.json_depth")
  void json(String code) {
    assertViolation(run(code + "\ntime.sleep(100)"));
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(
      strings = {
        "for n in range(1, 10**6): send(headed(CALL, {'service': 'tools', 'method': 'call', 'server': 's',"
            + " 'tool': 't'}, b'{}', n))",
        "for n in range(1, 10**6): send(headed(CALL, {'service': 'none', 'method': 'x'}, b'x' * 3000, n))",
        "for n in range(1, 10**6): send(headed(CALL, {'service': 'catalogue', 'method': 'search',"
            + " 'query': 'x' * 1000}, b'', n))",
        "for n in range(10**6): send(frame(OUTPUT, b'\\1\\0\\0\\0\\0' + b'x' * 4000, 1))"
      })
  @Attack(
      row = "B15",
      what = "a million calls whose answers nobody reads",
      expected = "PROTOCOL_VIOLATION, LIMIT_EXCEEDED or TIMED_OUT; the daemon's memory is flat",
      guards = {"tools.in_flight", "by design: windows", "by design: a count of look-ups"})
  void floodWithoutReading(String code) {
    AtomicInteger calls = new AtomicInteger();
    Transcript run =
        daemon.run(
            program(CHANNEL + code + "\ntime.sleep(100)")
                .setLimits(wall(8000))
                .setTools(Offered.servers(Offered.server("s", Offered.tool("t", "{}")))),
            call -> {
              calls.incrementAndGet();
              return LiveRun.value("1");
            });

    assertThat(run.outcome())
        .as(run::toString)
        .isIn(Outcome.PROTOCOL_VIOLATION, Outcome.LIMIT_EXCEEDED, Outcome.TIMED_OUT);
    assertThat(calls.get()).isLessThanOrEqualTo(10_000);
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(
      strings = {
        "os.closerange(3, 1000)",
        "for n in OWN:\n    try: os.close(n); time.sleep(0.05)\n    except OSError: pass",
        "import socket\nfor n in OWN:\n    try: socket.socket(fileno=os.dup(n)).shutdown(0)\n    except OSError: pass",
        "import socket\nfor n in OWN:\n    try: socket.socket(fileno=os.dup(n)).shutdown(1)\n    except OSError: pass",
        "import socket\nfor n in OWN:\n    try: socket.socket(fileno=os.dup(n)).shutdown(2)\n    except OSError: pass\nprint('x' * 10**6)",
        "for n in OWN:\n    try: os.set_blocking(n, False)\n    except OSError: pass\nprint('x' * 10**6)",
        "for n in OWN:\n    try: os.read(n, 10)\n    except OSError: pass",
        "send(frame(OUTPUT, b'\\1\\0\\0\\0\\0x'))\nos.closerange(0, 1000)",
        "threading.Thread(target=lambda: [os.closerange(3, 1000) for _ in range(1000)]).start()\nfor _ in range(1000): print(1)"
      })
  @Attack(
      row = "B22",
      what = "one half of the channel closed, in every state",
      expected = "an outcome of the program's, the place in the pool is free again",
      guards = "by design: the end of the streams is an end")
  void halfClose(String code) {
    Transcript run = run(code + "\ntime.sleep(0.2)", 3000);

    assertThat(run.outcome())
        .as(run::toString)
        .isIn(
            Outcome.SUCCEEDED,
            Outcome.FAILED,
            Outcome.TIMED_OUT,
            Outcome.PROTOCOL_VIOLATION,
            Outcome.SANDBOX_LOST);
  }

  @Test
  @Attack(
      row = "B19",
      what = "an end that the program made itself, with texts of megabytes",
      expected = "every text as short as the contract says",
      guards = "channel.bounded_texts")
  void forgedTexts() {
    String parts =
        """
        def parts(kind, payload, stream=1):
            for at in range(0, len(payload), 4000):
                more = 128 if at + 4000 < len(payload) else 0
                send(frame(kind | more, payload[at:at + 4000], stream))
        def end(header, bulk=b''):
            header = json.dumps(header).encode()
            parts(ENDED, struct.pack('>I', len(header)) + header + bulk)
            time.sleep(1) # the supervisor's word about the death must not overtake it
            os._exit(0)
        big = '\u00e4' * 100_000
        """;
    Transcript raised =
        run(
            parts
                + "end({'how': 'exception', 'exception': {'type': big, 'message': big, 'traceback': big}})");
    assertThat(raised.finished().getException().getType()).as(raised::toString).isNotEmpty();
    assertThat(raised.finished().getException().getTypeBytes().size()).isLessThanOrEqualTo(1 << 10);
    assertThat(raised.finished().getException().getMessageBytes().size())
        .isLessThanOrEqualTo(16 << 10);
    assertThat(raised.finished().getException().getTracebackBytes().size())
        .isLessThanOrEqualTo(64 << 10);

    Transcript value =
        run(parts + "end({'how': 'completed', 'value_repr': big}, b'[' + b'1,' * 10**6 + b'1]')");
    assertThat(value.finished().getValue().getReprBytes().size()).isBetween(1, 64 << 10);
    assertThat(value.finished().getValue().getReprCut()).isTrue();
    assertThat(value.finished().getValue().getJson()).isEmpty();
  }

  // ---- what they have in common ----

  private static Transcript run(String code) {
    return run(code, 20_000);
  }

  private static Transcript run(String code, long millis) {
    return daemon.run(program(CHANNEL + code).setLimits(wall(millis)));
  }

  private static RunLimits wall(long millis) {
    return RunLimits.newBuilder().setWallTime(Durations.fromMillis(millis)).build();
  }

  private static void assertViolation(Transcript run) {
    assertThat(run.outcome()).as(run::toString).isEqualTo(Outcome.PROTOCOL_VIOLATION);
    assertThat(run.message())
        .startsWith("the sandbox broke the channel's rules and was destroyed: ")
        .doesNotContain("Exception");
    assertThat(run.exitCode()).isEqualTo(123);
  }
}
