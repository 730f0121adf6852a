package dev.caisson.daemon.security;

import static dev.caisson.daemon.acceptance.RunClient.program;
import static dev.caisson.daemon.security.AttackedDaemon.limited;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.util.Durations;
import dev.caisson.daemon.acceptance.EngineView;
import dev.caisson.daemon.acceptance.Transcript;
import dev.caisson.v1.RunFinished.Outcome;
import dev.caisson.v1.RunLimits;
import dev.caisson.v1.StartRun;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Group F: a program that takes what it can get, of time and CPU, and does not end when it should.
 * It ends by the daemon's clock, and the machine gives no more than the policy says.
 */
@DisplayNameGeneration(AttackNames.class)
class GroupFTimeTest {

  /** So little that a program without the limit gets more of any machine, a busy one too. */
  private static final double FIFTH = 0.2;

  @RegisterExtension
  static final AttackedDaemon daemon =
      new AttackedDaemon().with("fifth", "sandbox:\n  cpus: " + FIFTH + "\n");

  @Test
  @Attack(
      row = "F13",
      what = "children that outlive the program and hold its output open",
      expected = "SUCCEEDED at once, and no child is left",
      guards = "by design: one run, one sandbox")
  void daemonisedChildren() {
    Transcript run =
        daemon.run(
            """
            import os, signal, subprocess, threading, time
            for _ in range(5):
                if os.fork() == 0:
                    os.setsid()
                    for number in range(1, 32):
                        if number not in (9, 19):
                            signal.signal(number, signal.SIG_IGN)
                    if os.fork() != 0:
                        os._exit(0)
                    while True:
                        time.sleep(1000)
            subprocess.Popen('trap "" TERM HUP INT; while :; do echo still; sleep 100; done', shell=True,
                             start_new_session=True)
            threading.Thread(target=lambda: time.sleep(1000), daemon=True).start()
            print('done')
            """);

    assertThat(run.outcome()).as(run::toString).isEqualTo(Outcome.SUCCEEDED);
    assertThat(run.stdout()).contains("done\n");
    assertThat(Durations.toSeconds(run.finished().getUsage().getWallTime())).isLessThan(25);
  }

  @Test
  @Attack(
      row = "F20",
      what = "starting a program again and again",
      expected = "TIMED_OUT, within the CPU it has, nothing left on the host",
      guards = {"host.cpus", "time.wall"})
  void execChurn() throws IOException {
    long before = entries(Path.of("/run/docker"));
    Transcript run =
        daemon.run(limited("import subprocess\nwhile True: subprocess.run(['/bin/true'])", 5000));

    assertThat(run.outcome()).isEqualTo(Outcome.TIMED_OUT);
    assertCpuWithinShare(run, 1);
    assertThat(entries(Path.of("/run/docker"))).isLessThan(before + 200);
  }

