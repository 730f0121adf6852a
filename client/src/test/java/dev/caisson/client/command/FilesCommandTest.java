package dev.caisson.client.command;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import com.google.protobuf.Timestamp;
import dev.caisson.client.ScriptedDaemon;
import dev.caisson.v1.DeleteFileRequest;
import dev.caisson.v1.DeleteFileResponse;
import dev.caisson.v1.FileEntry;
import dev.caisson.v1.FileServiceGrpc;
import dev.caisson.v1.ListFilesRequest;
import dev.caisson.v1.ListFilesResponse;
import dev.caisson.v1.ListSessionsRequest;
import dev.caisson.v1.ListSessionsResponse;
import dev.caisson.v1.MakeDirectoryRequest;
import dev.caisson.v1.MakeDirectoryResponse;
import dev.caisson.v1.ReadFileRequest;
import dev.caisson.v1.ReadFileResponse;
import dev.caisson.v1.Session;
import dev.caisson.v1.SessionServiceGrpc;
import dev.caisson.v1.WriteFileRequest;
import dev.caisson.v1.WriteFileResponse;
import dev.caisson.v1.WriteFileStart;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

@Timeout(60)
class FilesCommandTest {

  private static final String HOSTILE = "a\u001b[2J\nb\\\u202e";

  @TempDir Path folder;

  private final ScriptedFiles service = new ScriptedFiles();
  private ScriptedDaemon daemon;
  private CommandRun command;

  @BeforeEach
  void start() throws Exception {
    daemon = new ScriptedDaemon(folder, service, new OneSession());
    command = new CommandRun(daemon.socket());
  }

  @AfterEach
  void end() {
    daemon.close();
  }

  @Test
  void filesAreListedAndNoNameMovesTheTerminal() {
    assertThat(command.execute("files", "list", "work", "data")).isZero();

    assertThat(command.out())
        .isEqualTo(
            """
            file                 5  2023-11-14T22:13:20Z  a\\u001b[2J\\u000ab\\\\\\u202e
            directory            0  2023-11-14T22:13:20Z  zoo
            """);
    assertThat(command.err())
        .contains(
            "1 further names are not UTF-8 and cannot be asked for; a program can rename them");
    assertThat(service.heard)
        .extracting(Object::toString)
        .containsExactly(
            "session_id: \"id-1\"\npath: \"data\"\n",
            "session_id: \"id-1\"\npath: \"data\"\npage_token: \"next\"\n");
  }

  @Test
  void aListAsJsonHasTheNamesAsTheyAre() {
    assertThat(command.execute("files", "list", "id-1", "data", "--output", "json")).isZero();

    var list = JsonMapper.shared().readTree(command.out());
    assertThat(list).hasSize(2);
    assertThat(list.get(0).get("path").stringValue()).isEqualTo("data/" + HOSTILE);
    assertThat(list.get(0).get("size").intValue()).isEqualTo(5);
  }

  @Test
  void aFileGoesToStandardOutputOrIntoAFile() throws IOException {
    assertThat(command.execute("files", "get", "work", "data/x")).isZero();
    assertThat(command.out()).isEqualTo("hello");

    Path target = folder.resolve("target");
    Files.writeString(target, "old");
    assertThat(command.execute("files", "get", "work", "data/x", target.toString())).isZero();
    assertThat(target).hasContent("hello");
    assertThat(left()).containsExactly("target");
  }

  @Test
  void aFileThatGoesIntoADirectoryKeepsItsNameAndReplacesNoDirectory() throws IOException {
    Path target = Files.createDirectory(folder.resolve("empty"));

    assertThat(command.execute("files", "get", "work", "data/x", target.toString())).isZero();

    assertThat(target.resolve("x")).hasContent("hello");
    assertThat(command.err()).isEmpty();
  }

