package dev.caisson.daemon.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.caisson.daemon.app.RunningDaemon;
import dev.caisson.v1.CreateSessionRequest;
import dev.caisson.v1.DeleteSessionRequest;
import dev.caisson.v1.FileEntry;
import dev.caisson.v1.ListFilesResponse;
import dev.caisson.v1.ListSessionsRequest;
import dev.caisson.v1.ReadFileRequest;
import dev.caisson.v1.ReadFileResponse;
import dev.caisson.v1.RunFinished.Outcome;
import dev.caisson.v1.WriteFileRequest;
import dev.caisson.v1.WriteFileStart;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files of sessions, with real sandboxes and programs that do what they can meanwhile. */
@Timeout(120)
class FilesTest {

  private static final Duration SOON = Duration.ofSeconds(30);

  @TempDir static Path folder;

  private static RunningDaemon daemon;
  private static RunClient client;

  @BeforeAll
  static void start() throws Exception {
    daemon =
        RunningDaemon.start(
            folder,
            1,
            Map.of(
                "small", "extends: default\nsandbox:\n  workspace: 2 MiB\n  file_size: 1 MiB\n",
                "sparse", "extends: default\nsandbox:\n  workspace: 2 MiB\n",
                "large",
                    "extends: default\nsandbox:\n  workspace: 1200 MiB\n  file_size: 1100 MiB\n"));
    client = new RunClient(daemon.socket());
  }

  @AfterAll
  static void end() {
    client.close();
    daemon.close();
  }

  @AfterEach
  void endSessions() {
    client
        .sessions()
        .listSessions(ListSessionsRequest.getDefaultInstance())
        .getSessionsList()
        .forEach(session ->
            client
                .sessions()
                .deleteSession(
                    DeleteSessionRequest.newBuilder()
                        .setSessionId(session.getSessionId())
                        .build()));
    await().atMost(SOON).until(client::full);
  }

  // ---- there and back ----

  @ParameterizedTest
  @ValueSource(
      strings = {
        "plain.txt",
        "a b",
        "-rf",
        "línea ☃ 漢字 🙂",
        "new\nline",
        "\u0001\u007f\t",
        "'\"`$(x)\\",
        ".hidden",
        "~",
        "*"
      })
  void anyNameComesBackAsItIsWithEveryByte(String name) {
    FileClient files = session("default");
    byte[] data = bytes(200_000);

    FileEntry written = files.write(name, data);

    assertThat(written.getPath()).isEqualTo(name);
    assertThat(written.getSize()).isEqualTo(data.length);
    assertThat(files.names("")).containsExactly(name);
    assertThat(files.read(name)).isEqualTo(data);
    assertThat(files.delete(name, false)).isEqualTo(1);
    assertThat(files.names("")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 65_527, 65_528, 1 << 20, (1 << 20) + 1})
  void anySizeComesBackAsItIs(int size) {
    FileClient files = session("default");
    byte[] data = bytes(size);

    files.write("file", data);

    FileClient.Came came = files.read(ReadFileRequest.newBuilder().setPath("file"));
    assertThat(came.data()).isEqualTo(data);
    assertThat(came.entry().getSize()).isEqualTo(size);
    assertThat(came.end().getBytesSent()).isEqualTo(size);
    assertThat(came.end().getChanged()).isFalse();
  }

  @Test
  void aProgramFindsWhatWasWrittenAndWhatItWritesIsFound() {
    String session = create("default");
    FileClient files = files(session);
    files.write(files.start("in/data.csv").setMakeParents(true), ascii("1,2\n3,4\n"));

    Transcript run =
        client.run(
            RunClient.program(
                    "text = open('in/data.csv').read(); open('out.txt', 'w').write(text * 2)")
                .setSession(session));

    assertThat(run.outcome()).as(run::toString).isEqualTo(Outcome.SUCCEEDED);
    assertThat(files.read("out.txt")).isEqualTo(ascii("1,2\n3,4\n1,2\n3,4\n"));
    assertThat(files.stat("in").getKind()).isEqualTo(FileEntry.Kind.DIRECTORY);
  }

  @Test
  void aPartOfAFileCanBeRead() {
    FileClient files = session("default");
    files.write("file", ascii("0123456789"));

    assertThat(part(files, 3, 4)).isEqualTo("3456");
    assertThat(part(files, 8, 100)).isEqualTo("89");
    assertThat(part(files, 100, 1)).isEmpty();
  }

