package dev.caisson.daemon.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.caisson.daemon.channel.AgentFiles.IfExists;
import dev.caisson.daemon.channel.AgentFiles.Parents;
import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.ByteSize;
import dev.caisson.daemon.model.Deadline;
import dev.caisson.daemon.model.FileEntry;
import dev.caisson.daemon.model.FilePage;
import dev.caisson.daemon.model.SandboxLimits;
import dev.caisson.daemon.model.WorkspacePath;
import dev.caisson.daemon.policy.PolicyStore;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What an agent says of files: believed in form only, and what it may not say ends its sandbox. */
@Timeout(60)
class AgentFilesTest {

  private static final Deadline SOON = Deadline.after(Duration.ofSeconds(20));
  private static final WorkspacePath PATH = new WorkspacePath("a/file");
  private static final String ENTRY =
      "{\"name\":\"file\",\"kind\":\"file\",\"size\":%d,\"modified\":1,\"mode\":420,\"links\":1}";

  private final ScriptedAgent agent = ScriptedAgent.ready();
  private final AgentChannel channel = AgentChannel.greet(agent, SOON);
  private final AgentFiles files =
      channel.files(PolicyStore.shipped().find("default").shape().limits());
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  @AfterEach
  void close() {
    channel.close();
    threads.shutdownNow();
  }

  // ---- what is right ----

  @Test
  void aFileComesInPiecesForWhichCreditIsGiven() throws Exception {
    FileReading reading = files.read(PATH, 0, 1 << 20);
    agent.awaits(FrameKind.FILE_READ);
    found(1, 100_000);
    agent.says(FrameKind.FILE_DATA, 1, new byte[60_000]);
    agent.says(FrameKind.FILE_DATA, 1, new byte[40_000]);
    agent.says(FrameKind.FILE_DONE, 1, "{\"bytes\":100000,\"size\":7,\"changed\":true}");

    assertThat(reading.entry().size()).isEqualTo(100_000);
    assertThat(reading.next()).hasValueSatisfying(data -> assertThat(data).hasSize(60_000));
    assertThat(reading.next()).hasValueSatisfying(data -> assertThat(data).hasSize(40_000));
    assertThat(reading.next()).isEmpty();
    assertThat(reading.end()).isEqualTo(new FileEnd(100_000, 7, true));
    assertThat(ByteBuffer.wrap(agent.awaits(FrameKind.FILE_CREDIT).payload()).getInt())
        .isEqualTo(100_000);
  }

  @Test
  void aWriterWaitsForCredit() throws Exception {
    FileWriting writing = files.write(PATH, IfExists.REPLACE, Parents.REQUIRE);
    Future<?> written = threads.submit(() -> writing.write(new byte[FileRequest.WINDOW + 1]));
    int sent = 0;
    while (sent < FileRequest.WINDOW - 65_527) {
      sent += agent.awaits(FrameKind.FILE_PUT).payload().length;
    }
    assertThat(sent).isLessThanOrEqualTo(FileRequest.WINDOW);
    assertThat(written.isDone()).isFalse();

    agent.says(FrameKind.FILE_AGENT_CREDIT, 1, ByteBuffer.allocate(4).putInt(sent).array());

    written.get();
    Future<?> finished = threads.submit(writing::finish);
    agent.awaits(FrameKind.FILE_PUT_END);
    agent.says(FrameKind.FILE_DONE, 1, "{\"entry\":%s}".formatted(ENTRY.formatted(262_145)));
    finished.get();
  }

  @Test
  void aReaderThatIsNotReadHoldsUpNoOtherRequest() throws Exception {
    FileReading slow = files.read(PATH, 0, 1 << 20);
    found(1, 1 << 20);
    for (int n = 0; n < 4; n++) {
      agent.says(FrameKind.FILE_DATA, 1, new byte[65_527]);
    }
    Future<Boolean> other = threads.submit(() -> files.makeDirectory(PATH, Parents.MAKE));
    agent.awaits(FrameKind.FILE_MKDIR);
    agent.says(FrameKind.FILE_DONE, 2, "{\"created\":true}");

    assertThat(other.get()).isTrue();
    assertThat(slow.next()).isPresent();
    assertThat(channel.alive()).isTrue();
  }

