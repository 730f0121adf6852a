package dev.caisson.daemon.security;

import static dev.caisson.daemon.acceptance.RunClient.program;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.util.Durations;
import dev.caisson.daemon.acceptance.LiveRun;
import dev.caisson.daemon.acceptance.Transcript;
import dev.caisson.v1.RunFinished.Outcome;
import dev.caisson.v1.RunLimits;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Group B by real code in a real sandbox that never touches the channel: it attacks the interpreter
 * that it shares with the agent, ends in every way there is, and writes what deceives or floods.
 */
@DisplayNameGeneration(AttackNames.class)
class GroupBProgramTest {

  @RegisterExtension static final AttackedDaemon daemon = new AttackedDaemon();

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
      guards = {"log.no_words_of_the_code", "by design: one JSON object a line"})
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
      guards = "channel.bounded_texts")
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

  private static RunLimits wall(long millis) {
    return RunLimits.newBuilder().setWallTime(Durations.fromMillis(millis)).build();
  }
}