  private static String part(FileClient files, long offset, long length) {
    return new String(
        files
            .read(ReadFileRequest.newBuilder().setPath("file").setOffset(offset).setLength(length))
            .data(),
        StandardCharsets.UTF_8);
  }

  @Test
  void aDirectoryComesInPages() {
    String session = create("default");
    run(session, "for n in range(2500): open(f'file-{n:04}', 'w').close()");
    FileClient files = files(session);

    List<String> names = new ArrayList<>();
    String token = "";
    do {
      String from = token;
      ListFilesResponse page = files.list("", list -> list.setPageSize(700).setPageToken(from));
      assertThat(page.getEntriesCount()).isBetween(1, 700);
      page.getEntriesList().forEach(entry -> names.add(entry.getPath()));
      token = page.getNextPageToken();
    } while (!token.isEmpty());

    assertThat(names).hasSize(2500).isSorted().doesNotHaveDuplicates();
    assertThat(files.delete("file-0001", false)).isEqualTo(1);
  }

  @Test
  void whatIsListedIsNamedForWhatItIs() {
    String session = create("default");
    run(
        session,
        """
        import os
        os.mkdir('folder'); os.mkfifo('pipe'); os.symlink('/etc/passwd', 'link')
        open('file', 'w').write('123'); os.link('file', 'again')
        open(b'\\xff', 'w').close()
        """);
    ListFilesResponse page = files(session).list("", list -> list);

    assertThat(page.getEntriesList())
        .extracting(entry -> entry.getPath() + " " + entry.getKind() + " " + entry.getLinks())
        .containsExactly(
            "again FILE 2", "file FILE 2", "folder DIRECTORY 2", "link LINK 1", "pipe OTHER 1");
    assertThat(page.getUnlisted()).isEqualTo(1);
  }

  @Test
  void directoriesAreMadeAndDeleted() {
    FileClient files = session("default");

    assertThat(files.makeDirectory("a", false)).isTrue();
    assertThat(files.makeDirectory("a", false)).isFalse();
    assertThat(files.makeDirectory("b/c/d", true)).isTrue();
    files.write("b/c/file", ascii("x"));
    assertThatThrownBy(() -> files.makeDirectory("x/y", false))
        .hasMessage(
            "NOT_FOUND: there is no 'x' in the workspace; list its directory to see what there is");
    assertThatThrownBy(() -> files.delete("b", false))
        .hasMessageContaining("FAILED_PRECONDITION: directory 'b' is not empty");
    assertThat(files.delete("b", true)).isEqualTo(4);
    assertThat(files.names("")).containsExactly("a");
  }

  /** A gigabyte: beyond every buffer on the way, under a policy that has the room. */
  @Test
  @Timeout(300)
  void aGigabyteGoesThereAndComesBack() {
    FileClient files = session("large");
    byte[] piece = bytes(1 << 20);
    FileClient.Upload upload = files.begin(files.start("large").setSize(1L << 30));
    for (int n = 0; n < 1024; n++) {
      upload.send(ByteString.copyFrom(piece));
    }
    assertThat(upload.finish().getSize()).isEqualTo(1L << 30);

    long at = 0;
    Iterator<ReadFileResponse> parts = files.open("large");
    while (parts.hasNext()) {
      ReadFileResponse next = parts.next();
      if (next.hasEnd()) {
        assertThat(next.getEnd().getChanged()).isFalse();
      }
      for (byte b : next.getData().toByteArray()) {
        if (b != piece[(int) (at++ & ((1 << 20) - 1))]) {
          throw new AssertionError("another byte at " + (at - 1));
        }
      }
    }
    assertThat(at).isEqualTo(1L << 30);
  }

  // ---- what cannot be ----

  static Stream<Arguments> wrongPaths() {
    return Stream.of(
        Arguments.of("", "path is empty; send the path of something in the workspace"),
        Arguments.of("../x", "path '../x' has the name '..'"),
        Arguments.of("a/../../x", "has the name '..'"),
        Arguments.of("./x", "has the name '.'"),
        Arguments.of("/etc/passwd", "path '/etc/passwd' is absolute"),
        Arguments.of("a//b", "has an empty name"),
        Arguments.of("a/", "has an empty name"),
        Arguments.of("a\0b", "path 'a\\u0000b' has a NUL"),
        Arguments.of("x".repeat(256), "has a name of more than 255 bytes"),
        Arguments.of("é".repeat(128), "has a name of more than 255 bytes"),
        Arguments.of("a/".repeat(64) + "a", "path has 65 names; at most 64 are allowed"),
        Arguments.of(("x".repeat(200) + "/").repeat(21) + "x", "path has 4,222 bytes"));
  }

