package dev.caisson.daemon.security;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.util.Durations;
import dev.caisson.daemon.acceptance.RunClient;
import dev.caisson.daemon.acceptance.Transcript;
import dev.caisson.v1.RunFinished.Outcome;
import dev.caisson.v1.RunLimits;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Group A from inside: a program against the kernel that holds it. Each program prints what it got;
 * a well-kept sandbox prints nothing but the count of what was tried.
 */
@DisplayNameGeneration(AttackNames.class)
class GroupAInsideTest {

  @RegisterExtension static final AttackedDaemon daemon = new AttackedDaemon();

  @Test
  @Attack(
      row = "A1",
      what = "the host's kernel instead of gVisor's",
      expected = "SUCCEEDED, the kernel is gVisor's",
      guards = "gVisor")
  void theKernel() {
    Transcript run =
        daemon.run(
            """
            import os, platform
            print('gvisor' in platform.release(), os.path.exists('/proc/sentry-meminfo'))
            """);

    assertThat(run.stdout()).isEqualTo("True True\n");
  }

  @Test
  @Attack(
      row = "A4",
      what = "being root, or having a capability",
      expected = "SUCCEEDED, nobody with nothing, no-new-privileges and a filter in force",
      guards = {"host.user", "host.capabilities", "agent.filter"})
  void identity() {
    Transcript run =
        daemon.run(
            """
            import ctypes, os
            status = dict(line.split(':', 1) for line in open('/proc/self/status'))
            print(os.getresuid(), os.getresgid(), os.getgroups())
            print({key: int(status[key], 16) for key in status if key.startswith('Cap')})
            print(ctypes.CDLL(None).prctl(39, 0, 0, 0, 0), status['Seccomp'].strip())
            """);

    assertThat(run.stdout())
        .isEqualTo(
            """
            (65532, 65532, 65532) (65532, 65532, 65532) [65532]
            {'CapInh': 0, 'CapPrm': 0, 'CapEff': 0, 'CapBnd': 0, 'CapAmb': 0}
            1 2
            """);
  }

  @Test
  @Attack(
      row = "A5",
      what = "system calls of the privileged",
      expected = "SUCCEEDED, each refused",
      guards = {"host.capabilities", "seccomp.engine"})
  void privilegedCalls() {
    Transcript run = daemon.run(Programs.SYSTEM_CALLS);

    assertNothingGot(run, 62);
  }

  @Test
  @Attack(
      row = "A6",
      what = "a user namespace of its own, and a mount in it",
      expected = "SUCCEEDED, no namespace by any of the three ways and no file system of any kind",
      guards = {"seccomp.engine", "agent.filter"})
  void userNamespaces() {
    Transcript run =
        daemon.run(
            """
            import ctypes, errno, os, struct, subprocess, sys
            libc = ctypes.CDLL(None, use_errno=True)
            tried = 0
            flags = {'user': 0x10000000, 'mount': 0x20000, 'net': 0x40000000, 'pid': 0x20000000,
                     'ipc': 0x8000000, 'uts': 0x4000000, 'cgroup': 0x2000000, 'time': 0x80}
            spaces = [(name, flag) for name, flag in flags.items()]
            spaces += [('user and ' + name, flag | 0x10000000) for name, flag in spaces[1:]]

            def clone(flag):
                if flag & 0x80:
                    return -1 # not a flag of clone
                child = libc.syscall(56, flag | 17, 0, 0, 0, 0)
                if child == 0:
                    os._exit(0)
                return child

            def clone3(flag):
                child = libc.syscall(435, struct.pack('11Q', flag, 0, 0, 0, 17, 0, 0, 0, 0, 0, 0), 88)
                if child == 0:
                    os._exit(0)
                return child

            for how, attempt in (('unshare', libc.unshare), ('clone', clone), ('clone3', clone3)):
                for name, flag in spaces:
                    tried += 1
                    if attempt(flag) != -1:
                        print('got', how, name)
            for kind in (b'tmpfs', b'overlay', b'fuse', b'cgroup', b'cgroup2', b'mqueue', b'proc',
                         b'sysfs', b'devpts', b'devtmpfs', b'9p', b'erofs', b'none'):
                tried += 1
                if libc.mount(b'x', b'/tmp', kind, 0, None) != -1:
                    print('mounted', kind)
                if libc.syscall(430, kind, 0) != -1:
                    print('opened', kind)
            for flag in (4096, 32, 1 << 19, 1 << 18, 8192):  # bind, remount, shared, private, move
                tried += 1
                if libc.mount(b'/', b'/tmp', None, flag, None) != -1:
                    print('mounted with', flag)
            # in a child that was started fresh, where a filter of one process would be gone
            code = 'import ctypes; raise SystemExit(ctypes.CDLL(None).unshare(0x10020000) == 0)'
            tried += 1
            if subprocess.run([sys.executable, '-c', code]).returncode:
                print('got unshare in a child')
            # as a 32-bit call, whose numbers are other ones
            tried += 1
            if libc.syscall(0x40000000 | 272, 0x10000000) == 0:
                print('got the x32 unshare')
            print('tried', tried)
            """);

    assertNothingGot(run, 65);
  }