  @Test
  @Attack(
      row = "F9",
      what = "all the CPU of the machine",
      expected = "TIMED_OUT, within the CPU it has",
      guards = "host.cpus")
  void spinning() {
    Transcript run =
        daemon.run(
            limited(
                    """
                    import os
                    for _ in range(60):
                        try:
                            if os.fork() == 0: break
                        except OSError:
                            break
                    while True: pass
                    """,
                    5000)
                .setPolicy("fifth"));

    assertThat(run.outcome()).isEqualTo(Outcome.TIMED_OUT);
    assertCpuWithinShare(run, FIFTH);
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(
      strings = {
        "7 ** (7 ** 9)",
        "int('9' * 10**5) ** 10**5",
        "import re; re.match(r'(a+)+$', 'a' * 60 + 'b')",
        "sum(range(10**13))",
        "import ctypes; ctypes.CDLL(None).sleep(1000)",
        "import ctypes; ctypes.PyDLL(None).sleep(1000)",
        "import hashlib; hashlib.pbkdf2_hmac('sha256', b'x', b'y', 10**9)",
        "'x' * 10**4 in 'y' * 10**7\nimport itertools; any(itertools.repeat(0))",
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
        "class A:\n    def __del__(self): A()\nA()\nwhile True: A()"
      })
  @Attack(
      row = "F10",
      what = "Python that no exception interrupts",
      expected = "TIMED_OUT",
      guards = "time.wall")
  void uninterruptible(String code) {
    Transcript run = daemon.run(limited("import sys\nsys.set_int_max_str_digits(0)\n" + code, 700));

    assertThat(run.outcome()).as(run::toString).isEqualTo(Outcome.TIMED_OUT);
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(
      strings = {
        "import time; time.sleep(10**6)",
        "import os; r, w = os.pipe(); os.read(r, 1)",
        "import threading; l = threading.Lock(); l.acquire(); l.acquire()",
        "import fcntl, os; a = open('/tmp/l', 'w'); fcntl.flock(a, 2); b = open('/tmp/l', 'w'); fcntl.flock(b, 2)",
        "import os; os.mkfifo('/tmp/f'); open('/tmp/f')",
        "import socket; s = socket.create_server(('127.0.0.1', 0)); s.accept()",
        "import signal; signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65)); signal.sigwait([10])",
        "import multiprocessing as m; m.get_context('fork').Queue().get()",
        "import threading, time; threading.Thread(target=time.sleep, args=(1000,)).start(); 1/0"
      })
  @Attack(
      row = "F11",
      what = "waiting for ever",
      expected = "TIMED_OUT, or its own end without a wait for its threads",
      guards = "time.wall")
  void waiting(String code) {
    // The last one ends by itself, and must not come too late for that.
    Transcript run = daemon.run(limited(code, code.contains("1/0") ? 20_000 : 700));

    assertThat(run.outcome())
        .as(run::toString)
        .isEqualTo(code.contains("1/0") ? Outcome.FAILED : Outcome.TIMED_OUT);
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(
      strings = {
        "os.kill(os.getpid(), signal.SIGSTOP)",
        "os.kill(os.getpid(), signal.SIGTSTP)",
        "os.kill(os.getppid(), signal.SIGSTOP); time.sleep(1000)",
        "os.kill(os.getppid(), signal.SIGSTOP)",
        "os.kill(0, signal.SIGSTOP)",
        "import subprocess; subprocess.Popen(['sleep', '100']); os.kill(-1, signal.SIGSTOP); time.sleep(1000)",
        "os.fork() or os.kill(os.getppid(), signal.SIGSTOP); time.sleep(1000)",
        "os.kill(os.getppid(), signal.SIGTTIN); os.kill(os.getpid(), signal.SIGTTOU); time.sleep(1000)"
      })
  @Attack(
      row = "F12",
      what = "stopping itself, the supervisor, or everything",
      expected = "TIMED_OUT by the daemon's own clock",
      guards = "time.wall")
  void stopSignals(String code) {
    Transcript run = daemon.run(limited("import os, signal, time\n" + code, 1000));

    assertThat(run.outcome()).as(run::toString).isIn(Outcome.TIMED_OUT, Outcome.SUCCEEDED);
    if (!code.equals("os.kill(os.getppid(), signal.SIGSTOP)")) {
      assertThat(run.outcome()).as(run::toString).isEqualTo(Outcome.TIMED_OUT);
    }
  }

  @Test
  @Attack(
      row = "F17",
      what = "setting clocks, and timers without end",
      expected = "no clock moves; TIMED_OUT within the CPU it has",
      guards = {"time.wall", "host.cpus"})
  void clocks() {
    Transcript run =
        daemon.run(
            limited(
                """
                import ctypes, os, signal, struct, threading, time
                libc = ctypes.CDLL(None, use_errno=True)
                moment = struct.pack('qq', 10**9, 0)
                got = []
                for clock in (0, 1, 4, 7):
                    try:
                        time.clock_settime(clock, 10**9)
                        got.append(clock)
                    except (OSError, PermissionError):
                        pass
                for call in ((164, moment, 0), (227, 0, moment), (159, struct.pack('Ixxxxq', 1, 100) + bytes(200)),
                             (305, 0, struct.pack('Ixxxxq', 1, 100) + bytes(200))):
                    if libc.syscall(*call) != -1:
                        got.append(call[0])
                print(got, flush=True)
                os.environ['TZ'] = 'X-99:99:99'
                time.tzset()
                for number in (signal.SIGALRM, signal.SIGVTALRM, signal.SIGPROF):
                    signal.signal(number, lambda *_: None)
                for which in (0, 1, 2):
                    signal.setitimer(which, 1e-6, 1e-6)
                timers = []
                spec = struct.pack('qqqq', 0, 1, 0, 1)
                for _ in range(200):
                    descriptor = libc.timerfd_create(1, 0)
                    if descriptor < 0:
                        break
                    libc.timerfd_settime(descriptor, 0, spec, None)
                    timers.append(descriptor)
                while True:
                    pass
                """,
                5000));

    assertThat(run.outcome()).as(run::toString).isEqualTo(Outcome.TIMED_OUT);
    assertThat(run.stdout()).isEqualTo("[]\n");
    assertCpuWithinShare(run, 1);
  }

  @Test
  @Attack(
      row = "F21",
      what = "a better priority",
      expected = "the sentry's priority and badness on the host stay as they are",
      guards = "gVisor")
  void priority() throws Exception {
    daemon.lookAt(
        """
        import ctypes, os, time
        libc = ctypes.CDLL(None, use_errno=True)
        for attempt in (lambda: os.nice(-20), lambda: os.setpriority(os.PRIO_USER, 0, -20),
                        lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(99)),
                        lambda: os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(99)),
                        lambda: libc.syscall(251, 1, 0, 1 << 13),
                        lambda: libc.syscall(314, 0, b'0\\0\\0\\0\\x06' + bytes(43), 0),
                        lambda: open('/proc/self/oom_score_adj', 'w').write('-1000'),
                        lambda: open('/proc/1/oom_score_adj', 'w').write('-1000')):
            try:
                attempt()
            except OSError:
                pass
        print('tried', flush=True)
        time.sleep(100)
        """,
        "tried",
        container -> {
          Long pid =
              EngineView.ask(engine -> engine.inspectContainerCmd(container).exec())
                  .getState()
                  .getPidLong();
          Path sentry = Path.of("/proc", String.valueOf(pid));
          try (Stream<Path> threads = Files.list(sentry.resolve("task"))) {
            assertThat(threads.toList())
                .allSatisfy(thread -> {
                  String fields =
                      Files.readString(thread.resolve("stat")).replaceFirst("^.*\\) ", "");
                  assertThat(fields.split(" ", -1)[16]).as("nice").isEqualTo("0");
                  assertThat(fields.split(" ", -1)[38]).as("policy").isEqualTo("0");
                });
          }
          String badness = Files.readString(sentry.resolve("oom_score_adj")).strip();
          assertThat(Integer.parseInt(badness)).isNotNegative();
        });
  }

  @Test
  @Attack(
      row = "F22",
      what = "each limit that a caller may name, just under and just over",
      expected = "as asked under, named over, refused when wider than the policy",
      guards = {"output.bytes", "tools.calls", "time.wall"})
  void limits() {
    Transcript under = daemon.run(output(1000, 1000));
    assertThat(under.outcome()).isEqualTo(Outcome.SUCCEEDED);
    assertThat(under.output()).hasSize(1000);
    assertThat(under.finished().getOutputBytesDropped()).isZero();

    Transcript over = daemon.run(output(1000, 1001));
    assertThat(over.output()).hasSize(1000);
    assertThat(over.finished().getOutputBytesDropped()).isEqualTo(1);
    assertThat(over.outcome()).isEqualTo(Outcome.SUCCEEDED);

    assertThat(daemon.run(output(1000, 10_000)).outcome()).isEqualTo(Outcome.SUCCEEDED);
    // One that ends by itself at that moment may be over before it is ended.
    Transcript far =
        daemon.run(output(1000, 10_001, "; sys.stdout.flush(); import time; time.sleep(100)"));
    assertThat(far.outcome()).isEqualTo(Outcome.LIMIT_EXCEEDED);
    assertThat(far.finished().getLimit()).isEqualTo("output.bytes");

    assertThat(daemon.run(limited("import time; time.sleep(0.2)", 20_000)).outcome())
        .isEqualTo(Outcome.SUCCEEDED);
    Transcript late = daemon.run(limited("import time; time.sleep(2)", 300));
    assertThat(late.finished().getLimit()).isEqualTo("time.wall");
  }

  /** Just under and just over each limit is LimitsTest's; here that none can be asked away. */
  @Test
  @Attack(
      row = "F22",
      what = "each limit that a caller may name, wider than the policy",
      expected = "INVALID_ARGUMENT that names the field, and no run",
      guards = "by design: a run may tighten its policy's limits, never widen them")
  void widerLimits() {
    for (FieldDescriptor field : RunLimits.getDescriptor().getFields()) {
      Object widest =
          switch (field.getJavaType()) {
            case INT -> Integer.MAX_VALUE;
            case LONG -> Long.MAX_VALUE;
            case MESSAGE -> Durations.fromDays(3000);
            default -> throw new AssertionError("a limit of a kind that this test does not know");
          };
      StartRun.Builder start =
          program("1").setLimits(RunLimits.newBuilder().setField(field, widest));
      assertThatThrownBy(() -> daemon.run(start))
          .as(field.getName())
          .isInstanceOf(StatusRuntimeException.class)
          .hasMessageStartingWith("INVALID_ARGUMENT")
          .hasMessageContaining(field.getName());
    }
    daemon.saw("INVALID_ARGUMENT");
  }

  // ---- what they have in common ----

  private static StartRun.Builder output(long limit, int bytes) {
    return output(limit, bytes, "");
  }

  private static StartRun.Builder output(long limit, int bytes, String then) {
    return program("import sys; _ = sys.stdout.write('x' * " + bytes + ")" + then)
        .setLimits(RunLimits.newBuilder().setOutputBytes(limit));
  }

  /** A moment more than the share is what the kernel hands out ahead. */
  private static void assertCpuWithinShare(Transcript run, double cores) {
    long wall = Durations.toMillis(run.finished().getUsage().getWallTime());
    long cpu = Durations.toMillis(run.finished().getUsage().getCpuTime());
    assertThat(cpu).isBetween(1L, (long) (wall * cores * 1.05) + 300);
    daemon.saw("%d ms of CPU in %d ms".formatted(cpu, wall));
  }

  private static long entries(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.count();
    }
  }
}
