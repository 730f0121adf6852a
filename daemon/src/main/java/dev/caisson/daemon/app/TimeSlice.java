package dev.caisson.daemon.app;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.time.Duration;
import java.util.Map;

/**
 * How long the scheduler lets a thread run before it looks at the others, as {@code
 * sched_setattr(2)} says since Linux 6.12. An older kernel has one slice for all and takes no
 * notice.
 *
 * <p>What runs is left alone until the shortest slice of all that wait is over. A sandbox switches
 * between its own threads thousands of times a second, and with each the kernel begins its slice
 * anew; while all slices were the same, a thread was seen to wait 18 ms behind one sandbox.
 */
@SuppressWarnings("restricted")
final class TimeSlice {

  /** Most steps of the daemon take less. The kernel has 100 µs to 100 ms. */
  static final Duration SHORT = Duration.ofNanos(200_000);

  private record CallNumbers(long set, long get) {}

  private static final Map<String, CallNumbers> CALLS =
      Map.of("amd64", new CallNumbers(314, 315), "aarch64", new CallNumbers(274, 275));

  /** {@code struct sched_attr} as all kernels that have it know it. */
  private static final int SIZE = 48;

  private static final int RUNTIME = 24;

  private static final MethodHandle SYSCALL =
      Linker.nativeLinker()
          .downcallHandle(
              Linker.nativeLinker().defaultLookup().find("syscall").orElseThrow(),
              FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT),
              Linker.Option.firstVariadicArg(1));

  private TimeSlice() {}

  /**
   * Gives the calling thread a short slice, and with it every thread that it or one of those starts
   * from now on. Anyone may. False where this kernel has one slice for all.
   */
  static boolean shorten() {
    CallNumbers calls = CALLS.get(System.getProperty("os.arch"));
    if (calls == null) {
      return false;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment attributes = arena.allocate(SIZE, JAVA_LONG.byteAlignment());
      // An older kernel says zero. What is read is written back, because niceness is a part of it.
      if (call(calls.get(), attributes, SIZE) != 0 || attributes.get(JAVA_LONG, RUNTIME) == 0) {
        return false;
      }
      attributes.set(JAVA_LONG, RUNTIME, SHORT.toNanos());
      return call(calls.set(), attributes, 0) == 0;
    }
  }

  /** About the calling thread, which is what 0 stands for. */
  private static long call(long number, MemorySegment attributes, int size) {
    try {
      return (long) SYSCALL.invokeExact(number, 0, attributes, size, 0);
    } catch (Throwable e) {
      throw new IllegalStateException("a call of the C library threw", e);
    }
  }
}
