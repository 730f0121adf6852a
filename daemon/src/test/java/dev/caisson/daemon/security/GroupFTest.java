package dev.caisson.daemon.security;

import static dev.caisson.daemon.security.AttackedDaemon.limited;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caisson.daemon.acceptance.Transcript;
import dev.caisson.v1.RunFinished.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Group F: a program that takes what it can get, of memory, processes and files. Whatever it comes
 * to is the program's own outcome, never an error of ours, and the machine gives no more than the
 * policy says.
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
      guards = {"time.wall", "host.processes", "host.memory"})
  void forkBomb(String code) {
    Transcript run =
        daemon.run(limited("import ctypes, os, subprocess\nprint('begun')\n" + code, 4000));

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
      guards = {"host.memory_of_names", "time.wall"})
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
  void descriptors() throws Exception {
    long before = openFilesOfTheHost();
    AtomicLong grown = new AtomicLong();
    Transcript run =
        daemon.lookAt(
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
            """,
            "full",
            container -> grown.set(openFilesOfTheHost() - before));

    assertThat(run.stdout()).isEqualTo("True EMFILE\nfull\n");
    assertThat(grown.get()).isLessThan(12 * 256);
    daemon.saw(grown + " files of the host");
  }

  @Test
  @Attack(
      row = "F14",
      what = "output past the program's own streams, into logs on the host's disk",
      expected = "nothing of it is on the host",
      guards = "host.no_logs")
  void logs() throws Exception {
    AtomicLong kept = new AtomicLong();
    daemon.lookAt(
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
        """,
        "written",
        container ->
            kept.set(
                bytesBelow(Path.of("/var/lib/docker/containers", container), "-json.log|.log")));

    assertThat(kept.get()).isZero();
  }

  @Test
  @Attack(
      row = "F15",
      what = "growing the disk of the host",
      expected = "the container's layer does not grow",
      guards = "host.read_only_root")
  void diskOfTheHost() throws Exception {
    AtomicLong grown = new AtomicLong();
    daemon.lookAt(
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
        """,
        "written",
        container -> {
          Process inspect =
              new ProcessBuilder(
                      "docker", "inspect", "--format", "{{.GraphDriver.Data.UpperDir}}", container)
                  .start();
          String upper = new String(inspect.getInputStream().readAllBytes(), UTF_8).strip();
          grown.set(bytesBelow(Path.of(upper), ""));
        });

    assertThat(grown.get()).isLessThan(100_000);
  }

  @Test
  @Attack(
      row = "F16",
      what = "core files",
      expected = "FAILED by its signal, no core anywhere, the limit cannot be raised",
      guards = {"host.core", "agent.core"})
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

  @Test
  @Attack(
      row = "F19",
      what = "objects of the kernel: queues, segments, semaphores, terminals, keys, locks",
      expected = "an outcome of the program's, nothing on the host",
      guards = "gVisor")
  void kernelObjects() throws IOException {
    List<String> before = systemVObjects();
    Transcript run = daemon.run(limited(Hoards.OBJECTS, 6000));

    assertOfTheProgram(run);
    assertThat(systemVObjects()).isEqualTo(before);
  }

  // ---- what they have in common ----

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

  private static long openFilesOfTheHost() throws IOException {
    return Long.parseLong(Files.readString(Path.of("/proc/sys/fs/file-nr")).split("\\s", -1)[0]);
  }

  private static List<String> systemVObjects() throws IOException {
    return List.of(
        Files.readString(Path.of("/proc/sysvipc/shm")),
        Files.readString(Path.of("/proc/sysvipc/sem")),
        Files.readString(Path.of("/proc/sysvipc/msg")));
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
