package dev.caisson.daemon.security;

import static dev.caisson.daemon.acceptance.RunClient.program;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.util.Durations;
import dev.caisson.daemon.acceptance.EngineView;
import dev.caisson.daemon.acceptance.LiveRun;
import dev.caisson.daemon.acceptance.Transcript;
import dev.caisson.v1.RunFinished.Outcome;
import dev.caisson.v1.RunLimits;
import dev.caisson.v1.StartRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Group F: a program that takes what it can get. Whatever it comes to is the program's own outcome,
 * never an error of ours, and the machine gives no more than the policy says.
 */
@DisplayNameGeneration(AttackNames.class)
class GroupFTest {

  private static final long MIB = 1 << 20;

  /** What the cgroup may hold under the policy `default`: code, three file systems, reserve. */
  private static final long CGROUP = (256 + 64 + 64 + 16 + 64) * MIB;

  @RegisterExtension static final AttackedDaemon daemon = new AttackedDaemon();

  // ---- processes and threads ----

  @ParameterizedTest(name = "{0}")
  @ValueSource(
      strings = {
        "while True:\n    try: os.fork()\n    except OSError: pass",
        "while True:\n    try: subprocess.Popen(['sleep', '1000'])\n    except OSError: pass",
        "while True: ctypes.CDLL(None).fork()",
        "while True: ctypes.CDLL(None).syscall(56, 17, 0, 0, 0, 0)",
        "def bomb():\n    while True:\n        try:\n            if os.fork() == 0: os.setsid(); bomb()\n"
            + "        except OSError: pass\nbomb()"
      })
  @Attack(
      row = "F1",
      what = "a fork bomb",
      expected = "TIMED_OUT, or the sandbox dies of its memory",
      guards = {"host.processes", "host.memory"})
  void forkBomb(String code) {
    Transcript run =
        daemon.run(limited("import ctypes, os, subprocess\nprint('begun')\n" + code, 2000));

    assertThat(run.outcome()).as(run::toString).isIn(Outcome.TIMED_OUT, Outcome.OUT_OF_MEMORY);
    assertThat(run.stdout()).startsWith("begun");
  }

