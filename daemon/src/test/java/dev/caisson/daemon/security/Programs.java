package dev.caisson.daemon.security;

/**
 * The longer programs of group A. Each prints a line for whatever it got and, last, how much it
 * tried, so that a program that broke half-way does not look like a sandbox that held.
 */
final class Programs {

  /** By number, since the C library has no name for most. Arguments are such as root would give. */
  static final String SYSTEM_CALLS =
      """
      import ctypes, errno, os, struct
      libc = ctypes.CDLL(None, use_errno=True)
      place, buffer = b'/tmp', ctypes.create_string_buffer(4096)
      vector = struct.pack('QQ', ctypes.addressof(buffer), 64)
      header, rights = struct.pack('Ii', 0x20080522, 0), struct.pack('6I', 1 << 21, 1 << 21, 0, 0, 0, 0)
      moment = struct.pack('qq', 1, 0)
      attributes = struct.pack('II', 1, 112) + bytes(120)
      calls = {
          'reboot': (169, 0xfee1dead, 672274793, 0, 0), 'swapon': (167, b'/workspace/x', 0),
          'swapoff': (168, b'/workspace/x'), 'sethostname': (170, b'x', 1),
          'setdomainname': (171, b'x', 1), 'iopl': (172, 3), 'ioperm': (173, 0, 8, 1),
          'init_module': (175, buffer, 64, b''), 'finit_module': (313, 0, b'', 0),
          'delete_module': (176, b'x', 0), 'acct': (163, b'/workspace/x'),
          'settimeofday': (164, moment, 0), 'clock_settime': (227, 0, moment),
          'adjtimex': (159, struct.pack('Ixxxxq', 1, 100) + bytes(200)),
          'quotactl': (179, 0, b'/', 0, 0), 'kexec_load': (246, 0, 0, 0, 0),
          'kexec_file_load': (320, 0, 0, 0, b'', 0), 'syslog': (103, 3, buffer, 100),
          'vhangup': (153,), 'chroot': (161, place), 'pivot_root': (155, place, place),
          'mount': (165, b'x', place, b'tmpfs', 0, 0), 'umount2': (166, place, 2),
          'setns': (308, 0, 0), 'unshare': (272, 0x20000), 'ptrace': (101, 0x4206, 1, 0, 0),
          'ptrace traceme': (101, 0, 0, 0, 0),
          'process_vm_readv': (310, 1, vector, 1, vector, 1, 0),
          'process_vm_writev': (311, 1, vector, 1, vector, 1, 0), 'bpf': (321, 5, attributes, 128),
          'perf_event_open': (298, attributes, 0, -1, -1, 0), 'userfaultfd': (323, 1),
          'io_uring_setup': (425, 8, buffer), 'io_uring_enter': (426, 0, 0, 0, 0, 0),
          'io_uring_register': (427, 0, 0, 0, 0), 'add_key': (248, b'user', b'x', b'x', 1, -3),
          'request_key': (249, b'user', b'x', 0, -3), 'keyctl': (250, 0, -3, 1),
          'fanotify_init': (300, 0, 0), 'name_to_handle_at': (303, -100, b'/', buffer, buffer, 0),
          'open_by_handle_at': (304, -100, buffer, 0), 'open_tree': (428, -100, b'/', 1),
          'move_mount': (429, -100, b'/', -100, b'/tmp', 0), 'fsopen': (430, b'tmpfs', 0),
          'fsconfig': (431, 0, 6, 0, 0, 0), 'fsmount': (432, 0, 0, 0),
          'fspick': (433, -100, b'/', 0), 'mount_setattr': (442, -100, b'/', 0, buffer, 32),
          'personality': (135, 0x40000), 'setuid': (105, 0), 'setgid': (106, 0),
          'setgroups': (116, 1, struct.pack('I', 0)), 'setresuid': (117, 0, 0, 0),
          'setresgid': (119, 0, 0, 0), 'capset': (126, header, rights), 'chown': (92, b'/tmp', 0, 0),
          'modify_ldt': (154, 1, buffer, 16), 'move_pages': (279, 1, 0, 0, 0, 0, 0),
          'pidfd_getfd': (438, 0, 0, 0), 'securebits': (157, 28, 0x2f, 0, 0, 0),
          'ambient capability': (157, 47, 2, 21, 0, 0), 'memfd_secret': (447, 0),
      }
      # The engine's own filter, not the agent's, refuses these: EPERM for what gVisor would take.
      only_engine = ('personality', 'syslog', 'name_to_handle_at', 'perf_event_open')
      for name, call in calls.items():
          ctypes.set_errno(0)
          if libc.syscall(*call) != -1:
              print('got', name)
          elif name in only_engine and ctypes.get_errno() != errno.EPERM:
              print('passed the filter', name, errno.errorcode[ctypes.get_errno()])
      print('tried', len(calls))
      """;