  @Test
  void whatIsCancelledIsOverHereAtOnceAndInTheSandboxWhenItSaysSo() throws Exception {
    FileReading reading = files.read(PATH, 0, 1 << 20);
    found(1, 100);
    reading.entry();

    reading.close();

    assertThatThrownBy(reading::next).hasMessage("the file was closed");
    agent.awaits(FrameKind.FILE_CANCEL);
    agent.says(FrameKind.FILE_DATA, 1, new byte[100]);
    agent.says(FrameKind.FILE_ERROR, 1, "{\"reason\":\"cancelled\"}");
    agent.says(FrameKind.FILE_DATA, 1, new byte[1]);
    await().until(() -> !channel.alive());
  }

  @Test
  void whatIsTooDeepToBeAskedForIsListedWithItsPath() throws Exception {
    WorkspacePath deepest = new WorkspacePath("d/".repeat(63) + "d");
    Future<FilePage> asked = threads.submit(() -> files.list(deepest, "", 3));
    agent.awaits(FrameKind.FILE_LIST);
    agent.says(
        FrameKind.FILE_DONE,
        1,
        "{\"entries\":[%s],\"more\":false,\"unlisted\":0}".formatted(ENTRY.formatted(1)));

    FileEntry entry = asked.get().entries().getFirst();
    assertThat(entry.path()).isEqualTo(deepest.text() + "/file");
    assertThat(entry.name()).isEqualTo("file");
    assertThat(entry.place()).isEmpty();
  }

  // ---- a sandbox that does nothing ----

  /** None of these limits is reached by itself in a test. */
  private static final Duration NEVER = Duration.ofDays(1);

  private static final Duration SHORT = Duration.ofSeconds(1);

  private AgentFiles filesOf(ScriptedAgent other, ChannelPatience patience) {
    return AgentChannel.greet(other, Optional.empty(), SOON, patience)
        .files(PolicyStore.shipped().find("default").shape().limits());
  }

  @Test
  void aSandboxThatTakesNothingInIsEndedAndWhoeverWritesHearsWhy() {
    ScriptedAgent other = ScriptedAgent.ready();
    AgentFiles its = filesOf(other, new ChannelPatience(SHORT, NEVER, NEVER));
    FileWriting writing = its.write(PATH, IfExists.REPLACE, Parents.REQUIRE);
    other.stops();

    assertThatThrownBy(
            () -> {
              writing.write(new byte[1]);
              writing.finish();
            })
        .hasMessage(
            "the sandbox took in nothing for 1s, so it was ended; a program can do that by stopping the process above it")
        .extracting(e -> ((SandboxException) e).code())
        .isEqualTo(ErrorCode.CHANNEL_CLOSED);
    assertThat(other.closed()).isTrue();
    assertThatThrownBy(() -> its.stat(PATH)).hasMessageContaining("took in nothing");
  }

  @Test
  void whoeverCancelsDoesNotWaitForASandboxThatTakesNothingIn() {
    ScriptedAgent other = ScriptedAgent.ready();
    AgentFiles its = filesOf(other, new ChannelPatience(NEVER, NEVER, NEVER));
    FileReading reading = its.read(PATH, 0, 1 << 20);
    other.stops();

    reading.close();

    assertThatThrownBy(reading::next).hasMessage("the file was closed");
    other.close();
  }

  @Test
  void whoeverReadsGetsWhatHasArrivedFromASandboxThatTakesNothingIn() {
    ScriptedAgent other = ScriptedAgent.ready();
    AgentFiles its = filesOf(other, new ChannelPatience(NEVER, NEVER, NEVER));
    FileReading reading = its.read(PATH, 0, 1 << 20);
    other.stops();
    other.says(
        FrameKind.FILE_FOUND, 1, "{\"entry\":%s}".formatted(ENTRY.formatted(FileRequest.WINDOW)));
    for (int n = 0; n < 4; n++) {
      other.says(FrameKind.FILE_DATA, 1, new byte[60_000]);
    }

    for (int n = 0; n < 4; n++) {
      assertThat(reading.next()).hasValueSatisfying(data -> assertThat(data).hasSize(60_000));
    }
    other.close();
  }