  @ParameterizedTest
  @MethodSource("wrongPaths")
  void aPathThatLeadsElsewhereIsRefusedAndSaysWhy(String path, String why) {
    FileClient files = session("default");

    assertThatThrownBy(() -> files.write(path, ascii("x")))
        .hasMessageStartingWith("INVALID_ARGUMENT: ")
        .hasMessageContaining(why);
    assertThatThrownBy(() -> files.read(path)).hasMessageContaining(why);
    assertThatThrownBy(() -> files.delete(path, true)).hasMessageContaining(why);
    assertThatThrownBy(() -> files.makeDirectory(path, true)).hasMessageContaining(why);
    if (!path.isEmpty()) {
      assertThatThrownBy(() -> files.stat(path)).hasMessageContaining(why);
      assertThatThrownBy(() -> files.names(path)).hasMessageContaining(why);
    }
  }

  @Test
  void noLinkIsFollowed() {
    String session = create("default");
    run(
        session,
        "import os; os.symlink('/etc/passwd', 'file'); os.symlink('/etc', 'etc'); os.symlink('.', 'self')");
    FileClient files = files(session);

    assertThatThrownBy(() -> files.read("file"))
        .hasMessageContaining("FAILED_PRECONDITION: 'file' is a link, and links are not followed");
    assertThatThrownBy(() -> files.read("etc/passwd"))
        .hasMessageContaining("FAILED_PRECONDITION: 'etc' is a link");
    assertThatThrownBy(() -> files.names("self")).hasMessageContaining("'self' is a link");
    assertThatThrownBy(() -> files.write("etc/x", ascii("x")))
        .hasMessageContaining("'etc' is a link");
    assertThat(files.delete("etc", true)).isEqualTo(1);
    files.write("file", ascii("mine"));
    assertThat(files.read("file")).isEqualTo(ascii("mine"));
    assertThat(run(session, "print(open('/etc/passwd').read()[:4])").output()).isEqualTo("root\n");
  }

  @Test
  void whatIsNoFileIsNotRead() {
    String session = create("default");
    run(
        session,
        "import os, socket; os.mkfifo('pipe'); s = socket.socket(socket.AF_UNIX); s.bind('socket'); os.mkdir('dir')");
    FileClient files = files(session);

    for (String name : List.of("pipe", "socket")) {
      assertThatThrownBy(() -> files.read(name))
          .hasMessageContaining("'" + name + "' is neither a file nor a directory");
    }
    assertThatThrownBy(() -> files.read("dir")).hasMessageContaining("'dir' is a directory");
    assertThatThrownBy(() -> files.read("none"))
        .hasMessage(
            "NOT_FOUND: there is no 'none' in the workspace; list its directory to see what there is");
    assertThatThrownBy(() -> files.write("dir", ascii("x")))
        .hasMessageContaining("'dir' is a directory");
  }

  /** Whatever is swapped meanwhile: inside or an error, never the other file. */
  @Test
  void namesThatAreSwappedWhileTheyAreReadAndWrittenNeverLeadOutside() {
    String session = create("default");
    FileClient files = files(session);
    files.write(files.start("folder/file").setMakeParents(true), ascii("inside"));
    LiveRun swapping =
        client.start(
            RunClient.program(
                    """
                    import os
                    os.makedirs('/tmp/outside'); open('/tmp/outside/file', 'w').write('outside')
                    print('on', flush=True)
                    while True:
                        os.rename('folder', 'kept'); os.symlink('/tmp/outside', 'folder')
                        os.unlink('folder'); os.rename('kept', 'folder')
                        os.rename('folder/file', 'folder/kept'); os.symlink('/tmp/outside/file', 'folder/file')
                        os.unlink('folder/file'); os.rename('folder/kept', 'folder/file')
                    """)
                .setSession(session));
    swapping.awaitOutput("on\n");

    // Until both were met, what is inside and what was swapped: else nothing was tried.
    Swapped reads = new Swapped();
    Swapped writes = new Swapped();
    for (int n = 0; n < 100 || !(reads.metBoth() && writes.metBoth()); n++) {
      reads.count(() -> assertThat(files.read("folder/file")).isEqualTo(ascii("inside")));
      writes.count(() -> files.write("folder/new", ascii("new")));
    }

    swapping.interrupt();
    assertThat(swapping.transcript().outcome()).isEqualTo(Outcome.FAILED);
    assertThat(run(session, "import os; print(os.listdir('/tmp/outside'))").output())
        .isEqualTo("['file']\n");
  }

