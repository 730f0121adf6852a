package dev.caisson.daemon.channel;

import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.FileEntry;
import dev.caisson.daemon.model.SandboxLimits;
import dev.caisson.daemon.model.WorkspacePath;
import java.util.Arrays;

/**
 * A file while it is written. Closing it before it is finished leaves nothing of it, and the one
 * before it whole.
 *
 * <p>Threads: one writes; any may {@link #cancel}.
 */
public final class FileWriting implements AutoCloseable {

  private static final int PIECE = FrameDecoder.FRAME - FrameDecoder.HEADER;

  private final FileRequest request;
  private final WorkspacePath path;
  private final SandboxLimits limits;
  private long written;

  FileWriting(FileRequest request, WorkspacePath path, SandboxLimits limits) {
    this.request = request;
    this.path = path;
    this.limits = limits;
  }

  /** Adds bytes, and waits while the sandbox does not take them. */
  public void write(byte[] bytes) {
    written += bytes.length;
    requireRoom(written);
    for (int from = 0; from < bytes.length; from += PIECE) {
      int to = Math.min(bytes.length, from + PIECE);
      request.put(
          from == 0 && to == bytes.length ? bytes : Arrays.copyOfRange(bytes, from, to), limits);
    }
  }

  /** Says at once what would be said at the end: that so many bytes have no room at all. */
  public void requireRoom(long bytes) {
    if (bytes > limits.workspace().bytes()) {
      throw new SandboxException(
          ErrorCode.OUT_OF_ROOM,
          "%s is larger than the workspace (sandbox.workspace is %s); use a policy with a larger one"
              .formatted(path.shown(), limits.workspace()));
    }
  }

  public long written() {
    return written;
  }

  /** Tells when it is over, whatever the reason, while nothing is written; must not block. */
  public void whenOver(Runnable ear) {
    request.whenOver(ear);
  }

  /** Once it is over before it was finished: why. */
  public SandboxException failure() {
    try {
      request.awaitDone(limits);
    } catch (SandboxException e) {
      return e;
    }
    throw new IllegalStateException("it has not failed");
  }

  /** Gives the file its name. */
  public FileEntry finish() {
    request.putEnd();
    if (request.awaitDone(limits) instanceof FileAnswer.Entry(FileEntry entry)) {
      return entry;
    }
    throw new IllegalStateException("no entry");
  }

  /** Whoever writes is told why that is over. */
  public void cancel(SandboxException why) {
    request.cancel(why);
  }

  @Override
  public void close() {
    cancel(new SandboxException(ErrorCode.FAILED_PRECONDITION, "the file was not finished"));
  }
}
