package dev.caisson.daemon.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caisson.daemon.app.RunningDaemon;
import dev.caisson.v1.RunFinished.Outcome;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What a program can see and do inside, and what it cannot. */
class InsideTest {

  @TempDir static Path folder;

  private static RunningDaemon daemon;
  private static RunClient client;

  @BeforeAll
  static void start() {
    daemon = RunningDaemon.start(folder, 3, Map.of());
    client = new RunClient(daemon.socket());
  }

  @AfterAll
  static void end() {
    client.close();
    daemon.close();
  }

  @Test
  void aProgramIsNobodyWithoutACapability() {
    Transcript run =
        client.run(
            """
            import os
            print(os.getuid(), os.geteuid(), os.getgid(), os.getgroups())
            status = dict(line.split(':', 1) for line in open('/proc/self/status'))
            for key in ('CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb', 'NoNewPrivs', 'Seccomp'):
                print(key, status.get(key, 'absent').strip())
            """);

    assertThat(run.output())
        .isEqualTo(
            """
            65532 65532 65532 [65532]
            CapInh 0000000000000000
            CapPrm 0000000000000000
            CapEff 0000000000000000
            CapBnd 0000000000000000
            CapAmb 0000000000000000
            NoNewPrivs 1
            Seccomp 2
            """);
  }

  @Test
  void theKernelIsGVisors() {
    assertThat(client.run("import platform; platform.release()").finished().getValue().getRepr())
        .contains("gvisor");
  }

  @Test
  void theRootIsReadOnly() {
    Transcript run =
        client.run(
            """
            import os
            for place in ('/', '/usr', '/etc', '/usr/lib/python3.13', '/var', '/opt', '/root'):
                try:
                    open(place + '/left', 'w')
                    print('wrote to', place)
                except OSError as error:
                    pass
            print(bool(os.statvfs('/').f_flag & os.ST_RDONLY))
            """);

    assertThat(run.output()).isEqualTo("True\n");
  }

  @Test
  void theOnlyNetworkIsTheLoopback() {
    Transcript run =
        client.run(
            """
            import socket
            print([name for _, name in socket.if_nameindex()])
            for address in (('192.0.2.1', 80), ('169.254.169.254', 80), ('172.17.0.1', 2375)):
                try:
                    socket.create_connection(address, timeout=5)
                    print('connected')
                except OSError as error:
                    print(type(error).__name__, error.errno)
            try:
                socket.getaddrinfo('example.com', 80)
            except OSError as error:
                print(type(error).__name__)
            server = socket.create_server(('127.0.0.1', 0))
            print(socket.create_connection(server.getsockname()).getpeername()[0])
            """);

    assertThat(run.output())
        .isEqualTo(
            """
            ['lo']
            OSError 101
            OSError 101
            OSError 101
            gaierror
            127.0.0.1
            """);
  }

  @Test
  void aProgramMayNotLeaveItsPlace() {
    Transcript run =
        client.run(
            """
            import ctypes, errno
            libc = ctypes.CDLL(None, use_errno=True)
            new_user, new_mount = 0x10000000, 0x20000
            clone3 = ctypes.byref((ctypes.c_uint64 * 11)(new_user))
            tries = {
                'unshare user': lambda: libc.unshare(new_user),
                'unshare mount': lambda: libc.unshare(new_mount),
                'setns': lambda: libc.setns(0, 0),
                'clone user': lambda: libc.syscall(56, new_user | 17, 0, 0, 0, 0),
                'clone3 user': lambda: libc.syscall(435, clone3, 88),
                'mount': lambda: libc.mount(b'none', b'/tmp', b'tmpfs', 0, 0),
                'umount': lambda: libc.umount2(b'/tmp', 0),
                'pivot_root': lambda: libc.syscall(155, b'/tmp', b'/tmp'),
                'chroot': lambda: libc.chroot(b'/tmp'),
                'fsopen': lambda: libc.syscall(430, b'tmpfs', 0),
                'setuid': lambda: libc.setuid(0),
                'ptrace': lambda: libc.ptrace(0, 0, 0, 0),
                'bpf': lambda: libc.syscall(321, 0, 0, 0),
                'keyctl': lambda: libc.syscall(250, 0, 0, 0, 0, 0),
                'userfaultfd': lambda: libc.syscall(323, 0),
                'io_uring_setup': lambda: libc.syscall(425, 8, 0),
                'process_vm_readv': lambda: libc.syscall(310, 1, 0, 0, 0, 0, 0),
            }
            for name, attempt in tries.items():
                ctypes.set_errno(0)
                if attempt() != -1 or ctypes.get_errno() not in (errno.EPERM, errno.ENOSYS):
                    print(name, errno.errorcode.get(ctypes.get_errno(), 'went well'))
            print('tried', len(tries))
            """);

    assertThat(run.output()).isEqualTo("tried 17\n");
  }

