package dev.caisson.daemon.acceptance;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import com.google.protobuf.ByteString;
import dev.caisson.v1.CancelRun;
import dev.caisson.v1.InterruptRun;
import dev.caisson.v1.RunAccepted;
import dev.caisson.v1.RunFinished;
import dev.caisson.v1.RunRequest;
import dev.caisson.v1.RunResponse;
import dev.caisson.v1.StartRun;
import dev.caisson.v1.StdinChunk;
import dev.caisson.v1.ToolCall;
import dev.caisson.v1.ToolResult;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;

/**
 * A run as its caller sees it. Events arrive on gRPC's threads; every tool call is answered on a
 * virtual thread of its own; the test waits in the other methods.
 */
public final class LiveRun implements ClientResponseObserver<RunRequest, RunResponse> {

  /** Answers tool calls. What it throws fails the call's thread, and the program then waits. */
  public interface ToolHandler {
    ToolResult answer(ToolCall call) throws Exception;
  }

  /** How the stream ended: empty when well. */
  private record End(Optional<Throwable> error) {}

  private final ToolHandler handler;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final List<RunResponse> events = new ArrayList<>();
  private final StringBuilder output = new StringBuilder();

  @GuardedBy("lock")
  private Optional<End> end = Optional.empty();

  private volatile Optional<ClientCallStreamObserver<RunRequest>> call = Optional.empty();

  public LiveRun(ToolHandler handler) {
    this.handler = handler;
  }

  public static ToolResult value(String json) {
    return ToolResult.newBuilder().setValueJson(ByteString.copyFromUtf8(json)).build();
  }

  public static ToolResult mcp(String json) {
    return ToolResult.newBuilder().setMcpResultJson(ByteString.copyFromUtf8(json)).build();
  }

  // ---- what the test does ----

  public void start(StartRun start) {
    send(RunRequest.newBuilder().setStart(start));
  }

  public void cancel(String reason) {
    send(RunRequest.newBuilder().setCancel(CancelRun.newBuilder().setReason(reason)));
  }

  public void interrupt() {
    send(RunRequest.newBuilder().setInterrupt(InterruptRun.getDefaultInstance()));
  }

  public void stdin(String text) {
    send(
        RunRequest.newBuilder()
            .setStdin(StdinChunk.newBuilder().setData(ByteString.copyFromUtf8(text))));
  }

  /** The client goes away without a word. */
  public void abandon() {
    call.orElseThrow().cancel("the client is gone", null);
  }

  public void send(RunRequest.Builder request) {
    lock.lock();
    try {
      call.orElseThrow().onNext(request.build());
    } finally {
      lock.unlock();
    }
  }

  /** Waits until the program has written this. */
  public void awaitOutput(String text) {
    await("the output '" + text + "'", run -> run.output.indexOf(text) >= 0);
  }

  /** Waits for the daemon's first event. */
  public void awaitAccepted() {
    await("the acceptance", run -> !run.events.isEmpty());
  }

  /** Waits for the daemon's first event and gives it. */
  public RunAccepted accepted() {
    awaitAccepted();
    lock.lock();
    try {
      return events.getFirst().getAccepted();
    } finally {
      lock.unlock();
    }
  }

  /** Waits for the end of a run that may never have been accepted, and says how it ended. */
  public RunFinished finished() {
    await("the end", run -> false);
    lock.lock();
    try {
      return events.getLast().getFinished();
    } finally {
      lock.unlock();
    }
  }

  /** Waits for the end and gives all that was said. */
  public Transcript transcript() {
    return transcript(Patience.RUN);
  }

  /** The same for a run that may take so long. */
  public Transcript transcript(Duration patience) {
    await("the end", patience, run -> false);
    lock.lock();
    try {
      End over = end.orElseThrow();
      if (over.error().isPresent()) {
        throw (RuntimeException) over.error().get();
      }
      return new Transcript(events);
    } finally {
      lock.unlock();
    }
  }

  private void await(String what, Predicate<LiveRun> condition) {
    await(what, Patience.RUN, condition);
  }

  /** Waits until the condition holds or the stream has ended. */
  private void await(String what, Duration patience, Predicate<LiveRun> condition) {
    long left = patience.toNanos();
    lock.lock();
    try {
      while (end.isEmpty() && !condition.test(this)) {
        if (left <= 0) {
          throw new AssertionError(what + " did not come; events so far: " + events);
        }
        left = changed.awaitNanos(left);
      }
      if (end.isPresent() && !what.equals("the end") && !condition.test(this)) {
        throw new AssertionError(what + " never came: " + events, end.get().error().orElse(null));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while waiting for " + what, e);
    } finally {
      lock.unlock();
    }
  }

  // ---- what gRPC does ----

  @Override
  public void beforeStart(ClientCallStreamObserver<RunRequest> stream) {
    call = Optional.of(stream);
  }

  @Override
  public void onNext(RunResponse event) {
    lock.lock();
    try {
      events.add(event);
      if (event.hasOutput()) {
        output.append(event.getOutput().getData().toString(StandardCharsets.UTF_8));
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    if (event.hasToolCall()) {
      Thread.ofVirtual().start(() -> answer(event.getToolCall()));
    }
  }

  private void answer(ToolCall toolCall) {
    try {
      ToolResult result = handler.answer(toolCall);
      send(
          RunRequest.newBuilder()
              .setToolResult(result.toBuilder().setCallId(toolCall.getCallId())));
    } catch (Exception e) {
      throw new AssertionError("the tool handler failed for " + toolCall, e);
    }
  }

  @Override
  public void onError(Throwable error) {
    over(new End(Optional.of(error)));
  }

  @Override
  public void onCompleted() {
    over(new End(Optional.empty()));
  }

  private void over(End how) {
    lock.lock();
    try {
      end = Optional.of(how);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