  @Test
  void whatIsWrittenSlowlyGoesAsItComes() throws Exception {
    try (PipedOutputStream typing = new PipedOutputStream();
        PipedInputStream input = new PipedInputStream(typing);
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Integer> status =
          threads.submit(() -> command.withInput(input).execute("files", "put", "work", "-", "x"));
      typing.write("one".getBytes(UTF_8));
      typing.flush();
      await().until(() -> service.written.toString(UTF_8).equals("one"));
      typing.write("two".getBytes(UTF_8));
      typing.close();

      assertThat(status.get()).isZero();
      assertThat(service.written.toString(UTF_8)).isEqualTo("onetwo");
    }
  }

  @Test
  void aFileThatWasChangedMeanwhileIsToldAndOneThatFailsLeavesNothing() throws IOException {
    Path target = folder.resolve("target");

    assertThat(command.execute("files", "get", "work", "changed")).isEqualTo(1);
    assertThat(command.err()).contains("'changed' was changed while it was read; it has 7 bytes");
    assertThat(command.execute("files", "get", "work", "broken", target.toString())).isEqualTo(125);
    assertThat(command.err()).contains("no such luck");
    assertThat(command.execute("files", "get", "work", "cut", target.toString())).isEqualTo(125);
    assertThat(command.err()).contains("the file came without its end");
    assertThat(left()).isEmpty();
  }

  @Test
  void aFileIsWrittenFromAFileOrStandardInput() throws IOException {
    Path source = folder.resolve("source.bin");
    byte[] data = new byte[300_000];
    data[299_999] = 1;
    Files.write(source, data);

    assertThat(command.execute("files", "put", "work", source.toString())).isZero();
    assertThat(service.written.toByteArray()).isEqualTo(data);
    assertThat(written().getPath()).isEqualTo("source.bin");
    assertThat(written().getIfExists()).isEqualTo(WriteFileStart.IfExists.REPLACE);

    service.heard.clear();
    assertThat(
            command
                .withInput("typed")
                .execute("files", "put", "work", "-", "a/b", "--keep", "--parents"))
        .isZero();
    assertThat(service.written.toString(UTF_8)).isEqualTo("typed");
    assertThat(written().getPath()).isEqualTo("a/b");
    assertThat(written().getMakeParents()).isTrue();
    assertThat(written().getIfExists()).isEqualTo(WriteFileStart.IfExists.REFUSE);
  }

  @Test
  void whatCannotBeWrittenIsToldInTheDaemonsWords() {
    assertThat(command.withInput("x".repeat(1 << 20)).execute("files", "put", "work", "-", "full"))
        .isEqualTo(125);
    assertThat(command.err()).contains("caisson: the workspace is full");
    assertThat(command.execute("files", "put", "work", "-")).isEqualTo(2);
    assertThat(command.err()).contains("what comes from '-' has no name");
    assertThat(command.execute("files", "put", "work", "/none/such")).isEqualTo(125);
    assertThat(command.err()).contains("read or written: there is no '/none/such'");
  }

  @Test
  void namesAreDeletedAndDirectoriesMade() {
    assertThat(command.execute("files", "rm", "-r", "work", "a", "b")).isZero();
    assertThat(command.execute("files", "mkdir", "-p", "work", "c/d")).isZero();

    assertThat(service.heard)
        .extracting(Object::toString)
        .containsExactly(
            "session_id: \"id-1\"\npath: \"a\"\nrecursive: true\n",
            "session_id: \"id-1\"\npath: \"b\"\nrecursive: true\n",
            "session_id: \"id-1\"\npath: \"c/d\"\nmake_parents: true\n");
  }

  /** Else nobody could say one, since it would be an option. */
  @Test
  void aNameWithADashIsSaidAsAShellWould() {
    assertThat(command.execute("files", "rm", "work", "-rf")).isEqualTo(2);
    assertThat(command.execute("files", "rm", "work", "./-rf")).isZero();

    assertThat(service.heard)
        .extracting(Object::toString)
        .containsExactly("session_id: \"id-1\"\npath: \"-rf\"\n");
  }

  @Test
  void withoutACommandItSaysWhatItTakes() {
    assertThat(command.execute("files")).isEqualTo(2);
    assertThat(command.err()).contains("no command given");
  }