  @Test
  void aRequestInWhichTheSandboxMakesNoStepIsGivenUp() throws Exception {
    ScriptedAgent other = ScriptedAgent.ready();
    AgentFiles its = filesOf(other, new ChannelPatience(NEVER, SHORT, NEVER));

    assertThatThrownBy(() -> its.stat(PATH))
        .hasMessage(
            "the sandbox made no step in a request about 'a/file' for 1s; try again, or reset the session")
        .extracting(e -> ((SandboxException) e).code())
        .isEqualTo(ErrorCode.TOO_SLOW);
    assertThat(other.awaits(FrameKind.FILE_CANCEL).stream()).isEqualTo(1);
    other.close();
  }

  @Test
  void aTaskIsOverAtItsDeadlineThoughEachStepComesInTime() throws Exception {
    FileTask task = new FileTask(Deadline.after(SHORT), "the task took too long");
    AgentFiles during = files.during(task);

    assertThatThrownBy(
            () -> {
              while (true) {
                FileReading reading = during.read(PATH, 0, 1);
                agent.says(
                    FrameKind.FILE_ERROR,
                    agent.awaits(FrameKind.FILE_READ).stream(),
                    "{\"reason\":\"not_found\"}");
                assertThatThrownBy(reading::entry).hasMessageNotContaining("no step");
              }
            })
        .hasMessage("the task took too long");
    assertThatThrownBy(() -> during.stat(PATH)).hasMessage("the task took too long");
    assertThat(channel.alive()).isTrue();
  }

  @Test
  void aTaskThatIsCancelledEndsItsRequestAndMakesNoOther() throws Exception {
    FileTask task = new FileTask(Deadline.after(NEVER), "late");
    AgentFiles during = files.during(task);
    Future<?> asked = threads.submit(() -> during.stat(PATH));
    agent.awaits(FrameKind.FILE_STAT);

    task.cancel(new SandboxException(ErrorCode.FAILED_PRECONDITION, "enough"));
    task.cancel(new SandboxException(ErrorCode.FAILED_PRECONDITION, "more than enough"));

    assertThatThrownBy(asked::get).rootCause().hasMessage("enough");
    agent.awaits(FrameKind.FILE_CANCEL);
    assertThatThrownBy(() -> during.stat(PATH)).hasMessage("enough");
    assertThat(agent.heard(FrameKind.FILE_STAT)).isFalse();
  }

  @Test
  void noMoreRequestsAreOpenThanAnAgentTakes() throws Exception {
    ScriptedAgent other = ScriptedAgent.ready();
    AgentFiles impatient = filesOf(other, new ChannelPatience(NEVER, NEVER, SHORT));
    List<FileReading> open = new ArrayList<>();
    for (int n = 0; n < FileRequests.AT_ONCE; n++) {
      var unused = impatient.read(PATH, 0, 1);
      open.add(files.read(PATH, 0, 1));
    }
    assertThatThrownBy(() -> impatient.read(PATH, 0, 1))
        .hasMessage("8 requests about files of this sandbox are open; end one first")
        .extracting(e -> ((SandboxException) e).code())
        .isEqualTo(ErrorCode.OUT_OF_ROOM);
    other.close();

    Future<FileReading> waits = threads.submit(() -> files.read(PATH, 0, 1));
    agent.says(FrameKind.FILE_ERROR, 1, "{\"reason\":\"not_found\"}");
    assertThat(waits.get()).isNotNull();
    assertThatThrownBy(open.getFirst()::entry)
        .hasMessage(
            "there is no 'a/file' in the workspace; list its directory to see what there is");
  }

  @Test
  void theEndOfTheChannelIsTheEndOfEveryRequest() {
    FileReading reading = files.read(PATH, 0, 1);

    agent.dies();

    assertThatThrownBy(reading::entry).hasMessage("the sandbox closed its streams");
    assertThatThrownBy(() -> files.stat(PATH)).hasMessage("the sandbox closed its streams");
  }

