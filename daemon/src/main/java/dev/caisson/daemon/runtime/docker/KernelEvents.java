package dev.caisson.daemon.runtime.docker;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * The few calls of the C library that Java has no words for: a counter that the kernel adds to
 * ({@code eventfd}), and the number of an open file.
 */
@SuppressWarnings("restricted")
final class KernelEvents {

  private static final int NON_BLOCKING_CLOSED_ON_EXEC = 02004000;
  private static final int READ_ONLY_CLOSED_ON_EXEC = 02000000;

  private static final MethodHandle EVENTFD = function("eventfd", JAVA_INT, JAVA_INT, JAVA_INT);
  private static final MethodHandle READ =
      function("read", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG);
  private static final MethodHandle CLOSE = function("close", JAVA_INT, JAVA_INT);
  private static final MethodHandle OPEN =
      Linker.nativeLinker()
          .downcallHandle(
              Linker.nativeLinker().defaultLookup().find("open").orElseThrow(),
              FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT),
              Linker.Option.firstVariadicArg(2));

  private KernelEvents() {}

  /** A new counter at zero. */
  static int counter() throws IOException {
    return descriptor("eventfd", (int) call(EVENTFD, 0, NON_BLOCKING_CLOSED_ON_EXEC));
  }

  /** What was added to the counter since it was taken last; zero when nothing was. */
  static long take(int counter) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocate(JAVA_LONG);
      long read = (long) call(READ, counter, value, JAVA_LONG.byteSize());
      return read == JAVA_LONG.byteSize() ? value.get(JAVA_LONG, 0) : 0;
    }
  }

  static int open(String path) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      return descriptor(
          "open " + path, (int) call(OPEN, arena.allocateFrom(path), READ_ONLY_CLOSED_ON_EXEC));
    }
  }

  static void close(int descriptor) {
    call(CLOSE, descriptor);
  }

  private static int descriptor(String what, int result) throws IOException {
    if (result < 0) {
      throw new IOException(what + " failed");
    }
    return result;
  }

  private static Object call(MethodHandle function, Object... arguments) {
    try {
      return function.invokeWithArguments(arguments);
    } catch (Throwable e) {
      throw new IllegalStateException("a call of the C library threw", e);
    }
  }

  private static MethodHandle function(
      String name, MemoryLayout result, MemoryLayout... parameters) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker.defaultLookup().find(name).orElseThrow(), FunctionDescriptor.of(result, parameters));
  }
}