  @Test
  @Attack(
      row = "F2",
      what = "a thread bomb, by each way to make a thread",
      expected = "SUCCEEDED, each is refused within the limit of processes",
      guards = "host.processes")
  void threadBomb() {
    Transcript run =
        daemon.run(
            """
            import _thread, concurrent.futures, ctypes, threading, time
            def count(start):
                n = 0
                try:
                    while n < 5000:
                        start()
                        n += 1
                except (RuntimeError, OSError, MemoryError):
                    pass
                return n
            ever = threading.Event()
            first = count(lambda: threading.Thread(target=ever.wait, daemon=True).start())
            more = count(lambda: _thread.start_new_thread(ever.wait, ()))
            libc = ctypes.CDLL(None)
            wait = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)(lambda _: time.sleep(100))
            def raw():
                if libc.pthread_create(ctypes.byref(ctypes.c_ulong()), None, wait, None) != 0:
                    raise OSError
            print(20 < first < 80, more < 5, count(raw) < 5)
            """);

    assertThat(run.outcome()).as(run::toString).isEqualTo(Outcome.SUCCEEDED);
    assertThat(run.stdout()).isEqualTo("True True True\n");
  }

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
      guards = "host.cpus")
  void execChurn() throws IOException {
    long before = entries(Path.of("/run/docker"));
    Transcript run =
        daemon.run(limited("import subprocess\nwhile True: subprocess.run(['/bin/true'])", 5000));

    assertThat(run.outcome()).isEqualTo(Outcome.TIMED_OUT);
    assertCpuWithinShare(run);
    assertThat(entries(Path.of("/run/docker"))).isLessThan(before + 200);
  }

  // ---- memory ----

  @ParameterizedTest(name = "{0}")
  @ValueSource(
      strings = {
        "bytearray(4 * 2**30)",
        "a = []\nwhile True: a.append(os.urandom(2**20))",
        "x = 'x'\nwhile True: x += x",
        "d = {}\ni = 0\nwhile True:\n    d[i] = str(i) * 100\n    i += 1",
        "import array; array.array('d', [0.0]) * 10**9"
      })
  @Attack(
      row = "F3",
      what = "more memory than there is, in one process",
      expected = "FAILED with an error of Python's",
      guards = "agent.memory")
  void memoryGently(String code) {
    Transcript run = daemon.run("import os\n" + code);

    assertThat(run.outcome()).as(run::toString).isEqualTo(Outcome.FAILED);
    assertThat(run.finished().getException().getType()).isEqualTo("MemoryError");
    assertThat(run.finished().getUsage().getMemoryPeakBytes()).isLessThanOrEqualTo(CGROUP);
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(
      strings = {
        "for _ in range(12):\n    if os.fork() == 0:\n        b = bytearray(b'x') * (100 << 20)\n"
            + "        time.sleep(100)\ntime.sleep(100)",
        "for n in range(20):\n    f = os.memfd_create('m')\n    for _ in range(60): os.write(f, bytes(2**20))",
        "import mmap\nfor _ in range(12):\n    if os.fork() == 0:\n        m = mmap.mmap(-1, 2**26)\n"
            + "        for _ in range(64): m.write(b'x' * 2**20)\n        time.sleep(100)\ntime.sleep(100)"
      })
  @Attack(
      row = "F4",
      what = "more memory than there is, past what one process may have",
      expected = "OUT_OF_MEMORY, the peak within the limit",
      guards = "host.memory")
  void memoryHard(String code) {
    Transcript run = daemon.run(limited("import os, time\nprint('begun')\n" + code, 20_000));

    assertThat(run.outcome()).as(run::toString).isEqualTo(Outcome.OUT_OF_MEMORY);
    assertThat(run.finished().getLimit()).isEqualTo("sandbox.memory");
    assertThat(run.finished().getUsage().getMemoryPeakBytes())
        .isLessThanOrEqualTo(CGROUP + CGROUP / 100);
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(
      strings = {"pipes", "sockets", "mappings", "watches", "epolls", "arguments", "locks"})
  @Attack(
      row = "F5",
      what = "what costs the memory of gVisor's kernel and not its own",
      expected = "an outcome of the program's, the peak within the limit",
      guards = "host.memory")
  void memoryOfTheSentry(String kind) {
    Transcript run = daemon.run(limited(Hoards.PROGRAM.replace("KIND", "'" + kind + "'"), 4000));

    assertOfTheProgram(run);
    assertThat(run.finished().getUsage().getMemoryPeakBytes())
        .isLessThanOrEqualTo(CGROUP + CGROUP / 100);
  }

  @Test
  @Attack(
      row = "F18",
      what = "huge mappings, huge pages, locked memory",
      expected = "SUCCEEDED, each refused or only a promise",
      guards = "agent.memory")
  void hugeMappings() {
    Transcript run =
        daemon.run(
            """
            import ctypes, errno, mmap
            libc = ctypes.CDLL(None, use_errno=True)
            libc.mmap.restype = ctypes.c_void_p
            libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + [ctypes.c_int] * 3 + [ctypes.c_long]
            private, shared, noreserve, hugetlb, populate, locked = 0x22, 0x21, 0x4000, 0x40000, 0x8000, 0x2000
            got = []
            for size in (2**33, 2**40, 2**46):
                for flags in (private, private | noreserve, shared, private | hugetlb,
                              private | populate, private | locked):
                    if libc.mmap(None, size, 3, flags, -1, 0) != ctypes.c_void_p(-1).value:
                        got.append((size, flags))
            print(got)
            print(libc.mlockall(3) != 0 or True, libc.mremap)
            """);

    assertThat(run.outcome()).as(run::toString).isEqualTo(Outcome.SUCCEEDED);
    assertThat(run.stdout()).startsWith("[]\n");
    assertThat(run.finished().getUsage().getMemoryPeakBytes()).isLessThan(CGROUP);
  }

  // ---- files ----

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"/tmp", "/workspace", "/dev/shm"})
  @Attack(
      row = "F6",
      what = "filling a file system, in six ways",
      expected = "SUCCEEDED, ENOSPC or EFBIG each time, the sandbox lives",
      guards = {"host.workspace", "host.tmp", "host.shm"})
  void fillingFiles(String place) {
    Transcript run =
        daemon.run(
            """
            import errno, os
            place = '%s'
            size = {'/tmp': 64, '/workspace': 64, '/dev/shm': 16}[place]
            def fill(write):
                files = []
                try:
                    for n in range(2000):
                        path = f'{place}/{n}'
                        files.append((os.open(path, os.O_RDWR | os.O_CREAT), path))
                        write(*files[-1])
                    return 'never'
                except OSError as error:
                    taken = os.statvfs(place)
                    used = (taken.f_blocks - taken.f_bfree) * taken.f_bsize >> 20
                    return errno.errorcode[error.errno], used <= size
                finally:
                    for descriptor, path in files:
                        os.close(descriptor)
                        if os.path.exists(path):
                            os.unlink(path)
            block = bytes(2**20)
            def plainly(f, path):
                for _ in range(4): os.write(f, block)
            def unlinked(f, path):
                os.unlink(path)
                for _ in range(4): os.write(f, block)
            def one_big(f, path):
                while True: os.write(f, block)
            def allocated(f, path):
                os.posix_fallocate(f, 0, 4 << 20)
                for _ in range(4): os.write(f, block)
            def mapped(f, path):
                os.ftruncate(f, 4 << 20)
                for n in range(4): os.pwrite(f, block, n << 20)
            def in_pieces(f, path):
                for n in range(4 << 8): os.pwrite(f, block[:4096], n << 12)
            for way in (plainly, unlinked, one_big, allocated, mapped, in_pieces):
                print(way.__name__, fill(way))
            sparse = os.open(place + '/sparse', os.O_RDWR | os.O_CREAT)
            try:
                os.ftruncate(sparse, 2**40)
                print('sparse')
            except OSError as error:
                print('sparse', errno.errorcode[error.errno])
            """
                .formatted(place));

    assertThat(run.outcome()).as(run::toString).isEqualTo(Outcome.SUCCEEDED);
    assertThat(run.stdout().lines().limit(6))
        .hasSize(6)
        .allMatch(line -> line.matches("[a-z_]+ \\('(ENOSPC|EFBIG)', True\\)"));
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(
      strings = {
        "for i in range(10**7): open(f'/tmp/{i}', 'w').close()",
        "for i in range(10**7): os.mkdir(f'/tmp/{i}')",
        "for i in range(10**7): os.symlink('x' * 200, f'/workspace/{i}')",
        "for i in range(10**7): os.link('/tmp/a', f'/tmp/{i}') if i else open('/tmp/a', 'w').close()",
        "while True: os.mkdir('d'); os.chdir('d')",
        "open('/tmp/a', 'w').close()\n"
            + "for i in range(10**7): os.setxattr('/tmp/a', f'user.{i}', b'x' * 1000)"
      })
  @Attack(
      row = "F7",
      what = "millions of files that hold nothing",
      expected = "an outcome of the program's, the peak within the limit",
      guards = "host.memory")
  void inodes(String code) {
    Transcript run = daemon.run(limited("import os\n" + code, 3000));

    assertOfTheProgram(run);
    assertThat(run.finished().getUsage().getMemoryPeakBytes())
        .isLessThanOrEqualTo(CGROUP + CGROUP / 100);
  }

  @Test
  @Attack(
      row = "F8",
      what = "every descriptor there is, in many processes",
      expected = "EMFILE at the limit; the host opens few files for it",
      guards = "host.open_files")
  void descriptors() throws IOException {
    long before = openFilesOfTheHost();
    LiveRun run =
        daemon
            .client()
            .start(
                program(
                    """
                    import errno, glob, os, time
                    paths = [p for p in glob.glob('/usr/lib/python3.13/**', recursive=True) if os.path.isfile(p)]
                    def fill():
                        opened = []
                        try:
                            for path in paths:
                                opened.append(os.open(path, os.O_RDONLY))
                        except OSError as error:
                            return len(opened), errno.errorcode[error.errno], opened
                        return len(opened), 'never', opened
                    for _ in range(5):
                        if os.fork() == 0:
                            keep = fill()
                            time.sleep(100)
                    count, why, keep = fill()
                    print(200 < count < 256, why)
                    print('full', flush=True)
                    time.sleep(100)
                    """));
    run.awaitOutput("full");
    long grown = openFilesOfTheHost() - before;
    run.cancel("seen");

    assertThat(daemon.ended(run).stdout()).isEqualTo("True EMFILE\nfull\n");
    assertThat(grown).isLessThan(12 * 256);
    daemon.saw(grown + " files of the host");
  }

  @Test
  @Attack(
      row = "F14",
      what = "output past the program's own streams, into logs on the host's disk",
      expected = "nothing of it is on the host",
      guards = "host.no_logs")
  void logs() throws IOException {
    LiveRun run =
        daemon
            .client()
            .start(
                program(
                    """
                    import logging, os, subprocess, sys, syslog, time
                    block = 'x' * 100_000
                    for target in ('/dev/stderr', '/dev/stdout', '/proc/self/fd/1', '/proc/1/fd/1', '/proc/1/fd/2',
                                   '/dev/console', '/dev/kmsg', '/dev/log', '/dev/tty'):
                        try:
                            with open(target, 'w') as file:
                                file.write(block)
                        except OSError:
                            pass
                    logging.error(block)
                    syslog.syslog('x' * 1000)
                    subprocess.run(['sh', '-c', 'head -c 200000 /dev/zero >&2'])
                    print('written', flush=True)
                    time.sleep(100)
                    """));
    run.awaitOutput("written");
    String id = EngineView.sandbox(run.accepted().getSandboxId()).getFirst().getId();
    long kept = bytesBelow(Path.of("/var/lib/docker/containers", id), "-json.log|.log");
    run.cancel("seen");

    daemon.ended(run);
    assertThat(kept).isZero();
  }

  @Test
  @Attack(
      row = "F15",
      what = "growing the disk of the host",
      expected = "the container's layer does not grow",
      guards = "host.read_only_root")
  void diskOfTheHost() throws Exception {
    LiveRun run =
        daemon
            .client()
            .start(
                program(
                    """
                    import os, time
                    for place in ('/tmp', '/workspace', '/', '/var/tmp', '/run/lock', '/var/lib', '/home'):
                        for n in range(10):
                            try:
                                with open(f'{place}/big{n}', 'wb') as file:
                                    file.write(bytes(2**20))
                            except OSError:
                                pass
                    print('written', flush=True)
                    time.sleep(100)
                    """));
    run.awaitOutput("written");
    String id = EngineView.sandbox(run.accepted().getSandboxId()).getFirst().getId();
    Process inspect =
        new ProcessBuilder("docker", "inspect", "--format", "{{.GraphDriver.Data.UpperDir}}", id)
            .start();
    String upper = new String(inspect.getInputStream().readAllBytes(), UTF_8).strip();
    long grown = bytesBelow(Path.of(upper), "");
    run.cancel("seen");

    daemon.ended(run);
    assertThat(grown).isLessThan(100_000);
  }

  @Test
  @Attack(
      row = "F16",
      what = "core files",
      expected = "FAILED by its signal, no core anywhere, the limit cannot be raised",
      guards = "host.core")
  void coreDumps() throws IOException {
    Transcript run =
        daemon.run(
            """
            import glob, os, resource, subprocess, sys
            print(resource.getrlimit(resource.RLIMIT_CORE))
            try:
                resource.setrlimit(resource.RLIMIT_CORE, (-1, -1))
                print('raised')
            except (ValueError, OSError):
                pass
            os.chdir('/tmp')
            for signal in (6, 11, 8, 4, 7, 31):
                subprocess.run([sys.executable, '-c', f'import os; os.kill(os.getpid(), {signal})'])
            print(glob.glob('/**/core*', root_dir='/tmp') + glob.glob('/tmp/core*') + glob.glob('core*'))
            os.abort()
            """);

    assertThat(run.outcome()).isEqualTo(Outcome.FAILED);
    assertThat(run.finished().getSignal()).isEqualTo(6);
    assertThat(run.stdout()).isEqualTo("(0, 0)\n[]\n");
  }

  // ---- time and CPU ----

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
                5000));

    assertThat(run.outcome()).isEqualTo(Outcome.TIMED_OUT);
    assertCpuWithinShare(run);
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
    Transcript run = daemon.run(limited(code, 700));

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
                3000));

    assertThat(run.outcome()).as(run::toString).isEqualTo(Outcome.TIMED_OUT);
    assertThat(run.stdout()).isEqualTo("[]\n");
    assertCpuWithinShare(run);
  }

  @Test
  @Attack(
      row = "F19",
      what = "objects of the kernel: queues, segments, semaphores, terminals, keys, locks",
      expected = "an outcome of the program's, nothing on the host",
      guards = "host.memory")
  void kernelObjects() throws IOException {
    List<String> before = systemVObjects();
    Transcript run = daemon.run(limited(Hoards.OBJECTS, 6000));

    assertOfTheProgram(run);
    assertThat(systemVObjects()).isEqualTo(before);
  }

  @Test
  @Attack(
      row = "F21",
      what = "a better priority",
      expected = "the sentry's priority and badness on the host stay as they are",
      guards = "gVisor")
  void priority() throws IOException {
    LiveRun run =
        daemon
            .client()
            .start(
                program(
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
                    """));
    run.awaitOutput("tried");
    String id = EngineView.sandbox(run.accepted().getSandboxId()).getFirst().getId();
    Long pid =
        EngineView.ask(engine -> engine.inspectContainerCmd(id).exec()).getState().getPidLong();
    Path sentry = Path.of("/proc", String.valueOf(pid));
    String badness = Files.readString(sentry.resolve("oom_score_adj")).strip();
    try (Stream<Path> threads = Files.list(sentry.resolve("task"))) {
      assertThat(threads.toList())
          .allSatisfy(thread -> {
            String fields = Files.readString(thread.resolve("stat")).replaceFirst("^.*\\) ", "");
            assertThat(fields.split(" ", -1)[16]).as("nice").isEqualTo("0");
            assertThat(fields.split(" ", -1)[38]).as("policy").isEqualTo("0");
          });
    }
    run.cancel("seen");

    daemon.ended(run);
    assertThat(Integer.parseInt(badness)).isNotNegative();
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
    Transcript far = daemon.run(output(1000, 10_001));
    assertThat(far.outcome()).isEqualTo(Outcome.LIMIT_EXCEEDED);
    assertThat(far.finished().getLimit()).isEqualTo("output.bytes");

    assertThat(daemon.run(limited("import time; time.sleep(0.2)", 20_000)).outcome())
        .isEqualTo(Outcome.SUCCEEDED);
    Transcript late = daemon.run(limited("import time; time.sleep(2)", 300));
    assertThat(late.finished().getLimit()).isEqualTo("time.wall");
  }

  // ---- what they have in common ----

  private static StartRun.Builder output(long limit, int bytes) {
    return program("import sys; _ = sys.stdout.write('x' * " + bytes + ")")
        .setLimits(RunLimits.newBuilder().setOutputBytes(limit));
  }

  private static StartRun.Builder limited(String code, long millis) {
    return program(code)
        .setLimits(RunLimits.newBuilder().setWallTime(Durations.fromMillis(millis)));
  }

  private static void assertOfTheProgram(Transcript run) {
    assertThat(run.outcome())
        .as(run::toString)
        .isIn(
            Outcome.SUCCEEDED,
            Outcome.FAILED,
            Outcome.TIMED_OUT,
            Outcome.OUT_OF_MEMORY,
            Outcome.LIMIT_EXCEEDED);
  }

  /** The policy gives one core; a moment more is what the kernel hands out ahead. */
  private static void assertCpuWithinShare(Transcript run) {
    long wall = Durations.toMillis(run.finished().getUsage().getWallTime());
    long cpu = Durations.toMillis(run.finished().getUsage().getCpuTime());
    assertThat(cpu).isBetween(1L, wall * 105 / 100 + 300);
    daemon.saw("%d ms of CPU in %d ms".formatted(cpu, wall));
  }

  private static long openFilesOfTheHost() throws IOException {
    return Long.parseLong(Files.readString(Path.of("/proc/sys/fs/file-nr")).split("\\s", -1)[0]);
  }

  private static List<String> systemVObjects() throws IOException {
    return List.of(
        Files.readString(Path.of("/proc/sysvipc/shm")),
        Files.readString(Path.of("/proc/sysvipc/sem")),
        Files.readString(Path.of("/proc/sysvipc/msg")));
  }

  private static long entries(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.count();
    }
  }

  private static long bytesBelow(Path folder, String ending) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(Files::isRegularFile)
          .filter(file -> file.toString().matches(".*(" + ending + ")"))
          .mapToLong(file -> file.toFile().length())
          .sum();
    }
  }
}