  @Test
  @Attack(
      row = "A7",
      what = "raw, packet and odd sockets",
      expected = "SUCCEEDED, none opens",
      guards = {"gVisor", "set-up: the arguments of the runtime"})
  void rawSockets() {
    Transcript run =
        daemon.run(
            """
            import socket
            tried = 0
            kinds = [(17, 3, 3), (17, 2, 3), (17, 3, 0x300), (40, 1, 0), (40, 2, 0), (38, 5, 0),
                     (31, 3, 0), (29, 3, 1), (44, 3, 0), (21, 5, 0), (30, 1, 0), (43, 1, 0),
                     (15, 3, 2), (41, 2, 0), (9, 5, 0), (3, 2, 0), (45, 3, 0), (39, 1, 0)]
            kinds += [(family, 3, protocol) for family in (2, 10)
                      for protocol in (1, 2, 6, 17, 41, 47, 50, 58, 89, 132, 255)]
            kinds += [(2, 5, 132), (2, 2, 136), (2, 6, 33)]
            kinds += [(16, 3, protocol) for protocol in (2, 4, 5, 6, 8, 9, 10, 11, 12, 16, 18, 20)]
            for kind in kinds:
                tried += 1
                try:
                    socket.socket(*kind)
                    print('opened', kind)
                except OSError:
                    pass
            print([name for _, name in socket.if_nameindex()])
            print('tried', tried)
            """);

    assertThat(run.stdout()).isEqualTo("['lo']\ntried 55\n");
  }

  @Test
  @Attack(
      row = "A8",
      what = "devices",
      expected = "SUCCEEDED, only gVisor's own, which do nothing without rights; none can be made",
      guards = {"gVisor", "by design: no device is given to a sandbox"})
  void devices() {
    Transcript run = daemon.run(Programs.DEVICES);

    assertNothingGot(run, 51);
  }

  @Test
  @Attack(
      row = "A10",
      what = "code that runs before the set-up of the sandbox is complete",
      expected = "SUCCEEDED, every interpreter is confined at its first line",
      guards = {"agent.filter", "host.user"})
  void orderOfSetUp() {
    Transcript run =
        daemon.run(
            """
            import os, subprocess, sys
            look = '''
            import ctypes, os
            status = dict(line.split(':', 1) for line in open('/proc/self/status'))
            print(os.getuid(), status['CapEff'].strip(), status['Seccomp'].strip(),
                  ctypes.CDLL(None).prctl(39, 0, 0, 0, 0), ctypes.CDLL(None).unshare(0x10000000),
                  file=open('/tmp/seen', 'a'))
            '''
            os.makedirs('/tmp/site', exist_ok=True)
            for name in ('sitecustomize', 'usercustomize', 'startup', 'encodings_like'):
                open(f'/tmp/site/{name}.py', 'w').write(look)
            open('/tmp/site/x.pth', 'w').write('import startup')
            ways = [({'PYTHONPATH': '/tmp/site'}, ['-c', 'pass']),
                    ({'PYTHONSTARTUP': '/tmp/site/startup.py'}, ['-i', '-c', 'pass']),
                    ({'PYTHONPATH': '/tmp/site'}, ['-m', 'startup']),
                    ({}, ['-c', look]), ({}, ['-I', '-c', look]), ({}, ['/tmp/site/startup.py'])]
            for environment, arguments in ways:
                subprocess.run([sys.executable, *arguments], cwd='/tmp/site', stdin=subprocess.DEVNULL,
                               env={**os.environ, **environment}, capture_output=True)
            lines = open('/tmp/seen').read().splitlines()
            print(set(lines), len(lines) >= len(ways) - 1)
            """);

    assertThat(run.stdout()).isEqualTo("{'65532 0000000000000000 2 1 -1'} True\n");
  }