  static Stream<Arguments> failures() {
    return Stream.of(
        Arguments.of("{\"reason\":\"link\",\"component\":0}", "'a' is a link"),
        Arguments.of("{\"reason\":\"special\"}", "'a/file' is neither a file nor"),
        Arguments.of("{\"reason\":\"no_space\"}", "(sandbox.workspace is 64 MiB)"),
        Arguments.of("{\"reason\":\"too_large\"}", "(sandbox.file_size is 64 MiB)"),
        Arguments.of("{\"reason\":\"busy\"}", "(sandbox.open_files is 256)"),
        Arguments.of("{\"reason\":\"failed\",\"errno\":5}", "errno 5"),
        Arguments.of("{\"reason\":\"changed\"}", "put something else in the place of 'a/file'"));
  }

  @ParameterizedTest
  @MethodSource("failures")
  void aFailureIsToldInWordsOfOurs(String failure, String told) throws Exception {
    Future<?> asked = threads.submit(() -> files.stat(PATH));
    agent.awaits(FrameKind.FILE_STAT);
    agent.says(FrameKind.FILE_ERROR, 1, failure);

    assertThatThrownBy(asked::get).hasMessageContaining(told);
    assertThat(channel.alive()).isTrue();
  }

  // ---- what is not ----

  @ParameterizedTest
  @ValueSource(
      strings = {"FILE_DATA", "FILE_DONE", "FILE_ERROR", "FILE_FOUND", "FILE_AGENT_CREDIT"})
  void whatNobodyAskedForEndsTheSandbox(String kind) {
    agent.says(FrameKind.valueOf(kind), 1, "{}");

    assertEnds();
  }

  @Test
  void moreBytesThanTheWindowEndTheSandbox() {
    var unused = files.read(PATH, 0, 1 << 30);
    found(1, 1 << 30);
    for (int n = 0; n < 5; n++) {
      agent.says(FrameKind.FILE_DATA, 1, new byte[65_527]);
    }

    assertEnds();
  }

  @Test
  void moreBytesThanTheFileHasEndTheSandbox() {
    var unused = files.read(PATH, 90, 1 << 30);
    found(1, 100);
    agent.says(FrameKind.FILE_DATA, 1, new byte[11]);

    assertEnds();
  }

  @Test
  void moreBytesThanWereAskedForEndTheSandbox() {
    var unused = files.read(PATH, 0, 10);
    found(1, 100);
    agent.says(FrameKind.FILE_DATA, 1, new byte[11]);

    assertEnds();
  }

  @Test
  void moreBytesThanTheWorkspaceHoldsEndTheSandbox() {
    SandboxLimits usual = files.limits();
    SandboxLimits small =
        new SandboxLimits(
            usual.memory(),
            usual.cpu(),
            usual.processes(),
            usual.openFiles(),
            usual.fileSize(),
            ByteSize.ofKibibytes(1),
            usual.tmp(),
            usual.shm());
    var unused = channel.files(small).read(PATH, 0, 1 << 30);
    found(1, 1 << 30);
    agent.says(FrameKind.FILE_DATA, 1, new byte[1025]);

    assertEnds();
  }

  @Test
  void bytesOfAFileThatWasNotFoundEndTheSandbox() {
    var unused = files.read(PATH, 0, 10);
    agent.says(FrameKind.FILE_DATA, 1, new byte[1]);

    assertEnds();
  }

