package dev.caisson.daemon.runtime;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * The three byte streams that join the daemon to a sandbox. Bytes only: frames are the channel's
 * affair, and where the bytes come from is the runtime's.
 *
 * <p>One thread reads; any number may write, one write at a time goes out whole. Closing from any
 * thread ends a blocked read and write with an {@link IOException} or the end of input.
 * Interrupting a thread that reads or writes closes the connection.
 */
public interface SandboxConnection extends AutoCloseable {

  /**
   * Blocks for the next bytes, at most 64 KiB at a time. Empty when the sandbox has ended or closed
   * its streams. The buffer belongs to the caller.
   */
  Optional<Inbound> read() throws IOException;

  /** Writes all of it to the sandbox's input, blocking while the sandbox does not read. */
  void write(ByteBuffer bytes) throws IOException;

  /**
   * Ends the sandbox's input only: what it still writes can be read. Idempotent; a later {@link
   * #write} fails.
   */
  void endInput() throws IOException;

  /** Ends both directions. The sandbox sees the end of its input, which ends it. Idempotent. */
  @Override
  void close();

  /** Who wrote what arrived. */
  enum Origin {
    /** Standard output: the process that runs the user's code. */
    WORKER,
    /** Standard error: the agent's first process. */
    SUPERVISOR
  }

  /** Bytes that arrived from one of the two. */
  record Inbound(Origin origin, ByteBuffer bytes) {}
}