  @Test
  @Attack(
      row = "A11",
      what = "writing where everybody could read it",
      expected = "SUCCEEDED, nothing but its own three file systems takes a byte",
      guards = "host.read_only_root")
  void readOnly() {
    Transcript run = daemon.run(Programs.WRITES);

    assertThat(run.stdout()).isEqualTo("['/dev/shm', '/tmp', '/workspace']\n");
  }

  @Test
  @Attack(
      row = "A12",
      what = "gaining rights through a setuid file",
      expected = "SUCCEEDED, there is none, and one of its own gains nothing",
      guards = {"set-up: the recipe of the image", "host.user"})
  void setuid() {
    Transcript run =
        daemon.run(
            """
            import os, shutil, stat, subprocess, sys
            found = []
            for folder, folders, files in os.walk('/'):
                folders[:] = [f for f in folders if os.path.join(folder, f) not in ('/proc', '/sys')]
                for name in files:
                    path = os.path.join(folder, name)
                    mode = os.lstat(path).st_mode
                    if stat.S_ISREG(mode) and mode & (stat.S_ISUID | stat.S_ISGID):
                        found.append(path)
                    try:
                        if any('capability' in n for n in os.listxattr(path, follow_symlinks=False)):
                            found.append(path)
                    except OSError:
                        pass
            for place in ('/tmp', '/workspace'):
                own = place + '/own'
                shutil.copy(os.path.realpath(sys.executable), own)
                os.chmod(own, 0o6755)
                out = subprocess.run([own, '-I', '-c', 'import os; print(os.getresuid())'],
                                     capture_output=True, text=True).stdout
                if out != '(65532, 65532, 65532)\\n':
                    found.append((own, out))
                for owner in (0, 1, 65534):
                    try:
                        os.chown(own, owner, owner)
                        found.append(('given to', owner))
                    except OSError:
                        pass
                try:
                    os.setxattr(own, 'security.capability', b'\\1\\0\\0\\2' + b'\\xff' * 16)
                    found.append('a capability on a file')
                except OSError:
                    pass
            for call in (os.setuid, os.seteuid, os.setgid, os.setegid):
                try:
                    call(0)
                    found.append(call.__name__)
                except OSError:
                    pass
            print(found)
            """);

    assertThat(run.stdout()).isEqualTo("[]\n");
  }

  @Test
  @Attack(
      row = "A14",
      what = "secrets, paths and names of the host",
      expected = "SUCCEEDED, none in the environment, the mounts or /proc",
      guards = "host.environment")
  void information() {
    Transcript run =
        daemon.run(
            """
            import glob, os
            bad = []
            words = ('TOKEN', 'SECRET', 'KEY=', 'PASSWORD', '/var/lib/docker', 'overlay2/', 'upperdir',
                     'CAISSON_SOCKET', 'DOCKER', 'JAVA', '/root/', '%s', '%s', 'tenant', 'dev.caisson')
            paths = ['/proc/cpuinfo', '/proc/cmdline', '/proc/net/tcp', '/proc/net/unix', '/etc/hostname',
                     '/etc/hosts', '/etc/resolv.conf', '/proc/version', '/proc/mounts', '/proc/modules']
            paths += glob.glob('/proc/*/environ') + glob.glob('/proc/*/mountinfo') \\
                + glob.glob('/proc/*/cmdline') + glob.glob('/proc/*/cgroup')
            for path in paths:
                try:
                    text = open(path, errors='replace').read()
                except OSError:
                    continue
                bad += [(path, word) for word in words if word in text]
            print(bad)
            print(sorted(os.environ), os.uname().nodename)
            print([p for p in ('/proc/kcore', '/proc/kallsyms', '/proc/keys', '/proc/sched_debug',
                               '/proc/timer_list', '/sys/firmware/efi', '/sys/class/dmi/id/product_uuid',
                               '/etc/machine-id', '/.dockerenv_secret', '/run/secrets')
                   if os.path.exists(p) and os.access(p, os.R_OK) and not os.path.isdir(p)])
            """
                .formatted(
                    System.getProperty("user.dir"), java.net.InetAddress.getLoopbackAddress()));

    assertThat(run.stdout())
        .isEqualTo("[]\n['HOME', 'HOSTNAME', 'LANG', 'PATH', 'TZ', 'USER'] sandbox\n[]\n");
  }

