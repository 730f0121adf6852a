package dev.caisson.daemon.acceptance;

import com.google.protobuf.ByteString;
import dev.caisson.v1.DeleteFileRequest;
import dev.caisson.v1.FileEntry;
import dev.caisson.v1.FileServiceGrpc;
import dev.caisson.v1.FileServiceGrpc.FileServiceBlockingStub;
import dev.caisson.v1.ListFilesRequest;
import dev.caisson.v1.ListFilesResponse;
import dev.caisson.v1.MakeDirectoryRequest;
import dev.caisson.v1.ReadFileRequest;
import dev.caisson.v1.ReadFileResponse;
import dev.caisson.v1.StatFileRequest;
import dev.caisson.v1.WriteFileRequest;
import dev.caisson.v1.WriteFileResponse;
import dev.caisson.v1.WriteFileStart;
import io.grpc.ManagedChannel;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.io.ByteArrayOutputStream;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Semaphore;
import java.util.function.UnaryOperator;

/** The files of one session through a daemon's socket. */
final class FileClient {

  private final ManagedChannel channel;
  private final String session;

  FileClient(ManagedChannel channel, String session) {
    this.channel = channel;
    this.session = session;
  }

  FileServiceBlockingStub service() {
    return FileServiceGrpc.newBlockingStub(channel);
  }

  ListFilesResponse list(String path, UnaryOperator<ListFilesRequest.Builder> more) {
    return service()
        .listFiles(
            more.apply(ListFilesRequest.newBuilder().setSessionId(session).setPath(path)).build());
  }

  List<String> names(String path) {
    return list(path, UnaryOperator.identity()).getEntriesList().stream()
        .map(FileEntry::getPath)
        .toList();
  }

  FileEntry stat(String path) {
    return service()
        .statFile(StatFileRequest.newBuilder().setSessionId(session).setPath(path).build())
        .getEntry();
  }

  long delete(String path, boolean recursive) {
    return service()
        .deleteFile(
            DeleteFileRequest.newBuilder()
                .setSessionId(session)
                .setPath(path)
                .setRecursive(recursive)
                .build())
        .getRemoved();
  }

  boolean makeDirectory(String path, boolean parents) {
    return service()
        .makeDirectory(
            MakeDirectoryRequest.newBuilder()
                .setSessionId(session)
                .setPath(path)
                .setMakeParents(parents)
                .build())
        .getCreated();
  }

  /** A file that came, with what was said of it. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Came(FileEntry entry, byte[] data, ReadFileResponse.End end) {}

  Iterator<ReadFileResponse> open(String path) {
    return service()
        .readFile(ReadFileRequest.newBuilder().setSessionId(session).setPath(path).build());
  }

  byte[] read(String path) {
    return whole(open(path)).data();
  }

  Came read(ReadFileRequest.Builder request) {
    return whole(service().readFile(request.setSessionId(session).build()));
  }

  static Came whole(Iterator<ReadFileResponse> parts) {
    FileEntry entry = FileEntry.getDefaultInstance();
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    while (parts.hasNext()) {
      ReadFileResponse part = parts.next();
      switch (part.getPartCase()) {
        case ENTRY -> entry = part.getEntry();
        case DATA -> data.writeBytes(part.getData().toByteArray());
        case END -> {
          return new Came(entry, data.toByteArray(), part.getEnd());
        }
        case PART_NOT_SET -> throw new AssertionError("a part of nothing");
      }
    }
    throw new AssertionError("no end");
  }

  FileEntry write(String path, byte[] data) {
    return write(start(path), data);
  }

  WriteFileStart.Builder start(String path) {
    return WriteFileStart.newBuilder().setSessionId(session).setPath(path);
  }

  FileEntry write(WriteFileStart.Builder start, byte[] data) {
    Upload upload = begin(start);
    for (int from = 0; from < data.length; from += 1 << 20) {
      upload.send(ByteString.copyFrom(data, from, Math.min(1 << 20, data.length - from)));
    }
    return upload.finish();
  }

  Upload begin(WriteFileStart.Builder start) {
    Upload upload = new Upload();
    var unused = FileServiceGrpc.newStub(channel).writeFile(upload);
    upload.out().onNext(WriteFileRequest.newBuilder().setStart(start).build());
    return upload;
  }

  /** A WriteFile call. */
  static final class Upload implements ClientResponseObserver<WriteFileRequest, WriteFileResponse> {

    private final CompletableFuture<ClientCallStreamObserver<WriteFileRequest>> out =
        new CompletableFuture<>();
    private final CompletableFuture<WriteFileResponse> answer = new CompletableFuture<>();
    private final Semaphore news = new Semaphore(0);

    ClientCallStreamObserver<WriteFileRequest> out() {
      return out.join();
    }

    /** Sends when there is room; a call that is over takes all without a word. */
    void send(ByteString data) {
      while (!out().isReady() && !answer.isDone()) {
        news.acquireUninterruptibly();
      }
      if (!answer.isDone()) {
        out().onNext(WriteFileRequest.newBuilder().setData(data).build());
      }
    }

    FileEntry finish() {
      if (!answer.isDone()) {
        out().onCompleted();
      }
      return answer();
    }

    FileEntry answer() {
      try {
        return answer.join().getEntry();
      } catch (CompletionException e) {
        if (e.getCause() instanceof RuntimeException cause) {
          throw cause;
        }
        throw e;
      }
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<WriteFileRequest> stream) {
      stream.setOnReadyHandler(news::release);
      out.complete(stream);
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
      answer.completeExceptionally(new AssertionError("no answer"));
      news.release();
    }
  }
}