  @Test
  void anEndThatLiesAboutTheSizeEndsTheSandbox() {
    var unused = files.read(PATH, 0, 10);
    found(1, 10);
    agent.says(FrameKind.FILE_DATA, 1, new byte[9]);
    agent.says(FrameKind.FILE_DONE, 1, "{\"bytes\":10,\"size\":10,\"changed\":false}");

    assertEnds();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "[]",
        "{\"entry\":7}",
        "{\"entry\":{\"name\":\"other\",\"kind\":\"file\",\"size\":1,\"modified\":1,\"mode\":1,\"links\":1}}",
        "{\"entry\":{\"name\":\"file\",\"kind\":\"door\",\"size\":1,\"modified\":1,\"mode\":1,\"links\":1}}",
        "{\"entry\":{\"name\":\"file\",\"kind\":\"file\",\"size\":-1,\"modified\":1,\"mode\":1,\"links\":1}}",
        "{\"entry\":{\"name\":\"file\",\"kind\":\"file\",\"size\":1e99,\"modified\":1,\"mode\":1,\"links\":1}}",
        "{\"entry\":{\"name\":\"file\",\"kind\":\"file\",\"size\":1,\"modified\":1,\"mode\":4096,\"links\":1}}",
        "{\"entry\":{\"name\":\"file\",\"kind\":\"file\",\"size\":1,\"modified\":\"x\",\"mode\":1,\"links\":1}}",
      })
  void anEntryThatCannotBeEndsTheSandbox(String answer) throws Exception {
    Future<?> asked = threads.submit(() -> files.stat(PATH));
    agent.awaits(FrameKind.FILE_STAT);
    agent.says(FrameKind.FILE_DONE, 1, answer);

    assertEnds();
    assertThatThrownBy(asked::get).hasCauseInstanceOf(SandboxException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "b,a", "a,a", "0", ".", "..", "a/b", "", "a,b,c,d", "more:",
      })
  void aListThatCannotBeEndsTheSandbox(String names) throws Exception {
    Future<?> asked = threads.submit(() -> files.list(WorkspacePath.ROOT, "1", 3));
    agent.awaits(FrameKind.FILE_LIST);
    List<String> entries = new ArrayList<>();
    if (!names.equals("more:")) {
      for (String name : names.split(",")) {
        entries.add(ENTRY.formatted(1).replace("\"file\",\"kind\"", "\"" + name + "\",\"kind\""));
      }
    }
    agent.says(
        FrameKind.FILE_DONE,
        1,
        "{\"entries\":[%s],\"more\":true,\"unlisted\":0}".formatted(String.join(",", entries)));

    assertEnds();
    assertThatThrownBy(asked::get).hasCauseInstanceOf(SandboxException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"reason\":\"because\"}",
        "{}",
        "{\"reason\":\"link\",\"component\":2}",
        "{\"reason\":\"link\",\"component\":-1}",
        "{\"reason\":\"link\",\"component\":\"a\"}"
      })
  void aFailureThatCannotBeEndsTheSandbox(String failure) throws Exception {
    Future<?> asked = threads.submit((Callable<Object>) () -> files.stat(PATH));
    agent.awaits(FrameKind.FILE_STAT);
    agent.says(FrameKind.FILE_ERROR, 1, failure);

    assertEnds();
    assertThatThrownBy(asked::get).hasCauseInstanceOf(SandboxException.class);
  }

  @Test
  void aFileThatIsDoneBeforeItWasWrittenEndsTheSandbox() {
    var unused = files.write(PATH, IfExists.REPLACE, Parents.REQUIRE);
    agent.says(FrameKind.FILE_DONE, 1, "{\"entry\":%s}".formatted(ENTRY.formatted(1)));

    assertEnds();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 11})
  void creditForWhatWasNotSentEndsTheSandbox(int bytes) throws Exception {
    FileWriting writing = files.write(PATH, IfExists.REPLACE, Parents.REQUIRE);
    writing.write(new byte[10]);
    agent.awaits(FrameKind.FILE_PUT);
    agent.says(FrameKind.FILE_AGENT_CREDIT, 1, ByteBuffer.allocate(4).putInt(bytes).array());

    assertEnds();
  }

  private void found(long number, long size) {
    agent.says(FrameKind.FILE_FOUND, number, "{\"entry\":%s}".formatted(ENTRY.formatted(size)));
  }

  private void assertEnds() {
    await().until(() -> !channel.alive());
    assertThatThrownBy(() -> channel.ping(SOON))
        .extracting(e -> ((SandboxException) e).code())
        .isEqualTo(ErrorCode.CHANNEL_VIOLATION);
  }
}
