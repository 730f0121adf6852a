package dev.caisson.daemon.security;

/** Programs of group F that heap up what costs the kernel memory. */
final class Hoards {

  /** One kind of thing, as many as there can be, in as many processes as there can be. */
  static final String PROGRAM =
      """
      import ctypes, fcntl, mmap, os, select, socket, subprocess, threading, time
      libc = ctypes.CDLL(None, use_errno=True)
      kept = []

      def pipes():
          r, w = os.pipe()
          fcntl.fcntl(w, 1031, 1 << 20)
          os.set_blocking(w, False)
          kept.append((r, w))
          os.write(w, bytes(1 << 20))

      def sockets():
          a, b = socket.socketpair()
          a.setblocking(False)
          kept.append((a, b))
          for _ in range(1000):
              a.send(bytes(65536))

      def mappings():
          where = len(kept)
          kept.append(mmap.mmap(-1, 8192, prot=1 + where % 2))

      def watches():
          descriptor = libc.inotify_init()
          if descriptor < 0:
              raise OSError
          kept.append(descriptor)
          for root, folders, files in os.walk('/usr/lib/python3.13'):
              for name in files:
                  libc.inotify_add_watch(descriptor, os.path.join(root, name).encode(), 0xfff)

      def epolls():
          poll = select.epoll()
          for other in kept[-20:]:
              try:
                  poll.register(other, 1)
              except OSError:
                  pass
          kept.append(poll)

      def arguments():
          kept.append(subprocess.Popen(['sleep', '1000'], env={str(n): 'x' * 100_000 for n in range(15)}))

      def locks():
          file = open(f'/tmp/{os.getpid()}', 'w')
          kept.append(file)
          for n in range(0, 10**6, 2):
              fcntl.lockf(file, 2, 1, n)

      for _ in range(40):
          try:
              if os.fork() == 0:
                  break
          except OSError:
              break
      for _ in range(10**6):
          try:
              globals()[KIND]()
          except (OSError, MemoryError, BlockingIOError, OverflowError):
              if len(kept) > 200 or KIND == 'locks':
                  break
      time.sleep(1000)
      """;

  static final String OBJECTS =
      """
      import ctypes, os, pty, socket, struct, time
      libc = ctypes.CDLL(None, use_errno=True)
      counts = {}
      def heap(name, make, most=20_000):
          count = 0
          while count < most and make() not in (-1, None):
              count += 1
          counts[name] = count
      def quietly(make):
          def attempt():
              try:
                  return make()
              except (OSError, MemoryError):
                  return None
          return attempt
      heap('segments', lambda: libc.shmget(0, 1 << 20, 0o1600))
      heap('semaphores', lambda: libc.semget(0, 250, 0o1600))
      heap('queues', lambda: libc.msgget(0, 0o1600))
      heap('posix queues', lambda: libc.syscall(240, f'/q{time.monotonic_ns()}'.encode(), 0o102, 0o600, None))
      heap('keys', lambda: libc.syscall(248, b'user', os.urandom(8).hex().encode(), bytes(1000), 1000, -2))
      heap('events', lambda: libc.eventfd(0, 0), 1000)
      heap('terminals', quietly(lambda: pty.openpty()), 200)
      heap('timers', lambda: libc.syscall(222, 1, None, ctypes.byref(ctypes.c_int())), 20_000)
      heap('memory files', quietly(lambda: os.memfd_create('x')), 1000)
      def in_flight():
          a, b = socket.socketpair()
          for _ in range(200):
              socket.send_fds(a, [b'x'], [b.fileno()])
          return True
      heap('descriptors in flight', quietly(in_flight), 500)
      heap('robust lists', lambda: libc.syscall(273, None, 24), 10)
      print(counts)
      """;

  private Hoards() {}
}
