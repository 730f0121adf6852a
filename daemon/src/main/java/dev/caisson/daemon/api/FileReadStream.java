package dev.caisson.daemon.api;

import com.google.protobuf.UnsafeByteOperations;
import dev.caisson.daemon.channel.FileReading;
import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.DurationText;
import dev.caisson.daemon.model.WorkspacePath;
import dev.caisson.daemon.session.SessionFiles;
import dev.caisson.v1.ReadFileRequest;
import dev.caisson.v1.ReadFileResponse;
import io.grpc.stub.ServerCallStreamObserver;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * One ReadFile call: bytes go out as fast as the caller reads, and no more are taken from the
 * sandbox than that.
 *
 * <p>Threads: a virtual thread of its own carries; gRPC's callbacks only wake it up.
 */
final class FileReadStream {

  private final Supplier<SessionFiles> sessions;
  private final ReadFileRequest request;
  private final ServerCallStreamObserver<ReadFileResponse> call;
  private final Duration patience;
  private final Semaphore news = new Semaphore(0);
  private volatile Optional<FileReading> reading = Optional.empty();

  private FileReadStream(
      Supplier<SessionFiles> sessions,
      ReadFileRequest request,
      ServerCallStreamObserver<ReadFileResponse> call,
      Duration patience) {
    this.sessions = sessions;
    this.request = request;
    this.call = call;
    this.patience = patience;
  }

  /**
   * @param patience how long the caller may read nothing
   */
  static void open(
      Supplier<SessionFiles> sessions,
      ReadFileRequest request,
      ServerCallStreamObserver<ReadFileResponse> call,
      Duration patience) {
    FileReadStream stream = new FileReadStream(sessions, request, call, patience);
    call.setOnReadyHandler(stream.news::release);
    call.setOnCancelHandler(stream::callerGone);
    Thread.ofVirtual().name("file-read").start(stream::carry);
  }

  private void callerGone() {
    news.release();
    reading.ifPresent(file -> file.cancel(gone()));
  }

  private void carry() {
    try {
      try (SessionFiles files = sessions.get()) {
        read(files);
      }
      // Not before the use of the session has ended: the caller's next request counts it.
      call.onCompleted();
    } catch (SandboxException e) {
      if (!call.isCancelled()) {
        call.onError(GrpcErrors.of(e));
      }
    } catch (RuntimeException e) {
      // Else the caller would wait for ever.
      call.onError(GrpcErrors.of(new SandboxException(ErrorCode.INTERNAL, "the read failed", e)));
    }
  }

  private void read(SessionFiles files) {
    try (FileReading file = begin(files)) {
      reading = Optional.of(file);
      if (call.isCancelled()) {
        throw gone();
      }
      sendAll(file);
    } catch (SandboxException e) {
      throw files.translate(e);
    }
  }

  private FileReading begin(SessionFiles files) {
    long offset = request.getOffset();
    long length = request.hasLength() ? request.getLength() : Long.MAX_VALUE;
    if (offset < 0) {
      throw RunRequests.invalid("offset", "is more than 2^63 - 1", "send the place of a byte");
    }
    return files
        .files()
        .read(
            WorkspacePath.within(request.getPath()), offset, length < 0 ? Long.MAX_VALUE : length);
  }

  private void sendAll(FileReading file) {
    send(ReadFileResponse.newBuilder().setEntry(FileEndpoint.toProto(file.entry())));
    for (Optional<byte[]> next = file.next(); next.isPresent(); next = file.next()) {
      send(ReadFileResponse.newBuilder().setData(UnsafeByteOperations.unsafeWrap(next.get())));
    }
    send(ReadFileResponse.newBuilder().setEnd(FileEndpoint.toProto(file.end())));
  }

  /** Waits until the caller reads. */
  private void send(ReadFileResponse.Builder part) {
    try {
      while (!call.isReady()) {
        if (call.isCancelled()) {
          throw gone();
        }
        if (!news.tryAcquire(patience.toNanos(), TimeUnit.NANOSECONDS)) {
          throw new SandboxException(
              ErrorCode.TOO_SLOW,
              "nothing was read for %s; ask again for the rest, from the offset that you have"
                  .formatted(DurationText.of(patience)));
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SandboxException(ErrorCode.SHUTTING_DOWN, "the daemon is shutting down", e);
    }
    call.onNext(part.build());
  }

  private static SandboxException gone() {
    return new SandboxException(ErrorCode.FAILED_PRECONDITION, "the caller went away");
  }
}
