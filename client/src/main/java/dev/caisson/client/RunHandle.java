package dev.caisson.client;

import dev.caisson.v1.CancelRun;
import dev.caisson.v1.InterruptRun;
import dev.caisson.v1.RunRequest;
import java.io.OutputStream;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A run in progress. Every method may be called by any thread. The events are followed by one
 * virtual thread, which started with the run and ends with it.
 *
 * <p>Closing a handle before the run has ended destroys its sandbox.
 */
public final class RunHandle implements AutoCloseable {

  /** How long a daemon may take to confirm a cancellation before its call is cut. */
  private static final Duration CANCEL_GRACE = Duration.ofSeconds(5);

  private final RunStream stream;
  private final StdinStream stdin;
  private final CompletableFuture<RunResult> result = new CompletableFuture<>();

  private RunHandle(RunStream stream) {
    this.stream = stream;
    this.stdin = new StdinStream(stream);
  }

  static RunHandle follow(RunStream stream, Callable<RunResult> events) {
    RunHandle handle = new RunHandle(stream);
    Thread.ofVirtual().name("caisson-run").start(() -> handle.follow(events));
    return handle;
  }

  private void follow(Callable<RunResult> events) {
    try {
      result.complete(events.call());
    } catch (Throwable failure) { // Whoever awaits gets it, an Error of a listener too.
      result.completeExceptionally(failure);
    }
  }

  /**
   * Waits for the end. An interrupt ends the waiting, not the run.
   *
   * @throws CaissonException when the daemon or the request failed
   */
  public RunResult await() throws InterruptedException {
    try {
      return result.get();
    } catch (ExecutionException failure) {
      throw rethrown(failure);
    }
  }

  /** True once {@link #await} would not wait. */
  public boolean isOver() {
    return result.isDone();
  }

  /**
   * Ends the run. It still gives a result, CANCELLED unless it had ended already; a daemon that
   * does not confirm within a few seconds is left, and {@link #await} throws {@link
   * CaissonException#CANCEL_UNCONFIRMED}.
   */
  public void cancel(String reason) {
    cancel(reason, CANCEL_GRACE);
  }

  void cancel(String reason, Duration grace) {
    RunRequest cancel =
        RunRequest.newBuilder().setCancel(CancelRun.newBuilder().setReason(reason)).build();
    if (stream.sendAtOnce(cancel)) {
      Thread.ofVirtual().name("caisson-cancel").start(() -> cutAfter(grace));
    }
  }

  /** Raises KeyboardInterrupt in the program. The run goes on when the program handles it. */
  public void interrupt() {
    stream.sendAtOnce(
        RunRequest.newBuilder().setInterrupt(InterruptRun.getDefaultInstance()).build());
  }

  /**
   * The program's standard input, with {@link RunOptions#withStdin}. Writing blocks while the
   * program does not read and throws an IOException when the run is over; closing it is the end of
   * input. For one thread at a time.
   */
  public OutputStream stdin() {
    return stdin;
  }

  /** Ends the run at once if it is not over, without waiting for a result. */
  @Override
  public void close() {
    if (!result.isDone()) {
      end(
          new CaissonException(
              CaissonException.CLOSED, "the run's handle was closed before the run had ended", ""));
    }
  }

  private void cutAfter(Duration grace) {
    try {
      result.get(grace.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException silent) {
      end(
          new CaissonException(
              CaissonException.CANCEL_UNCONFIRMED,
              "the daemon did not confirm the cancellation within %s".formatted(grace),
              "its connection was cut, which ends the run; the daemon's log says more: `caisson logs`"));
    } catch (InterruptedException | ExecutionException over) {
      // The run is over; how, is for await() to say.
    }
  }

  /** First the result, then the call: the first end wins. */
  private void end(CaissonException why) {
    result.completeExceptionally(why);
    stream.abort(why.getMessage());
  }

  private static RuntimeException rethrown(ExecutionException failure) {
    return switch (failure.getCause()) {
      case RuntimeException exception -> exception;
      case Error error -> throw error;
      case null, default ->
          new IllegalStateException("the run's thread ended unexpectedly", failure);
    };
  }
}
