package dev.caisson.mcp.tools;

import dev.caisson.mcp.relay.Approvals;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One run, which may outlive the request that it was begun with. It has a virtual thread of its
 * own; interrupting that cancels the run. Any thread may wait for it.
 */
final class OngoingRun implements OutputSink {

  /** How often it is looked whether an open question is answered, when all other time is up. */
  private static final Duration LOOK = Duration.ofMillis(200);

  private final String id;
  private final String label;
  private final LongSupplier nanoTime;
  private final long begun;
  private final RunOutput output = new RunOutput();
  private final AtomicInteger questions = new AtomicInteger();
  private final FutureTask<CallToolResult> task;
  private final Thread thread;
  private volatile @Nullable OutputSink request;
  private volatile long ended;

  /** What the thread does, to the answer. */
  @FunctionalInterface
  interface Work {
    CallToolResult run(OngoingRun self);
  }

  /**
   * @param label for people and models to know it by
   * @param request hears of the output too, up to {@link #leave}
   * @param atEnd called when it has ended
   */
  OngoingRun(
      String id,
      String label,
      LongSupplier nanoTime,
      @Nullable OutputSink request,
      Work work,
      Consumer<OngoingRun> atEnd) {
    this.id = id;
    this.label = label;
    this.nanoTime = nanoTime;
    this.begun = nanoTime.getAsLong();
    this.request = request;
    this.task = new FutureTask<>(() -> work.run(this));
    this.thread =
        Thread.ofVirtual()
            .name("run-" + id)
            .unstarted(() -> {
              task.run();
              ended = nanoTime.getAsLong();
              atEnd.accept(this);
            });
  }

  void start() {
    thread.start();
  }

  String id() {
    return id;
  }

  String label() {
    return label;
  }

  RunOutput output() {
    return output;
  }

  @Override
  public void offer(String text) throws InterruptedException {
    output.append(text);
    var listener = request;
    if (listener != null) {
      listener.offer(text);
    }
  }

  /** The request that it was begun with hears no more of it. */
  void leave() {
    request = null;
  }

  /** The same, counted: as long as a person is asked something, nobody gives up waiting. */
  Approvals counted(Approvals approvals) {
    return new Approvals() {
      @Override
      public boolean canAsk() {
        return approvals.canAsk();
      }

      @Override
      public Answer ask(Question question) throws InterruptedException {
        questions.incrementAndGet();
        try {
          return approvals.ask(question);
        } finally {
          questions.decrementAndGet();
        }
      }
    };
  }

  boolean hasEnded() {
    return task.isDone();
  }

  /** How long it has gone on, or how long it took. */
  Duration age() {
    return Duration.ofNanos((hasEnded() ? ended : nanoTime.getAsLong()) - begun);
  }

  /** The time since its end, in nanoseconds. */
  long endedAgo() {
    return nanoTime.getAsLong() - ended;
  }

  /** Its answer; nothing when it goes on after that time. */
  Optional<CallToolResult> await(Duration patience) throws InterruptedException {
    try {
      return Optional.of(task.get(patience.toNanos(), TimeUnit.NANOSECONDS));
    } catch (TimeoutException goesOn) {
      return Optional.empty();
    } catch (ExecutionException bug) {
      throw wrapped(bug);
    }
  }

  /** The same, and never while the client is asked something on behalf of it. */
  Optional<CallToolResult> awaitUnasked(Duration patience) throws InterruptedException {
    var answer = await(patience);
    while (answer.isEmpty() && questions.get() > 0) {
      answer = await(LOOK);
    }
    return answer;
  }

  /** Its answer. */
  CallToolResult await() throws InterruptedException {
    try {
      return task.get();
    } catch (ExecutionException bug) {
      throw wrapped(bug);
    }
  }

  private static RuntimeException wrapped(ExecutionException bug) {
    if (bug.getCause() instanceof RuntimeException itself) {
      return itself;
    }
    return new IllegalStateException("the run failed", bug.getCause());
  }

  /** Ends it; {@link #await} tells when it has ended. */
  void cancel() {
    thread.interrupt();
  }

  /** Waits until its thread has ended, or for that long. */
  void join(Duration limit) throws InterruptedException {
    var unused = thread.join(limit);
  }
}