  /** How often a request found what is inside, and how often a name that was swapped. */
  private static final class Swapped {

    private int inside;
    private int refused;

    void count(Runnable request) {
      try {
        request.run();
        inside++;
      } catch (io.grpc.StatusRuntimeException e) {
        assertThat(e).hasMessageContaining("'folder");
        refused++;
      }
    }

    boolean metBoth() {
      return inside > 0 && refused > 0;
    }
  }

  @Test
  void aFileThatIsDeletedOrShrinksWhileItIsReadEndsHonestly() {
    String session = create("default");
    FileClient files = files(session);
    byte[] data = bytes(40 << 20);
    files.write("file", data);
    Iterator<ReadFileResponse> deleted = files.open("file");
    deleted.next();
    files.delete("file", false);
    assertThat(FileClient.whole(deleted).data()).isEqualTo(data);

    files.write("file", data);
    Iterator<ReadFileResponse> shrinking = files.open("file");
    shrinking.next();
    run(session, "import os; os.truncate('file', 0)");
    FileClient.Came came = FileClient.whole(shrinking);
    assertThat(came.end().getChanged()).isTrue();
    assertThat(came.end().getSize()).isZero();
    assertThat(came.end().getBytesSent()).isEqualTo(came.data().length).isLessThan(data.length);
  }

  // ---- limits ----

  @Test
  void aFullWorkspaceLeavesTheOldFileWholeAndNothingElse() {
    String session = create("small");
    FileClient files = files(session);
    files.write("file", ascii("old"));
    run(session, "open('filler', 'wb').write(bytes(1 << 20))");
    run(session, "open('filler2', 'wb').write(bytes(700_000))");

    for (String name : List.of("file", "other")) {
      assertThatThrownBy(() -> files.write(name, bytes(900_000)))
          .hasMessage(
              "RESOURCE_EXHAUSTED: the workspace is full (sandbox.workspace is 2 MiB), so '%s' cannot be written; delete files, or use a policy with a larger one"
                  .formatted(name));
    }
    assertThat(files.read("file")).isEqualTo(ascii("old"));
    assertThat(files.names("")).containsExactly("file", "filler", "filler2");
  }

  @Test
  void aFileIsNoLargerThanThePolicySays() {
    FileClient files = session("small");

    assertThatThrownBy(() -> files.write("file", bytes((1 << 20) + 1)))
        .hasMessageContaining(
            "RESOURCE_EXHAUSTED: 'file' is larger than a file may be (sandbox.file_size is 1 MiB)");
    String tooLarge =
        "RESOURCE_EXHAUSTED: 'file' is larger than the workspace (sandbox.workspace is 2 MiB)";
    assertThatThrownBy(() -> files.begin(files.start("file").setSize((2 << 20) + 1)).answer())
        .hasMessageContaining(tooLarge);
    assertThat(files.names("")).isEmpty();
  }

  @Test
  void aSparseFileThatTheWorkspaceCouldNotHoldIsReadInParts() {
    String session = create("sparse");
    run(session, "open('file', 'wb').truncate(60 << 20)");
    FileClient files = files(session);

    assertThatThrownBy(() -> files.read("file"))
        .hasMessage(
            "FAILED_PRECONDITION: 'file' is a sparse file with more than the workspace can hold (sandbox.workspace is 2 MiB); read a part of it");
    assertThat(
            files
                .read(ReadFileRequest.newBuilder().setPath("file").setOffset(50 << 20).setLength(9))
                .data())
        .isEqualTo(new byte[9]);
  }

  @Test
  void aStreamThatBringsAnotherNumberOfBytesThanItSaidWritesNothing() {
    FileClient files = session("default");

    assertThatThrownBy(() -> files.write(files.start("file").setSize(4), ascii("abc")))
        .hasMessage(
            "INVALID_ARGUMENT: size is 4 and 3 bytes came; send as many, or leave it unset");
    assertThat(files.names("")).isEmpty();
  }

  @Test
  void aStreamThatIsCancelledWritesNothing() {
    FileClient files = session("default");
    files.write("file", ascii("old"));
    FileClient.Upload upload = files.begin(files.start("file"));
    upload.send(ByteString.copyFromUtf8("new"));
    await().atMost(SOON).until(() -> files.names("").size() == 2);

    upload.out().cancel("enough", null);

    await().atMost(SOON).until(() -> files.names("").equals(List.of("file")));
    assertThat(files.read("file")).isEqualTo(ascii("old"));
  }

