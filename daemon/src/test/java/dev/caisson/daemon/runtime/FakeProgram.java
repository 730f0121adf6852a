package dev.caisson.daemon.runtime;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** What runs in a {@link FakeSandbox}: a function of Java on a virtual thread of its own. */
@FunctionalInterface
public interface FakeProgram {

  /**
   * Runs to its end and gives the exit status.
   *
   * @throws OutOfMemory to die as at the memory limit
   * @throws IOException as it comes from the streams once the sandbox is destroyed
   */
  int run(Streams streams) throws IOException;

  /** The three streams, as the program sees them. Its reads and writes block like real ones. */
  record Streams(InputStream input, OutputStream worker, OutputStream supervisor) {}

  /** The death of a program at its memory limit. */
  final class OutOfMemory extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }
}
