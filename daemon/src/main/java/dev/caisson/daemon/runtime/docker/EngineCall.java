package dev.caisson.daemon.runtime.docker;

import com.github.dockerjava.api.exception.DockerException;
import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.Deadline;
import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * One call to the engine that ends by its deadline.
 *
 * <p>Read time-outs have no effect on Unix sockets, so each call runs on a virtual thread of its
 * own and the caller waits for it. When the time is over that thread is interrupted, which closes
 * the socket under it. The call may have had its effect all the same.
 */
final class EngineCall {

  private EngineCall() {}

  /**
   * Runs {@code call} and gives its result.
   *
   * @param what the call in words, for messages: "to create a container"
   * @throws SandboxException {@code ENGINE_TIMED_OUT} when the deadline passed, else {@code
   *     ENGINE_FAILED} with the engine's words, or what the call threw itself
   */
  static <T> T within(Deadline deadline, String what, Callable<T> call) {
    FutureTask<T> task = new FutureTask<>(call);
    Thread.ofVirtual().name("engine-call").start(task);
    try {
      return task.get(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      task.cancel(true);
      throw new SandboxException(
          ErrorCode.ENGINE_TIMED_OUT,
          "the engine was asked " + what + " and did not answer in time");
    } catch (InterruptedException e) {
      task.cancel(true);
      Thread.currentThread().interrupt();
      throw new SandboxException(
          ErrorCode.ENGINE_FAILED, "interrupted while the engine was asked " + what, e);
    } catch (ExecutionException e) {
      throw translated(what, e.getCause() == null ? e : e.getCause());
    }
  }

  private static SandboxException translated(String what, Throwable cause) {
    if (cause instanceof SandboxException ours) {
      return ours;
    }
    if (cause instanceof DockerException refusal && refusal.getHttpStatus() > 0) {
      return new SandboxException(
          ErrorCode.ENGINE_FAILED,
          "the engine was asked %s and refused with status %d: %s"
              .formatted(
                  what, refusal.getHttpStatus(), String.valueOf(refusal.getMessage()).strip()),
          refusal);
    }
    if (isConnectionFailure(cause)) {
      return new SandboxException(
          ErrorCode.ENGINE_FAILED,
          "the engine was asked " + what + " and could not be reached: " + rootOf(cause),
          cause);
    }
    return new SandboxException(
        ErrorCode.ENGINE_FAILED, "the engine was asked " + what + ": " + cause, cause);
  }

  /** Whether the connection failed, rather than the engine having answered with a refusal. */
  static boolean isConnectionFailure(Throwable failure) {
    return rootOf(failure) instanceof IOException;
  }

  /** Whether the engine answered with this status. */
  static boolean hasStatus(SandboxException failure, int status) {
    return failure.getCause() instanceof DockerException refusal
        && refusal.getHttpStatus() == status;
  }

  private static Throwable rootOf(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root;
  }
}
