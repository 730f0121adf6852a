package dev.caisson.daemon.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.caisson.v1.RunFinished.Outcome;
import dev.caisson.v1.ToolCall;
import dev.caisson.v1.ToolResult;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** A run that goes on beside others and notices when one of them disturbs it. */
public final class Canary {

  private static final String SONG =
      """
      count = 0
      while canary.step(count):
          count += 1
          print(count)
      """;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final LiveRun run;

  @GuardedBy("lock")
  private int wanted;

  @GuardedBy("lock")
  private int reached = -1;

  @GuardedBy("lock")
  private boolean released;

  public Canary(RunClient client, String policy) {
    run =
        client.start(
            RunClient.program(SONG)
                .setPolicy(policy)
                .setTools(
                    Offered.servers(
                        Offered.server("canary", Offered.tool("step", "count", "integer")))),
            this::step);
    run.awaitAccepted();
  }

  /** Fails unless the run still does what it should. */
  public void sings() throws InterruptedException {
    lock.lock();
    try {
      wanted++;
      changed.signalAll();
      long left = TimeUnit.SECONDS.toNanos(30);
      while (reached < wanted) {
        assertThat(left).as("the run beside this one goes on").isPositive();
        left = changed.awaitNanos(left);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Lets the run end, which it does well. */
  public void landsSafely() {
    int steps;
    lock.lock();
    try {
      released = true;
      changed.signalAll();
      steps = wanted;
    } finally {
      lock.unlock();
    }
    Transcript transcript = run.transcript();
    assertThat(transcript.outcome()).isEqualTo(Outcome.SUCCEEDED);
    StringBuilder song = new StringBuilder();
    for (int i = 1; i <= steps; i++) {
      song.append(i).append('\n');
    }
    assertThat(transcript.output()).isEqualTo(song.toString());
  }

  private ToolResult step(ToolCall call) throws InterruptedException {
    int count = Integer.parseInt(call.getArgumentsJson().toStringUtf8().replaceAll("\\D", ""));
    lock.lock();
    try {
      reached = count;
      changed.signalAll();
      while (wanted <= count && !released) {
        changed.await();
      }
      return LiveRun.value(wanted > count ? "true" : "false");
    } finally {
      lock.unlock();
    }
  }
}
