package dev.caisson.daemon.security;

/**
 * What the well-known toolkits for leaving containers look for and try, one after another, each
 * under a name of its own.
 */
final class Toolkits {

  static final String PROGRAM =
      """
      import ctypes, glob, os, shutil, socket, struct, subprocess
      libc = ctypes.CDLL(None, use_errno=True)
      got, tried = [], []

      def attempt(name, trial):
          tried.append(name)
          try:
              if trial():
                  got.append(name)
          except (OSError, ValueError):
              pass

      def writes(*patterns):
          for pattern in patterns:
              for path in glob.glob(pattern, recursive=True):
                  try:
                      os.close(os.open(path, os.O_WRONLY))
                      return path
                  except OSError:
                      pass
          return None

      def reaches(family, address):
          with socket.socket(family) as s:
              s.settimeout(2)
              return s.connect_ex(address) == 0

      def mounted(*words):
          lines = open('/proc/self/mountinfo').read().splitlines()
          return [line for line in lines if any(word in line for word in words)]

      def mounts(kind, options=None):
          os.makedirs('/tmp/m', exist_ok=True)
          return libc.mount(b'x', b'/tmp/m', kind, 0, options) == 0

      def handle():
          # struct file_handle of inode 2, which is the root of most disks
          root = struct.pack('Ii', 8, 1) + struct.pack('II', 2, 0)
          return libc.syscall(304, os.open('/etc/hostname', os.O_RDONLY), root, 0) >= 0

      def leaked():
          # descriptors of the host's runtime, by which its root could be reached
          for name in os.listdir('/proc/self/fd'):
              for up in range(1, 9):
                  place = f'/proc/self/fd/{name}/' + '../' * up
                  if os.path.exists(place + 'var/lib/docker') or os.path.exists(place + 'run/docker'):
                      return True
          return False

      attempt('a control group', lambda: mounts(b'cgroup', b'memory') or mounts(b'cgroup2'))
      attempt('in a user namespace', lambda: libc.unshare(0x12000000) == 0)
      attempt('release_agent', lambda: writes('/sys/fs/cgroup/**/release_agent', '/tmp/m/**/release_agent'))
      attempt('devices.allow', lambda: writes('/sys/fs/cgroup/**/devices.allow'))
      attempt('core_pattern', lambda: writes('/proc/sys/kernel/core_pattern'))
      attempt('modprobe', lambda: writes('/proc/sys/kernel/modprobe', '/proc/sys/kernel/hotplug'))
      attempt('uevent_helper', lambda: writes('/sys/kernel/uevent_helper', '/sys/class/*/*/uevent'))
      attempt('binfmt_misc', lambda: writes('/proc/sys/fs/binfmt_misc/register') or mounts(b'binfmt_misc'))
      attempt('sysrq', lambda: writes('/proc/sysrq-trigger'))
      attempt('a second /proc', lambda: [line for line in mounted(' proc ') if line.split()[4] != '/proc'])
      attempt('/proc of the host', lambda: os.path.exists('/proc/1/root/var/lib/docker'))
      attempt('disks', lambda: os.listdir('/sys/block') or open('/proc/partitions').read().split()[4:])
      attempt('debugfs', lambda: mounts(b'debugfs') or mounts(b'tracefs') or mounts(b'securityfs'))
      attempt('lxcfs', lambda: mounted('lxcfs'))
      attempt('paths of the host', lambda: mounted('/var/lib/docker', 'upperdir', '/dev/sd', '/dev/vd', '/dev/nvme'))
      attempt('the socket of the engine', lambda: [path for root in ('/run', '/var', '/tmp', '/dev', '/workspace', '/opt', '/mnt')
              for path in glob.glob(root + '/**/*.sock', recursive=True)])
      attempt('the socket of the shim', lambda: 'containerd-shim' in open('/proc/net/unix').read())
      attempt('the port of the engine', lambda: reaches(socket.AF_INET, ('172.17.0.1', 2375)))
      attempt('the program of the runtime', lambda: writes('/proc/self/exe', '/proc/1/exe', '/proc/*/exe'))
      attempt('descriptors of the runtime', leaked)
      attempt('open_by_handle_at', handle)
      attempt('ptrace of others', lambda: libc.ptrace(16, 1, 0, 0) == 0 or libc.ptrace(0x4206, os.getppid(), 0, 0) == 0)
      attempt('a kernel module', lambda: libc.syscall(175, b'x', 1, b'') == 0)
      attempt('bpf', lambda: libc.syscall(321, 0, struct.pack('4I', 2, 4, 4, 1) + bytes(100), 116) >= 0)
      attempt('a token of the cluster', lambda: glob.glob('/var/run/secrets/**/token', recursive=True)
              or [name for name in os.environ if name.startswith(('KUBERNETES', 'AWS', 'GOOGLE', 'AZURE'))])
      attempt('metadata of the cloud', lambda: reaches(socket.AF_INET, ('169.254.169.254', 80))
              or reaches(socket.AF_INET, ('100.100.100.200', 80))
              or reaches(socket.AF_INET6, ('fd00:ec2::254', 80)))
      attempt('the kubelet', lambda: any(reaches(socket.AF_INET, ('172.17.0.1', port)) for port in (10250, 10255, 6443)))
      attempt('groups of the engine', lambda: set(os.getgroups()) - {65532})
      attempt('becoming root', lambda: any(shutil.which(name) and subprocess.run(
          [name, *rest], stdin=subprocess.DEVNULL, capture_output=True).returncode == 0
          for name, rest in (('sudo', ['-n', 'true']), ('su', ['-c', 'true']), ('pkexec', ['true']), ('docker', ['ps']))))
      attempt('files of root', lambda: writes('/etc/passwd', '/etc/shadow', '/etc/cron*/*', '/etc/ld.so.preload')
              or open('/etc/shadow').read())
      attempt('capabilities', lambda: any(int(line.split()[1], 16) for line in open('/proc/self/status')
                                          if line.startswith('Cap')))
      attempt('no filter', lambda: 'Seccomp:\\t0' in open('/proc/self/status').read())
      print(got)
      print('tried', len(tried))
      """;

  private Toolkits() {}
}
