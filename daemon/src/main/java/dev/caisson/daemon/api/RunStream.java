package dev.caisson.daemon.api;

import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.Identity;
import dev.caisson.daemon.run.Run;
import dev.caisson.daemon.run.RunEvent;
import dev.caisson.daemon.run.RunEventLog;
import dev.caisson.daemon.run.RunRegistry;
import dev.caisson.v1.RunRequest;
import dev.caisson.v1.RunResponse;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One Run call: a subscriber of a run's events and the way in for what its caller sends.
 *
 * <p>Threads: gRPC's callbacks come one at a time and never block here. The events go out on
 * whichever thread brings them, one at a time; while the caller does not read they stay in the log,
 * and gRPC's word that it reads again sends them. What the caller sends goes in on a virtual
 * thread, which waits while the sandbox does not read; messages that wait for it are bounded in
 * bytes, past that the call is not read further.
 */
final class RunStream implements StreamObserver<RunRequest> {

  private static final Logger LOG = LoggerFactory.getLogger(RunStream.class);

  /** What may wait to go in. Larger than one largest message, so that one always fits. */
  private static final long INBOX_BYTES = 16 << 20;

  private final RunRegistry registry;
  private final ServerCallStreamObserver<RunResponse> call;
  private final BlockingQueue<RunRequest> inbox = new LinkedBlockingQueue<>();
  private final AtomicLong inboxBytes = new AtomicLong();
  private final AtomicBoolean readingPaused = new AtomicBoolean();
  private final AtomicBoolean closed = new AtomicBoolean();

  /** How often it was said that there may be something to send, since it was last looked for. */
  private final AtomicInteger news = new AtomicInteger();

  private volatile Optional<Run> run = Optional.empty();

  private RunStream(RunRegistry registry, ServerCallStreamObserver<RunResponse> call) {
    this.registry = registry;
    this.call = call;
  }

  static RunStream open(RunRegistry registry, ServerCallStreamObserver<RunResponse> call) {
    RunStream stream = new RunStream(registry, call);
    call.disableAutoRequest();
    call.setOnReadyHandler(stream::sendEvents);
    call.setOnCancelHandler(stream::callerGone);
    call.request(1);
    return stream;
  }

  // ---- gRPC's callbacks ----

  @Override
  public void onNext(RunRequest request) {
    try {
      if (run.isEmpty()) {
        start(request);
        call.request(1);
        return;
      }
      if (request.hasCancel()) {
        String reason = request.getCancel().getReason();
        run.get().cancel(reason.length() > 1024 ? reason.substring(0, 1024) : reason);
        call.request(1);
        return;
      }
      enqueue(request);
    } catch (SandboxException e) {
      refuse(e);
    }
  }

  @Override
  public void onError(Throwable error) {
    callerGone();
  }

  @Override
  public void onCompleted() {
    if (run.isEmpty()) {
      refuse(
          new SandboxException(
              ErrorCode.INVALID_REQUEST, "the stream ended before `start`; send `start` first"));
    }
  }

  private void callerGone() {
    run.ifPresent(r -> r.cancel("the caller went away"));
    close();
  }

  // ---- in ----

  private void start(RunRequest request) {
    if (!request.hasStart()) {
      throw new SandboxException(
          ErrorCode.INVALID_REQUEST,
          "the first message of a Run stream must be `start`, got `%s`"
              .formatted(request.getMessageCase().name().toLowerCase(java.util.Locale.ROOT)));
    }
    Run started = registry.start(RunRequests.spec(request.getStart(), Identity.LOCAL));
    run = Optional.of(started);
    started.events().subscribe(this::sendEvents);
  }

  private void enqueue(RunRequest request) {
    long bytes = weight(request);
    inbox.add(request);
    long before = inboxBytes.getAndAdd(bytes);
    if (before == 0) {
      Thread.ofVirtual().name("run-inbox").start(this::carryAllIn);
    }
    if (before + bytes < INBOX_BYTES) {
      call.request(1);
      return;
    }
    readingPaused.set(true);
    if (inboxBytes.get() < INBOX_BYTES) {
      // The inbox was emptied between the two looks, and nobody saw the pause.
      readOn();
    }
  }