  static final String DEVICES =
      """
      import ctypes, fcntl, os, stat, struct
      tried = 0
      # gVisor's own emulations, which anybody may open: the last two do nothing without rights.
      emulated = {(1, 3), (1, 5), (1, 7), (1, 8), (1, 9), (5, 0), (5, 2), (10, 200), (10, 229)}
      for folder, folders, files in os.walk('/dev'):
          for name in files:
              path = os.path.join(folder, name)
              status = os.lstat(path)
              if stat.S_ISBLK(status.st_mode):
                  print('block device', path)
              number = (os.major(status.st_rdev), os.minor(status.st_rdev))
              if stat.S_ISCHR(status.st_mode) and number not in emulated and '/pts' not in folder:
                  print('character device', path, number)
      tried += 1
      if os.path.exists('/dev/net/tun'):
          tun = os.open('/dev/net/tun', os.O_RDWR)
          for flags in (1, 2, 0x1001, 0x1002):
              try:
                  fcntl.ioctl(tun, 0x400454ca, struct.pack('16sH22x', b'tun0', flags))
                  print('a network device')
              except OSError:
                  pass
      tried += 1
      if os.path.exists('/dev/fuse'):
          fuse = os.open('/dev/fuse', os.O_RDWR)
          options = f'fd={fuse},rootmode=40000,user_id=65532,group_id=65532'.encode()
          if ctypes.CDLL(None).mount(b'x', b'/tmp', b'fuse', 0, options) != -1:
              print('a file system of its own')
      for name in ('mem', 'kmem', 'port', 'kvm', 'sda', 'vda', 'nvme0n1', 'loop0', 'loop-control',
                   'mapper/control', 'cuse', 'vhost-net', 'vhost-vsock', 'vsock', 'uinput',
                   'input/event0', 'dri/card0', 'nvidia0', 'nvidiactl', 'nvidia-uvm', 'kmsg', 'console',
                   'tty0', 'tty1', 'ttyS0', 'hwrng', 'watchdog', 'rtc0', 'snapshot', 'btrfs-control',
                   'userfaultfd', 'autofs', 'hpet', 'tpm0', 'sgx_enclave', 'accel/accel0', 'vfio/vfio'):
          tried += 1
          for how in (os.O_RDONLY, os.O_RDWR):
              try:
                  os.open('/dev/' + name, how | os.O_NONBLOCK)
                  print('opened', name)
              except OSError:
                  pass
      kinds = {'mem': (stat.S_IFCHR, 1, 1), 'disk': (stat.S_IFBLK, 8, 0), 'cuse': (stat.S_IFCHR, 10, 203)}
      for name, (kind, major, minor) in kinds.items():
          for place in ('/tmp/', '/workspace/', '/dev/shm/', '/dev/'):
              tried += 1
              try:
                  os.mknod(place + name, kind | 0o666, os.makedev(major, minor))
                  print('made', place + name)
              except OSError:
                  pass
      print('tried', tried)
      """;

  static final String WRITES =
      """
      import os
      wrote = set()
      places = {'/', '/proc', '/sys', '/dev', '/proc/sys/kernel', '/sys/fs/cgroup'}
      for root in ('/etc', '/usr', '/opt', '/var', '/root', '/home', '/srv', '/run', '/boot', '/mnt',
                   '/media', '/lib', '/bin', '/sbin', '/dev', '/tmp', '/workspace', '/sys'):
          for folder, folders, files in os.walk(root):
              places.add(folder)
              for name in files[:3] if root != '/dev' else []:
                  path = os.path.join(folder, name)
                  try:
                      if os.path.isfile(path):
                          open(path, 'ab').close()
                          wrote.add(path)
                  except OSError:
                      pass
      for place in places:
          for attempt in (lambda: open(place + '/left', 'x').close(), lambda: os.mkdir(place + '/left-d'),
                          lambda: os.symlink('/', place + '/left-l'), lambda: os.mkfifo(place + '/left-p')):
              try:
                  attempt()
                  wrote.add(place)
              except OSError:
                  pass
      for path in ('/proc/sys/kernel/core_pattern', '/proc/sys/kernel/hostname', '/proc/sysrq-trigger',
                   '/proc/sys/vm/overcommit_memory', '/proc/1/oom_score_adj', '/proc/1/mem',
                   '/sys/fs/cgroup/memory/memory.limit_in_bytes', '/sys/fs/cgroup/pids/pids.max',
                   '/sys/kernel/uevent_helper', os.__file__, '/etc/passwd', '/etc/ld.so.preload'):
          try:
              with open(path, 'r+' if os.path.exists(path) else 'w') as file:
                  file.write('1')
              wrote.add(path)
          except OSError:
              pass
      print(sorted(w for w in wrote if not w.startswith(('/tmp/', '/workspace/', '/dev/shm/'))))
      """;

  static final String SOCKETS =
      """
      import glob, os, socket
      tried = 0
      paths = ['/var/run/docker.sock', '/run/docker.sock', '/run/containerd/containerd.sock',
               '/var/run/docker/containerd/containerd.sock', '/run/runsc.sock', '/run/crio/crio.sock',
               '/run/podman/podman.sock', '/run/caisson/caisson.sock', '/run/dbus/system_bus_socket',
               '/run/systemd/private', '/run/systemd/journal/socket', '/dev/log',
               '/run/snapd.socket', '/var/run/nscd/socket', '/tmp/.X11-unix/X0']
      for name in paths:
          tried += 1
          try:
              socket.socket(socket.AF_UNIX).connect(name)
              print('connected', name)
          except OSError:
              pass
      for name in ('@/containerd-shim/moby', '@/tmp/.X11-unix/X0', '@/tmp/dbus', '@docker', '@runsc'):
          tried += 1
          try:
              socket.socket(socket.AF_UNIX).connect('\\0' + name[1:])
              print('connected', name)
          except OSError:
              pass
      for line in open('/proc/net/unix').read().splitlines()[1:]:
          if len(line.split()) > 7:
              print('listed', line)
      for folder in ('/run', '/var/run', '/tmp', '/dev', '/workspace'):
          for path in glob.glob(folder + '/**', recursive=True):
              if os.path.lexists(path) and os.lstat(path).st_mode & 0o170000 == 0o140000:
                  print('socket', path)
      for host in ('127.0.0.1', '172.17.0.1', '10.0.0.1'):
          for port in (2375, 2376, 10250):
              tried += 1
              with socket.socket() as s:
                  s.settimeout(2)
                  if s.connect_ex((host, port)) == 0:
                      print('connected', host, port)
      print('tried', tried)
      """;

  private Programs() {}
}
