package dev.caisson.daemon.api;

import dev.caisson.daemon.channel.AgentFiles.IfExists;
import dev.caisson.daemon.channel.FileWriting;
import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.DurationText;
import dev.caisson.daemon.model.FileEntry;
import dev.caisson.daemon.model.WorkspacePath;
import dev.caisson.daemon.session.SessionFiles;
import dev.caisson.v1.WriteFileRequest;
import dev.caisson.v1.WriteFileResponse;
import dev.caisson.v1.WriteFileStart;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * One WriteFile call: the next message is read when the sandbox has taken the one before.
 *
 * <p>Threads: a virtual thread of its own carries; gRPC's callbacks hand it the messages, one at a
 * time, and never wait.
 */
final class FileWriteStream implements StreamObserver<WriteFileRequest> {

  private static final int DATA = 1 << 20;

  /** What a callback tells the thread that carries. */
  private sealed interface Word {
    record Said(WriteFileRequest request) implements Word {}

    record Completed() implements Word {}

    record Gone() implements Word {}

    /** The sandbox has answered. */
    record Over() implements Word {}
  }

  private final Function<String, SessionFiles> sessions;
  private final ServerCallStreamObserver<WriteFileResponse> call;
  private final Duration patience;
  private final BlockingQueue<Word> words = new LinkedBlockingQueue<>();
  private volatile Optional<FileWriting> writing = Optional.empty();

  private FileWriteStream(
      Function<String, SessionFiles> sessions,
      ServerCallStreamObserver<WriteFileResponse> call,
      Duration patience) {
    this.sessions = sessions;
    this.call = call;
    this.patience = patience;
  }

  /**
   * @param patience how long the caller may send nothing
   */
  static FileWriteStream open(
      Function<String, SessionFiles> sessions,
      ServerCallStreamObserver<WriteFileResponse> call,
      Duration patience) {
    FileWriteStream stream = new FileWriteStream(sessions, call, patience);
    call.disableAutoRequest();
    call.setOnCancelHandler(stream::callerGone);
    Thread.ofVirtual().name("file-write").start(stream::carry);
    return stream;
  }

  // ---- gRPC's callbacks ----

  @Override
  public void onNext(WriteFileRequest request) {
    words.add(new Word.Said(request));
  }

  @Override
  public void onError(Throwable error) {
    callerGone();
  }

  @Override
  public void onCompleted() {
    words.add(new Word.Completed());
  }

  private void callerGone() {
    words.add(new Word.Gone());
    writing.ifPresent(file -> file.cancel(gone()));
  }

  // ---- the thread that carries ----

  private void carry() {
    try {
      WriteFileStart start = start();
      FileEntry written;
      try (SessionFiles files = sessions.apply(start.getSessionId())) {
        written = write(files, start);
      }
      // Not before the use of the session has ended: the caller's next request counts it.
      call.onNext(WriteFileResponse.newBuilder().setEntry(FileEndpoint.toProto(written)).build());
      call.onCompleted();
    } catch (SandboxException e) {
      if (!call.isCancelled()) {
        call.onError(GrpcErrors.of(e));
      }
    } catch (RuntimeException e) {
      // Else the caller would wait for ever.
      call.onError(GrpcErrors.of(new SandboxException(ErrorCode.INTERNAL, "the write failed", e)));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      call.onError(
          GrpcErrors.of(
              new SandboxException(ErrorCode.SHUTTING_DOWN, "the daemon is shutting down", e)));
    }
  }

  private WriteFileStart start() throws InterruptedException {
    if (next() instanceof Word.Said(WriteFileRequest first) && first.hasStart()) {
      return first.getStart();
    }
    throw new SandboxException(
        ErrorCode.INVALID_REQUEST, "the first message of a WriteFile stream must be `start`");
  }

  private FileEntry write(SessionFiles files, WriteFileStart start) throws InterruptedException {
    WorkspacePath path = WorkspacePath.within(start.getPath());
    IfExists ifExists = ifExists(start);
    try (FileWriting file =
        files.files().write(path, ifExists, FileEndpoint.parents(start.getMakeParents()))) {
      writing = Optional.of(file);
      file.whenOver(() -> words.add(new Word.Over()));
      if (start.hasSize()) {
        file.requireRoom(start.getSize() < 0 ? Long.MAX_VALUE : start.getSize());
      }
      Word word = next();
      while (word instanceof Word.Said(WriteFileRequest request)) {
        file.write(data(request));
        word = next();
      }
      if (start.hasSize() && start.getSize() != file.written()) {
        throw RunRequests.invalid(
            "size",
            "is %,d and %,d bytes came".formatted(start.getSize(), file.written()),
            "send as many, or leave it unset");
      }
      return file.finish();
    } catch (SandboxException e) {
      throw files.translate(e);
    }
  }

  private static byte[] data(WriteFileRequest request) {
    if (!request.hasData() || request.getData().isEmpty()) {
      throw RunRequests.invalid("data", "is empty", "after `start` send 1 byte to 1 MiB at a time");
    }
    if (request.getData().size() > DATA) {
      throw RunRequests.invalid(
          "data",
          "has %,d bytes".formatted(request.getData().size()),
          "at most 1 MiB is allowed in one message; send several");
    }
    return request.getData().toByteArray();
  }

  private static IfExists ifExists(WriteFileStart start) {
    return switch (start.getIfExists()) {
      case IF_EXISTS_UNSPECIFIED, REPLACE -> IfExists.REPLACE;
      case REFUSE -> IfExists.REFUSE;
      case UNRECOGNIZED ->
          throw RunRequests.invalid("if_exists", "is not a known value", "set REPLACE or REFUSE");
    };
  }

  /** Asks for the next message and waits for it. */
  private Word next() throws InterruptedException {
    call.request(1);
    Word word = words.poll(patience.toNanos(), TimeUnit.NANOSECONDS);
    return switch (word) {
      case null ->
          throw new SandboxException(
              ErrorCode.TOO_SLOW,
              "nothing came for %s; nothing was written, so send it anew and without a pause"
                  .formatted(DurationText.of(patience)));
      case Word.Gone() -> throw gone();
      case Word.Over() -> throw writing.orElseThrow().failure();
      case Word.Said said -> said;
      case Word.Completed completed -> completed;
    };
  }

  private static SandboxException gone() {
    return new SandboxException(
        ErrorCode.FAILED_PRECONDITION, "the caller went away; nothing was written");
  }
}