  @Test
  void noSetuidProgramAndNoDeviceIsThere() {
    Transcript run =
        client.run(
            """
            import os, stat
            found = []
            for folder, folders, files in os.walk('/'):
                folders[:] = [f for f in folders if folder != '/' or f not in ('proc', 'sys', 'dev')]
                for name in files:
                    mode = os.lstat(os.path.join(folder, name)).st_mode
                    if mode & (stat.S_ISUID | stat.S_ISGID) and stat.S_ISREG(mode) \
                            or stat.S_ISBLK(mode) or stat.S_ISCHR(mode):
                        found.append(os.path.join(folder, name))
            found
            """);

    assertThat(run.finished().getValue().getRepr()).isEqualTo("[]");
  }

  @Test
  void theSupervisorsDescriptorsAndMemoryAreOutOfReach() {
    Transcript run =
        client.run(
            """
            import os
            for path in ('/proc/1/fd', '/proc/1/mem', '/proc/1/environ', '/proc/1/maps'):
                try:
                    print(path, os.listdir(path) if path.endswith('fd') else open(path, 'rb').read(1))
                except OSError as error:
                    print(path, type(error).__name__)
            for descriptor in range(64):
                try:
                    open(f'/proc/1/fd/{descriptor}', 'wb')
                    print('opened', descriptor)
                except OSError:
                    pass
            """);

    assertThat(run.output()).doesNotContain("opened").doesNotContain("b'");
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource
  void ordinaryProgramsWork(String code, String value) {
    Transcript run = client.run(code);

    assertThat(run.outcome()).as(run::toString).isEqualTo(Outcome.SUCCEEDED);
    assertThat(run.finished().getValue().getRepr()).isEqualTo(value);
  }

  static Stream<Arguments> ordinaryProgramsWork() {
    return Stream.of(
        Arguments.of(
            """
            import threading
            seen = []
            threads = [threading.Thread(target=seen.append, args=(i,)) for i in range(8)]
            for thread in threads: thread.start()
            for thread in threads: thread.join()
            sorted(seen)
            """,
            "[0, 1, 2, 3, 4, 5, 6, 7]"),
        Arguments.of(
            """
            import multiprocessing, subprocess
            with multiprocessing.Lock(), multiprocessing.get_context('fork').Pool(2) as pool:
                halves = pool.map(abs, [-1, -2])
            halves, subprocess.check_output(['echo', 'hi'], text=True)
            """,
            "([1, 2], 'hi\\n')"),
        Arguments.of(
            """
            import asyncio
            from concurrent.futures import ThreadPoolExecutor
            async def later(value):
                await asyncio.sleep(0.01)
                return value
            def in_its_own_loop():
                return asyncio.run(later(3))
            with ThreadPoolExecutor(2) as pool:
                inner = pool.submit(in_its_own_loop).result()
            await asyncio.gather(later(1), later(2)), inner
            """,
            "([1, 2], 3)"),
        Arguments.of(
            """
            import sqlite3, tempfile
            from multiprocessing import shared_memory
            with sqlite3.connect('data.db') as database:
                database.execute('create table t (x)')
                database.execute('insert into t values (5)')
                rows = database.execute('select x from t').fetchall()
            with tempfile.NamedTemporaryFile() as file:
                written = file.write(b'abc')
            block = shared_memory.SharedMemory(create=True, size=10)
            block.buf[0] = 7
            shared = block.buf[0]
            block.close()
            block.unlink()
            rows, written, shared
            """,
            "([(5,)], 3, 7)"),
        Arguments.of(
            """
            import os, sys, time
            [sys.version_info[:2], sys.stdout.encoding, time.tzname[0], os.getcwd(), os.environ['HOME']]
            """,
            "[(3, 13), 'utf-8', 'UTC', '/workspace', '/workspace']"));
  }
}