  @Test
  @Attack(
      row = "A15",
      what = "descriptors that were left open",
      expected = "SUCCEEDED, pipes and a socket of the channel and nothing of the host",
      guards = "agent.undumpable")
  void descriptors() {
    Transcript run =
        daemon.run(
            """
            import os, subprocess, sys
            def look(pid):
                kinds = []
                for name in os.listdir(f'/proc/{pid}/fd'):
                    try:
                        target = os.readlink(f'/proc/{pid}/fd/{name}')
                    except OSError:
                        continue
                    if target != f'/proc/{os.getpid()}/fd' and not target.startswith('/proc/'):
                        kinds.append(target.split(':')[0])
                return kinds
            print(set(look(os.getpid())) - {'pipe', 'socket', 'host', '/dev/null'})
            print(look(os.getpid()).count('host') <= 1)
            # what a program that it starts inherits
            out = subprocess.check_output([sys.executable, '-I', '-c',
                'import os; print(sorted(int(f) for f in os.listdir("/proc/self/fd"))[:-1])'], text=True)
            print(out.strip())
            # the supervisor's can be counted, and no more
            got = []
            for name in os.listdir('/proc/1/fd') + [str(n) for n in range(300)]:
                for look in (os.readlink, os.stat, open, lambda p: open(p, 'wb')):
                    try:
                        look('/proc/1/fd/' + name)
                        got.append((name, look.__name__))
                    except OSError:
                        pass
            print(got)
            """);

    assertThat(run.stdout()).isEqualTo("set()\nTrue\n[0, 1, 2]\n[]\n");
  }

  @Test
  @Attack(
      row = "A16",
      what = "sockets of the engine and of other services",
      expected = "SUCCEEDED, none is there",
      guards = {"gVisor", "by design: nothing of the host is mounted"})
  void socketsOfTheHost() {
    Transcript run = daemon.run(Programs.SOCKETS);

    assertNothingGot(run, 29);
  }

  @Test
  @Attack(
      row = "A18",
      what = "what the toolkits for leaving containers look for and try",
      expected = "SUCCEEDED, nothing is found",
      guards = {"gVisor", "by design: nothing of the host is mounted"})
  void toolkits() {
    Transcript run = daemon.run(Toolkits.PROGRAM);

    assertThat(run.outcome()).as(run::toString).isEqualTo(Outcome.SUCCEEDED);
    assertThat(run.stdout()).isEqualTo("[]\ntried 32\n");
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(ints = {1_000, 2_000, 3_000})
  @Attack(
      row = "A19",
      what = "every system call there is, with arguments by chance, in many processes",
      expected = "an outcome of the program's; nothing beyond its sandbox",
      guards = "gVisor")
  void systemCallsByChance(int seed) {
    Transcript run =
        daemon.run(
            RunClient.program(Storm.PROGRAM.replace("SEED", String.valueOf(seed)))
                .setLimits(RunLimits.newBuilder().setWallTime(Durations.fromSeconds(10))));

    assertThat(run.outcome())
        .as(run::toString)
        .isIn(
            Outcome.SUCCEEDED,
            Outcome.FAILED,
            Outcome.TIMED_OUT,
            Outcome.OUT_OF_MEMORY,
            Outcome.LIMIT_EXCEEDED,
            Outcome.PROTOCOL_VIOLATION,
            Outcome.SANDBOX_LOST);
  }

  private static void assertNothingGot(Transcript run, int tried) {
    assertThat(run.outcome()).as(run::toString).isEqualTo(Outcome.SUCCEEDED);
    assertThat(run.stdout()).isEqualTo("tried " + tried + "\n");
  }
}
