package dev.caisson.daemon.api;

import com.google.protobuf.Timestamp;
import dev.caisson.daemon.channel.AgentFiles;
import dev.caisson.daemon.channel.AgentFiles.Depth;
import dev.caisson.daemon.channel.AgentFiles.Parents;
import dev.caisson.daemon.channel.FileEnd;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.WorkspacePath;
import dev.caisson.daemon.session.SessionFiles;
import dev.caisson.daemon.session.SessionRegistry;
import dev.caisson.v1.DeleteFileRequest;
import dev.caisson.v1.DeleteFileResponse;
import dev.caisson.v1.FileEntry;
import dev.caisson.v1.FileServiceGrpc;
import dev.caisson.v1.ListFilesRequest;
import dev.caisson.v1.ListFilesResponse;
import dev.caisson.v1.MakeDirectoryRequest;
import dev.caisson.v1.MakeDirectoryResponse;
import dev.caisson.v1.ReadFileRequest;
import dev.caisson.v1.ReadFileResponse;
import dev.caisson.v1.StatFileRequest;
import dev.caisson.v1.StatFileResponse;
import dev.caisson.v1.WriteFileRequest;
import dev.caisson.v1.WriteFileResponse;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.function.Function;

/** FileService: the files of the caller's sessions. */
public final class FileEndpoint extends FileServiceGrpc.FileServiceImplBase {

  private static final Duration CALLER_PATIENCE = Duration.ofMinutes(1);

  private final SessionRegistry sessions;
  private final Duration callerPatience;

  public FileEndpoint(SessionRegistry sessions) {
    this(sessions, CALLER_PATIENCE);
  }

  /**
   * @param callerPatience how long the caller of a stream may send or read nothing
   */
  FileEndpoint(SessionRegistry sessions, Duration callerPatience) {
    this.sessions = sessions;
    this.callerPatience = callerPatience;
  }

  @Override
  public void listFiles(ListFilesRequest request, StreamObserver<ListFilesResponse> responses) {
    answer(
        responses,
        request.getSessionId(),
        files -> {
          String after = request.getPageToken();
          if (!after.isEmpty() && !WorkspacePath.isName(after)) {
            throw RunRequests.invalid(
                "page_token", "is none", "send next_page_token of the page before as it was");
          }
          var page = files.list(new WorkspacePath(request.getPath()), after, pageSize(request));
          ListFilesResponse.Builder response =
              ListFilesResponse.newBuilder().setUnlisted(page.unlisted());
          page.entries().forEach(entry -> response.addEntries(toProto(entry)));
          if (page.more()) {
            response.setNextPageToken(page.entries().getLast().name());
          }
          return response.build();
        });
  }

  private static int pageSize(ListFilesRequest request) {
    int size = request.getPageSize();
    if (size < 0 || size > AgentFiles.PAGE) {
      throw RunRequests.invalid(
          "page_size", "is " + Integer.toUnsignedString(size), "allowed is 0 to 1,000");
    }
    return size == 0 ? AgentFiles.PAGE : size;
  }

  @Override
  public void statFile(StatFileRequest request, StreamObserver<StatFileResponse> responses) {
    answer(
        responses,
        request.getSessionId(),
        files ->
            StatFileResponse.newBuilder()
                .setEntry(toProto(files.stat(new WorkspacePath(request.getPath()))))
                .build());
  }

  @Override
  public void readFile(ReadFileRequest request, StreamObserver<ReadFileResponse> responses) {
    FileReadStream.open(
        () -> open(request.getSessionId()),
        request,
        (ServerCallStreamObserver<ReadFileResponse>) responses,
        callerPatience);
  }

  @Override
  public StreamObserver<WriteFileRequest> writeFile(StreamObserver<WriteFileResponse> responses) {
    return FileWriteStream.open(
        this::open, (ServerCallStreamObserver<WriteFileResponse>) responses, callerPatience);
  }

  @Override
  public void deleteFile(DeleteFileRequest request, StreamObserver<DeleteFileResponse> responses) {
    answer(
        responses,
        request.getSessionId(),
        files ->
            DeleteFileResponse.newBuilder()
                .setRemoved(
                    files.delete(
                        WorkspacePath.within(request.getPath()),
                        request.getRecursive() ? Depth.ALL_WITHIN : Depth.ALONE))
                .build());
  }

  @Override
  public void makeDirectory(
      MakeDirectoryRequest request, StreamObserver<MakeDirectoryResponse> responses) {
    answer(
        responses,
        request.getSessionId(),
        files ->
            MakeDirectoryResponse.newBuilder()
                .setCreated(
                    files.makeDirectory(
                        WorkspacePath.within(request.getPath()), parents(request.getMakeParents())))
                .build());
  }

  static Parents parents(boolean make) {
    return make ? Parents.MAKE : Parents.REQUIRE;
  }

  static FileEntry toProto(dev.caisson.daemon.model.FileEntry entry) {
    return FileEntry.newBuilder()
        .setPath(entry.path())
        .setKind(
            switch (entry.kind()) {
              case FILE -> FileEntry.Kind.FILE;
              case DIRECTORY -> FileEntry.Kind.DIRECTORY;
              case LINK -> FileEntry.Kind.LINK;
              case OTHER -> FileEntry.Kind.OTHER;
            })
        .setSize(entry.size())
        .setModified(
            Timestamp.newBuilder()
                .setSeconds(entry.modified().getEpochSecond())
                .setNanos(entry.modified().getNano()))
        .setMode(entry.mode())
        .setLinks(entry.links())
        .build();
  }

  static ReadFileResponse.End toProto(FileEnd end) {
    return ReadFileResponse.End.newBuilder()
        .setBytesSent(end.bytes())
        .setSize(end.size())
        .setChanged(end.changed())
        .build();
  }

  private SessionFiles open(String session) {
    return sessions.files(SessionEndpoint.caller(), SessionEndpoint.id(session));
  }

  /** Runs on the call's own virtual thread, so it may wait. */
  private <T> void answer(
      StreamObserver<T> responses, String session, Function<AgentFiles, T> question) {
    ToolEndpoint.answer(
        responses,
        () -> {
          try (SessionFiles files = open(session)) {
            try {
              return question.apply(files.files());
            } catch (SandboxException e) {
              throw files.translate(e);
            }
          }
        });
  }
}