  @Test
  void messagesThatBreakTheRulesSayWhichOne() {
    FileClient files = session("default");
    FileClient.Upload empty = files.begin(files.start("file"));
    empty.send(ByteString.EMPTY);
    FileClient.Upload large = files.begin(files.start("file"));
    large.send(ByteString.copyFrom(new byte[(1 << 20) + 1]));
    FileClient.Upload twice = files.begin(files.start("file"));
    twice.out().onNext(WriteFileRequest.newBuilder().setStart(files.start("file")).build());

    assertThatThrownBy(empty::answer).hasMessageContaining("INVALID_ARGUMENT: data is empty");
    assertThatThrownBy(large::answer)
        .hasMessageContaining("INVALID_ARGUMENT: data has 1,048,577 bytes; at most 1 MiB");
    assertThatThrownBy(twice::answer).hasMessageContaining("INVALID_ARGUMENT: data is empty");
    assertThatThrownBy(() -> files.list("", list -> list.setPageSize(1001)))
        .hasMessageContaining("INVALID_ARGUMENT: page_size is 1001; allowed is 0 to 1,000");
    assertThatThrownBy(() -> files.list("", list -> list.setPageToken("a/b")))
        .hasMessageContaining("INVALID_ARGUMENT: page_token is none");
    assertThat(files.names("")).isEmpty();
  }

  @Test
  void aFileIsKeptFromBeingReplacedWhenAskedTo() {
    FileClient files = session("default");
    files.write("file", ascii("old"));

    assertThatThrownBy(() ->
            files.write(
                files.start("file").setIfExists(WriteFileStart.IfExists.REFUSE), ascii("new")))
        .hasMessageContaining("FAILED_PRECONDITION: 'file' exists already");
    assertThat(files.read("file")).isEqualTo(ascii("old"));
    assertThat(files.names("")).containsExactly("file");
  }

  @Test
  void oneReaderThatDoesNotReadHoldsUpNobodyAndThereAreNotTooMany() {
    String session = create("default");
    FileClient files = files(session);
    files.write("file", bytes(30 << 20));
    List<Iterator<ReadFileResponse>> slow =
        Stream.generate(() -> files.open("file")).limit(6).toList();
    slow.forEach(Iterator::next);

    assertThat(run(session, "print(6 * 7)").output()).isEqualTo("42\n");
    assertThatThrownBy(() -> files.names(""))
        .hasMessageContaining("RESOURCE_EXHAUSTED: 6 requests about files of session")
        .hasMessageContaining("as many as there may be; end one first");

    slow.forEach(parts -> assertThat(FileClient.whole(parts).data()).hasSize(30 << 20));
    assertThat(files.names("")).containsExactly("file");
  }

  @Test
  void filesOfASessionThatIsGoneOrOfNobodyAreNotFound() {
    assertThatThrownBy(() -> files("unknown").names(""))
        .hasMessageContaining("NOT_FOUND: there is no session 'unknown'");
    assertThatThrownBy(() -> files("unknown").read("x")).hasMessageContaining("NOT_FOUND");
    assertThatThrownBy(() -> files("unknown").write("x", ascii("x")))
        .hasMessageContaining("NOT_FOUND");
    assertThatThrownBy(() -> files("").names(""))
        .hasMessageContaining("INVALID_ARGUMENT: session_id is empty");
  }

  @Test
  void aSessionThatLosesItsSandboxMeanwhileSaysSo() {
    String session = create("default");
    FileClient files = files(session);
    FileClient.Upload upload = files.begin(files.start("file"));
    upload.send(ByteString.copyFromUtf8("new"));
    await().atMost(SOON).until(() -> files.names("").size() == 1);

    run(session, "import os, signal; os.kill(1, signal.SIGKILL); import time; time.sleep(9)");

    assertThatThrownBy(upload::answer)
        .hasMessageContaining("FAILED_PRECONDITION: session " + session + " has lost its sandbox");
    assertThatThrownBy(() -> files.names("")).hasMessageContaining("has lost its sandbox");
  }

  private static Transcript run(String session, String code) {
    return client.run(RunClient.program(code).setSession(session));
  }

  private static FileClient session(String policy) {
    return files(create(policy));
  }

  private static FileClient files(String session) {
    return new FileClient(client.channel(), session);
  }

  private static String create(String policy) {
    return client
        .sessions()
        .createSession(CreateSessionRequest.newBuilder().setPolicy(policy).build())
        .getSession()
        .getSessionId();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] bytes(int size) {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    return bytes;
  }
}
