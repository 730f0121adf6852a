package dev.caisson.client;

import com.google.protobuf.ByteString;
import dev.caisson.v1.FileEntry;
import dev.caisson.v1.FileServiceGrpc;
import dev.caisson.v1.WriteFileRequest;
import dev.caisson.v1.WriteFileResponse;
import dev.caisson.v1.WriteFileStart;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;

/**
 * One file on its way to the daemon, no faster than that takes it. One thread carries; gRPC's
 * callbacks wake it up.
 */
final class FileUpload {

  private static final int PIECE = 64 << 10;

  private final WriteFileStart start;
  private final InputStream in;
  private Optional<IOException> failure = Optional.empty();

  FileUpload(WriteFileStart start, InputStream in) {
    this.start = start;
    this.in = in;
  }

  /** Until the end of {@code in}, or its failure, which ends the call. */
  FileEntry carry(ManagedChannel channel) {
    Call call = new Call();
    ClientCallStreamObserver<WriteFileRequest> out =
        (ClientCallStreamObserver<WriteFileRequest>)
            FileServiceGrpc.newStub(channel).writeFile(call);
    out.onNext(WriteFileRequest.newBuilder().setStart(start).build());
    try {
      byte[] piece = new byte[PIECE];
      // As it comes: whoever writes slowly would else seem to send nothing.
      for (int got = in.read(piece); got > 0 && call.awaitReady(out); got = in.read(piece)) {
        out.onNext(
            WriteFileRequest.newBuilder().setData(ByteString.copyFrom(piece, 0, got)).build());
      }
      if (!call.answer.isDone()) {
        out.onCompleted();
      }
      return call.answer.get().getEntry();
    } catch (IOException e) {
      failure = Optional.of(e);
      out.cancel("what was to be written cannot be read", e);
      return FileEntry.getDefaultInstance();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof StatusRuntimeException status
          ? status
          : Status.UNKNOWN.withCause(e).asRuntimeException();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      out.cancel("interrupted", e);
      throw Status.CANCELLED.withDescription("interrupted").asRuntimeException();
    }
  }

  void throwIfFailed() throws IOException {
    if (failure.isPresent()) {
      throw failure.get();
    }
  }

  private static final class Call
      implements ClientResponseObserver<WriteFileRequest, WriteFileResponse> {

    private final Semaphore news = new Semaphore(0);
    private final CompletableFuture<WriteFileResponse> answer = new CompletableFuture<>();

    /** False when the call is over. */
    boolean awaitReady(ClientCallStreamObserver<WriteFileRequest> out) throws InterruptedException {
      while (!out.isReady() && !answer.isDone()) {
        news.acquire();
      }
      return !answer.isDone();
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<WriteFileRequest> out) {
      out.setOnReadyHandler(news::release);
    }

    @Override
    public void onNext(WriteFileResponse response) {
      answer.complete(response);
    }

    @Override
    public void onError(Throwable error) {
      answer.completeExceptionally(error);
      news.release();
    }

    @Override
    public void onCompleted() {
      answer.completeExceptionally(
          Status.DATA_LOSS.withDescription("the daemon answered nothing").asRuntimeException());
      news.release();
    }
  }
}
