package dev.caisson.daemon.channel;

import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.FileEntry;
import dev.caisson.daemon.model.SandboxLimits;
import java.util.Optional;

/**
 * A file while it is read. Whoever reads slowly is waited for and holds up nobody else; closing it
 * before its end stops the agent.
 *
 * <p>Threads: one reads; any may {@link #cancel}.
 */
public final class FileReading implements AutoCloseable {

  private final FileRequest request;
  private final SandboxLimits limits;

  FileReading(FileRequest request, SandboxLimits limits) {
    this.request = request;
    this.limits = limits;
  }

  /** What was opened. */
  public FileEntry entry() {
    return request.awaitFound(limits);
  }

  /** The next bytes; empty at the end. */
  public Optional<byte[]> next() {
    return request.awaitData(limits);
  }

  /** How it ended, once there is nothing more. */
  public FileEnd end() {
    if (request.awaitDone(limits) instanceof FileAnswer.ReadEnd(FileEnd end)) {
      return end;
    }
    throw new IllegalStateException("no end");
  }

  /** Whoever waits for bytes is told why there are none. */
  public void cancel(SandboxException why) {
    request.cancel(why);
  }

  @Override
  public void close() {
    cancel(new SandboxException(ErrorCode.FAILED_PRECONDITION, "the file was closed"));
  }
}