  /** Runs while the inbox has messages; the message that finds it empty starts the next round. */
  private void carryAllIn() {
    try {
      long left;
      do {
        RunRequest request = inbox.take();
        carryIn(request, run.orElseThrow());
        left = inboxBytes.addAndGet(-weight(request));
        readOn();
      } while (left > 0);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (SandboxException e) {
      refuse(e);
    }
  }

  private void readOn() {
    if (readingPaused.compareAndSet(true, false)) {
      call.request(1);
    }
  }

  private static long weight(RunRequest request) {
    return request.getSerializedSize() + 1L;
  }

  private static void carryIn(RunRequest request, Run run) throws InterruptedException {
    switch (request.getMessageCase()) {
      case TOOL_RESULT ->
          run.toolAnswer(
              request.getToolResult().getCallId(), RunRequests.answer(request.getToolResult()));
      case APPROVAL_ANSWER ->
          run.approval(
              request.getApprovalAnswer().getCallId(),
              RunRequests.approval(request.getApprovalAnswer()));
      case STDIN -> {
        byte[] data = request.getStdin().getData().toByteArray();
        if (data.length > 65_536) {
          throw RunRequests.invalid(
              "stdin.data", "has " + data.length + " bytes", "send at most 64 KiB a message");
        }
        if (data.length > 0) {
          run.stdin(data);
        }
        if (request.getStdin().getEnd()) {
          run.stdinEnd();
        }
      }
      case INTERRUPT -> run.interrupt();
      case CANCEL -> throw new IllegalStateException("a cancellation does not wait in line");
      case START ->
          throw new SandboxException(
              ErrorCode.INVALID_REQUEST, "`start` came twice; a Run stream carries one run");
      case MESSAGE_NOT_SET ->
          throw new SandboxException(
              ErrorCode.INVALID_REQUEST,
              "a message of the Run stream has no field set that this daemon knows");
    }
  }

  // ---- out ----

  /**
   * Sends what there is while the caller reads. Whoever brings news calls it: the thread that
   * appended an event, or gRPC when the caller reads again. One of them at a time sends, the others
   * leave their news to it and go.
   */
  private void sendEvents() {
    if (run.isEmpty() || news.getAndIncrement() != 0) {
      return;
    }
    Run started = run.get();
    int seen = 1;
    try {
      do {
        sendReady(started);
        seen = news.addAndGet(-seen);
      } while (seen != 0);
    } catch (RuntimeException e) {
      // Whoever brought the event must not suffer for the call it goes to.
      LOG.warn("the events of run {} cannot be sent", started.id(), e);
      callerGone();
    }
  }

  private void sendReady(Run started) {
    while (!closed.get() && call.isReady()) {
      Optional<RunEventLog.Entry> entry = started.events().poll();
      if (entry.isEmpty()) {
        return;
      }
      send(started, entry.get());
    }
  }

  private void send(Run started, RunEventLog.Entry entry) {
    switch (entry.event()) {
      case RunEvent.Failed(SandboxException error) -> fail(error);
      case RunEvent.Output(var stream, var data, Runnable taken) -> {
        call.onNext(RunEvents.toProto(started, entry));
        taken.run();
      }
      case RunEvent.Finished finished -> {
        if (close()) {
          call.onNext(RunEvents.toProto(started, entry));
          call.onCompleted();
        }
      }
      case RunEvent.Accepted a -> call.onNext(RunEvents.toProto(started, entry));
      case RunEvent.OfFile(var part, Runnable taken) -> {
        call.onNext(RunEvents.toProto(started, entry));
        taken.run();
      }
      case RunEvent.Displayed d -> call.onNext(RunEvents.toProto(started, entry));
      case RunEvent.ToolCalled t -> call.onNext(RunEvents.toProto(started, entry));
      case RunEvent.ApprovalAsked a -> call.onNext(RunEvents.toProto(started, entry));
      case RunEvent.ToolCallWithdrawn w -> call.onNext(RunEvents.toProto(started, entry));
    }
  }

  /** A message of the caller broke a rule: the call fails, and its run with it. */
  private void refuse(SandboxException error) {
    if (run.isPresent()) {
      // Through the log, because only the thread that sends events may write to the call.
      run.get().refused(error);
    } else {
      fail(error);
    }
  }

  private void fail(SandboxException error) {
    if (close()) {
      call.onError(GrpcErrors.of(error));
    }
  }

  /** Nothing is written to the call from now on. True for the one who may write the last word. */
  private boolean close() {
    return closed.compareAndSet(false, true);
  }
}
