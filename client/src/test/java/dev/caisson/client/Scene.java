package dev.caisson.client;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.rpc.ErrorInfo;
import dev.caisson.v1.MimeBundle;
import dev.caisson.v1.MimePart;
import dev.caisson.v1.RunAccepted;
import dev.caisson.v1.RunDisplay;
import dev.caisson.v1.RunFilePart;
import dev.caisson.v1.RunFinished;
import dev.caisson.v1.RunOutput;
import dev.caisson.v1.RunRequest;
import dev.caisson.v1.RunResponse;
import dev.caisson.v1.StartRun;
import dev.caisson.v1.ToolCall;
import dev.caisson.v1.ToolCallCancelled;
import dev.caisson.v1.ToolResult;
import io.grpc.Status;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * The daemon's side of one Run call, for a script to play. The script runs on one virtual thread;
 * the gRPC threads fill the queues.
 */
public final class Scene implements StreamObserver<RunRequest> {

  private static final RunRequest HALF_CLOSED = RunRequest.getDefaultInstance();

  private final ServerCallStreamObserver<RunResponse> client;
  private final BlockingQueue<RunRequest> requests = new LinkedBlockingQueue<>();
  private final Semaphore ready = new Semaphore(0);
  private final CountDownLatch cancelled = new CountDownLatch(1);
  private long sequence;

  Scene(ServerCallStreamObserver<RunResponse> client) {
    this.client = client;
    client.disableAutoRequest();
    client.setOnReadyHandler(ready::release);
    client.setOnCancelHandler(cancelled::countDown);
  }

  /** The client's next message; the first is the start. Nothing is read ahead. */
  public RunRequest request() throws InterruptedException {
    client.request(1);
    return requests.take();
  }

  public StartRun start() throws InterruptedException {
    return request().getStart();
  }

  public ToolResult answer() throws InterruptedException {
    return request().getToolResult();
  }

  public void awaitHalfClose() throws InterruptedException {
    if (request() != HALF_CLOSED) {
      throw new AssertionError("the client went on talking");
    }
  }

  public void awaitCancelled() throws InterruptedException {
    if (!cancelled.await(20, TimeUnit.SECONDS)) {
      throw new AssertionError("the client did not cancel the call");
    }
  }

  /** False when the client does not read and the transport is full. */
  public boolean isReady() {
    return client.isReady();
  }

  public void awaitReady() throws InterruptedException {
    while (!client.isReady()) {
      ready.acquire();
    }
  }

  public void accept() {
    accept(RunAccepted.Placement.WARM);
  }

  public void accept(RunAccepted.Placement placement) {
    event(
        RunResponse.newBuilder()
            .setAccepted(
                RunAccepted.newBuilder()
                    .setRunId("run-1")
                    .setPolicy("default")
                    .setPlacement(placement)
                    .setSandboxId("sandbox-1")));
  }

  public void stdout(String text) {
    output(RunOutput.Stream.STDOUT, ByteString.copyFromUtf8(text));
  }

  public void stderr(String text) {
    output(RunOutput.Stream.STDERR, ByteString.copyFromUtf8(text));
  }

  public void shows(MimePart... forms) {
    MimeBundle bundle = MimeBundle.newBuilder().addAllParts(List.of(forms)).build();
    event(RunResponse.newBuilder().setDisplay(RunDisplay.newBuilder().setBundle(bundle)));
  }

  public void file(RunFilePart.Builder part) {
    event(RunResponse.newBuilder().setFile(part));
  }

  public void output(RunOutput.Stream stream, ByteString data) {
    event(
        RunResponse.newBuilder().setOutput(RunOutput.newBuilder().setStream(stream).setData(data)));
  }

  public void callTool(String id, String argumentsJson) {
    event(
        RunResponse.newBuilder()
            .setToolCall(
                ToolCall.newBuilder()
                    .setCallId(id)
                    .setServer("weather")
                    .setTool("get-weather")
                    .setArgumentsJson(ByteString.copyFromUtf8(argumentsJson))));
  }

  public void withdrawCall(String id) {
    event(
        RunResponse.newBuilder()
            .setToolCallCancelled(ToolCallCancelled.newBuilder().setCallId(id)));
  }

  public void succeed() {
    finish(RunFinished.newBuilder().setOutcome(RunFinished.Outcome.SUCCEEDED));
  }

  public void finish(RunFinished.Builder finished) {
    event(RunResponse.newBuilder().setFinished(finished));
    client.onCompleted();
  }

  public void endWithoutFinished() {
    client.onCompleted();
  }

  public void fail(Status.Code code, String reason, String message, Map<String, String> metadata) {
    ErrorInfo info =
        ErrorInfo.newBuilder()
            .setReason(reason)
            .setDomain("caisson.dev")
            .putAllMetadata(metadata)
            .build();
    client.onError(
        StatusProto.toStatusRuntimeException(
            com.google.rpc.Status.newBuilder()
                .setCode(code.value())
                .setMessage(message)
                .addDetails(Any.pack(info))
                .build()));
  }

  /** Sends an event with the next number of the sequence. */
  public void event(RunResponse.Builder event) {
    sequence++;
    client.onNext(event.setSequence(sequence).build());
  }

  /** Leaves a hole in the sequence. */
  public void skipNumber() {
    sequence++;
  }

  @Override
  public void onNext(RunRequest request) {
    requests.add(request);
  }

  @Override
  public void onError(Throwable ended) {
    cancelled.countDown();
  }

  @Override
  public void onCompleted() {
    requests.add(HALF_CLOSED);
  }
}