  private WriteFileStart written() {
    return ((WriteFileRequest) service.heard.getFirst()).getStart();
  }

  private List<String> left() throws IOException {
    try (var files = Files.list(folder)) {
      return files
          .map(file -> String.valueOf(file.getFileName()))
          .filter(name -> !name.startsWith("caisson.sock"))
          .toList();
    }
  }

  private static final class OneSession extends SessionServiceGrpc.SessionServiceImplBase {
    @Override
    public void listSessions(
        ListSessionsRequest request, StreamObserver<ListSessionsResponse> responses) {
      responses.onNext(
          ListSessionsResponse.newBuilder()
              .addSessions(Session.newBuilder().setSessionId("id-1").setName("work"))
              .build());
      responses.onCompleted();
    }
  }

  private static final class ScriptedFiles extends FileServiceGrpc.FileServiceImplBase {

    private final List<Message> heard = new CopyOnWriteArrayList<>();
    private final ByteArrayOutputStream written = new ByteArrayOutputStream();

    @Override
    public void listFiles(ListFilesRequest request, StreamObserver<ListFilesResponse> responses) {
      heard.add(request);
      boolean first = request.getPageToken().isEmpty();
      FileEntry.Builder entry =
          FileEntry.newBuilder()
              .setPath(request.getPath() + (first ? "/" + HOSTILE : "/zoo"))
              .setKind(first ? FileEntry.Kind.FILE : FileEntry.Kind.DIRECTORY)
              .setSize(first ? 5 : 0)
              .setModified(Timestamp.newBuilder().setSeconds(1_700_000_000));
      responses.onNext(
          ListFilesResponse.newBuilder()
              .addEntries(entry)
              .setNextPageToken(first ? "next" : "")
              .setUnlisted(1)
              .build());
      responses.onCompleted();
    }

    @Override
    public void readFile(ReadFileRequest request, StreamObserver<ReadFileResponse> responses) {
      responses.onNext(
          ReadFileResponse.newBuilder().setEntry(FileEntry.getDefaultInstance()).build());
      for (String piece : List.of("hel", "lo")) {
        responses.onNext(
            ReadFileResponse.newBuilder().setData(ByteString.copyFromUtf8(piece)).build());
      }
      switch (request.getPath()) {
        case "broken" ->
            responses.onError(
                Status.FAILED_PRECONDITION.withDescription("no such luck").asRuntimeException());
        case "cut" -> responses.onCompleted();
        default -> {
          responses.onNext(
              ReadFileResponse.newBuilder()
                  .setEnd(
                      ReadFileResponse.End.newBuilder()
                          .setBytesSent(5)
                          .setSize(7)
                          .setChanged(request.getPath().equals("changed")))
                  .build());
          responses.onCompleted();
        }
      }
    }

    @Override
    public StreamObserver<WriteFileRequest> writeFile(StreamObserver<WriteFileResponse> responses) {
      written.reset();
      return new StreamObserver<>() {
        @Override
        public void onNext(WriteFileRequest request) {
          heard.add(request);
          written.writeBytes(request.getData().toByteArray());
          if (request.getStart().getPath().equals("full")) {
            responses.onError(
                Status.RESOURCE_EXHAUSTED
                    .withDescription("the workspace is full")
                    .asRuntimeException());
          }
        }

        @Override
        public void onError(Throwable error) {}

        @Override
        public void onCompleted() {
          responses.onNext(WriteFileResponse.getDefaultInstance());
          responses.onCompleted();
        }
      };
    }

    @Override
    public void deleteFile(
        DeleteFileRequest request, StreamObserver<DeleteFileResponse> responses) {
      heard.add(request);
      responses.onNext(DeleteFileResponse.getDefaultInstance());
      responses.onCompleted();
    }

    @Override
    public void makeDirectory(
        MakeDirectoryRequest request, StreamObserver<MakeDirectoryResponse> responses) {
      heard.add(request);
      responses.onNext(MakeDirectoryResponse.getDefaultInstance());
      responses.onCompleted();
    }
  }
}
