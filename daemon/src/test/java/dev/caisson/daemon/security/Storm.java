package dev.caisson.daemon.security;

/** System calls by chance: every number there is, with arguments that are nearly right. */
final class Storm {

  /** Takes a seed in place of SEED; the same seed makes the same calls. */
  static final String PROGRAM =
      """
      import ctypes, os, random, signal, time
      libc = ctypes.CDLL(None, use_errno=True)
      # What would only end a child or its wait: pause, exit, exit_group, rt_sigsuspend, rt_sigreturn.
      left_out = {34, 60, 231, 130, 15}
      numbers = [n for n in range(463) if n not in left_out]
      end = time.monotonic() + 4

      def rain(seed):
          source = random.Random(seed)
          buffers = [ctypes.create_string_buffer(source.randbytes(4096), 16384) for _ in range(4)]
          texts = [b'/tmp/x', b'/proc/self/mem', b'/dev/null', b'/', b'.', b'/workspace/' + b'x' * 300]
          places = [ctypes.addressof(b) for b in buffers] + [ctypes.cast(t, ctypes.c_void_p).value for t in texts]
          def argument():
              kind = source.randrange(8)
              if kind < 3:
                  return source.choice(places) + source.choice((0, 0, 1, 4, 8))
              if kind == 3:
                  return source.choice((0, 1, 2, 3, 7, 8, 16, 64, 4095, 4096, 65536, 2**31 - 1))
              if kind == 4:
                  return source.choice((-1, -2, -100, -2**31, -2**63, 2**63 - 1))
              if kind == 5:
                  return 1 << source.randrange(64)
              return source.getrandbits(source.choice((4, 8, 16, 32, 64)))
          signal.signal(signal.SIGALRM, lambda *_: None)
          signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)  # a call that waits is interrupted
          while time.monotonic() < end:
              number = source.choice(numbers)
              libc.syscall(ctypes.c_long(number), *(ctypes.c_long(argument()) for _ in range(6)))

      seed, children = SEED, set()
      while time.monotonic() < end:
          try:
              while len(children) < 6:
                  seed += 1
                  child = os.fork()
                  if child == 0:
                      try:
                          rain(seed)
                      finally:
                          os._exit(0)
                  children.add(child)
              child, _ = os.waitpid(-1, os.WNOHANG)
              children.discard(child)
              time.sleep(0.01)
          except OSError:
              time.sleep(0.05)
      print('the storm is over', seed - SEED)
      """;

  private Storm() {}
}
