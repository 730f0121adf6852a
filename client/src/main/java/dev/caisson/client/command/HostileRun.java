package dev.caisson.client.command;

import dev.caisson.client.CaissonClient;
import dev.caisson.client.Outcome;
import dev.caisson.client.OutputStreamName;
import dev.caisson.client.RunHandle;
import dev.caisson.client.RunListener;
import dev.caisson.client.RunOptions;
import dev.caisson.client.ToolAnswer;
import dev.caisson.client.ToolCall;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * An attack in progress. The events of the run are heard by a virtual thread of its own, tool calls
 * by one each; all else is for the thread that measures.
 */
final class HostileRun implements AutoCloseable {

  private static final Duration STEP = Duration.ofMillis(5);
  private static final Duration LONGEST = Duration.ofSeconds(30);

  /** Less than a run may last: one that ended unread would look as if it went on. */
  private static final Duration UNREAD = Duration.ofSeconds(20);

  private final CountDownLatch atWork = new CountDownLatch(1);
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile boolean reads;
  private final RunHandle run;

  /** Begins it and waits until it is at full strength, or over already. */
  HostileRun(CaissonClient client, Attack attack, RunOptions program) throws InterruptedException {
    reads = attack != Attack.unread;
    run = client.start(program, new Accomplice());
    long end = System.nanoTime() + LONGEST.toNanos();
    while (!atWork.await(STEP.toMillis(), TimeUnit.MILLISECONDS) && !run.isOver()) {
      if (System.nanoTime() > end) {
        run.close();
        throw new IllegalStateException(
            "the attack '%s' is not at work after %s".formatted(attack, LONGEST));
      }
    }
  }

  boolean isOver() {
    return run.isOver();
  }

  /** Waits for its end, by itself or by {@link #end}. */
  Outcome outcome() throws InterruptedException {
    return run.await().outcome();
  }

  /** Ends it, if it has not ended by itself. */
  void end() {
    closed.countDown();
    run.cancel("the measurement is over");
  }

  @Override
  public void close() {
    closed.countDown();
    run.close();
  }

  /** The client of the attacker. */
  private final class Accomplice implements RunListener {

    @Override
    public void onOutput(OutputStreamName stream, byte[] bytes) {
      atWork.countDown();
      if (!reads) {
        reads = true;
        holdUp();
      }
    }

    @Override
    public ToolAnswer onToolCall(ToolCall call) {
      atWork.countDown();
      return ToolAnswer.json(call.argumentsJson());
    }

    private void holdUp() {
      try {
        if (closed.await(UNREAD.toSeconds(), TimeUnit.SECONDS)) {
          return;
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
