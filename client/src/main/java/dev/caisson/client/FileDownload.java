package dev.caisson.client;

import dev.caisson.v1.FileServiceGrpc;
import dev.caisson.v1.ReadFileRequest;
import dev.caisson.v1.ReadFileResponse;
import io.grpc.Context;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Iterator;
import java.util.Optional;

/** One file on its way here. For one thread. */
final class FileDownload {

  private final ReadFileRequest request;
  private final OutputStream out;
  private Optional<IOException> failure = Optional.empty();

  FileDownload(ReadFileRequest request, OutputStream out) {
    this.request = request;
    this.out = out;
  }

  /** Until its end, or until {@code out} fails, which ends the call. */
  ReadFileResponse.End carry(ManagedChannel channel) {
    try (Context.CancellableContext context = Context.current().withCancellation()) {
      Context before = context.attach();
      try {
        Iterator<ReadFileResponse> parts =
            FileServiceGrpc.newBlockingStub(channel).readFile(request);
        while (parts.hasNext()) {
          ReadFileResponse part = parts.next();
          switch (part.getPartCase()) {
            case DATA -> part.getData().writeTo(out);
            case END -> {
              return part.getEnd();
            }
            case ENTRY, PART_NOT_SET -> {}
          }
        }
        throw Status.DATA_LOSS
            .withDescription("the file came without its end, so a part may be missing")
            .asRuntimeException();
      } catch (IOException e) {
        failure = Optional.of(e);
        return ReadFileResponse.End.getDefaultInstance();
      } finally {
        context.detach(before);
      }
    }
  }

  void throwIfFailed() throws IOException {
    if (failure.isPresent()) {
      throw failure.get();
    }
  }
}
