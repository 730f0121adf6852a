package dev.caisson.client.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.caisson.client.ApprovalAnswer;
import dev.caisson.client.ApprovalRequest;
import dev.caisson.client.RunOptions;
import dev.caisson.client.ScriptedDaemon;
import dev.caisson.client.ScriptedRunService.Script;
import dev.caisson.client.ToolAnswer;
import dev.caisson.client.ToolCall;
import dev.caisson.v1.FileEntry;
import dev.caisson.v1.MimeBundle;
import dev.caisson.v1.MimePart;
import dev.caisson.v1.ReadFileResponse;
import dev.caisson.v1.RunException;
import dev.caisson.v1.RunFilePart;
import dev.caisson.v1.RunFinished;
import dev.caisson.v1.RunFinished.Outcome;
import dev.caisson.v1.RunRequest;
import dev.caisson.v1.RunValue;
import dev.caisson.v1.StartRun;
import dev.caisson.v1.ToolCatalogue;
import dev.caisson.v1.ToolServer;
import io.grpc.Status;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@Timeout(60)
class RunCommandTest {

  @TempDir Path folder;
  private ScriptedDaemon daemon;
  private CommandRun command;

  @BeforeEach
  void start() throws Exception {
    daemon = new ScriptedDaemon(folder);
    command = new CommandRun(daemon.socket());
  }

  @AfterEach
  void stop() {
    daemon.close();
  }

  @Test
  void aProgramFromStandardInputIsRunAndItsOutputPassedOn() {
    CompletableFuture<StartRun> start = new CompletableFuture<>();
    daemon
        .runs()
        .plays(scene -> {
          start.complete(scene.start());
          scene.accept();
          scene.stdout("42\n");
          scene.stderr("hm\n");
          scene.succeed();
        });

    int status = command.withInput("print(6*7)").execute("run");

    assertThat(status).isZero();
    assertThat(command.out()).isEqualTo("42\n");
    assertThat(command.err()).isEqualTo("hm\n");
    assertThat(start.join().getCode()).isEqualTo("print(6*7)");
    assertThat(start.join().getFileName()).isEqualTo("<stdin>");
  }

  @Test
  void filesGoThereAndComeBackAndReplaceNothing() throws Exception {
    CompletableFuture<StartRun> start = new CompletableFuture<>();
    daemon
        .runs()
        .plays(scene -> {
          start.complete(scene.start());
          scene.accept();
          for (String path : List.of("a/b.txt", "there", "../out", "/etc/x", "new\nline")) {
            scene.file(part().setEntry(FileEntry.newBuilder().setPath(path)));
            scene.file(part().setData(ByteString.copyFromUtf8(path)));
            scene.file(part().setEnd(ReadFileResponse.End.getDefaultInstance()));
          }
          scene.file(
              part().setLeftOut(RunFilePart.LeftOut.newBuilder().setFiles(3).setWhy("too many")));
          scene.file(part().setEntry(FileEntry.newBuilder().setPath("unfinished")));
          scene.file(part().setData(ByteString.copyFromUtf8("x")));
          scene.succeed();
        });
    Path own = Files.writeString(folder.resolve("own.csv"), "1,2");
    Path outputs = Files.createDirectory(folder.resolve("outputs"));
    Files.writeString(outputs.resolve("there"), "mine");

    int status =
        command
            .withInput("pass")
            .execute(
                "run",
                "--file",
                own.toString(),
                "--file",
                own + "=in/x.csv",
                "--outputs",
                "**/*.txt",
                "--outputs-to",
                outputs.toString());

    assertThat(status).isZero();
    assertThat(start.join().getFilesList())
        .extracting(file -> file.getPath() + " " + file.getContent().toStringUtf8())
        .containsExactly("own.csv 1,2", "in/x.csv 1,2");
    assertThat(start.join().getOutputs().getPatternsList()).containsExactly("**/*.txt");
    assertThat(outputs.resolve("a/b.txt")).hasContent("a/b.txt");
    assertThat(outputs.resolve("there")).hasContent("mine");
    assertThat(outputs.resolve("new\nline")).hasContent("new\nline");
    assertThat(folder.resolve("out")).doesNotExist();
    assertThat(outputs.resolve("unfinished")).doesNotExist();
    assertThat(command.err())
        .contains(
            "output file 'there' is not written: '%s' is there already, and nothing is replaced"
                .formatted(outputs.resolve("there")))
        .contains("output file '../out' would lie outside of ")
        .contains("output file '/etc/x' would lie outside of ")
        .contains("3 output files were left out: too many");
  }

  private static RunFilePart.Builder part() {
    return RunFilePart.newBuilder();
  }

  @Test
  void whereFilesGoIsSaidByThePersonBecauseCodeSaysTheirNames() {
    assertThat(command.withInput("pass").execute("run", "--outputs", "**")).isEqualTo(2);
    assertThat(command.err()).contains("--outputs needs a folder");

    assertThat(command.withInput("pass").execute("run", "--outputs-to", "x")).isEqualTo(2);
    assertThat(command.err())
        .contains("--outputs-to names a folder, and nothing says which files go there")
        .contains("to mend it: say it with --outputs; all of them are --outputs '**'");
  }

  @Test
  void aFileThatIsNotThereIsToldBeforeAnythingRuns() {
    assertThat(command.withInput("pass").execute("run", "--file", "/none/such")).isEqualTo(2);
    assertThat(command.err()).contains("--file /none/such cannot be read: ");
  }

  @Test
  void aDashIsStandardInputToo() {
    CompletableFuture<StartRun> start =
        plays(RunFinished.newBuilder().setOutcome(Outcome.SUCCEEDED));

    assertThat(command.withInput("pass").execute("run", "-")).isZero();

    assertThat(start.join().getCode()).isEqualTo("pass");
  }

  @Test
  void everyOptionReachesTheDaemon() throws Exception {
    CompletableFuture<StartRun> start =
        plays(RunFinished.newBuilder().setOutcome(Outcome.SUCCEEDED));
    Path program = Files.writeString(folder.resolve("one.py"), "import sys");

    int status =
        command
            .withProgramArguments("a", "--policy")
            .execute(
                "run",
                program.toString(),
                "--policy",
                "offline",
                "--timeout",
                "1500ms",
                "--env",
                "A=b=c",
                "--env",
                "E=");

    assertThat(status).isZero();
    assertThat(start.join().getFileName()).isEqualTo(program.toString());
    assertThat(start.join().getPolicy()).isEqualTo("offline");
    assertThat(start.join().getLimits().getWallTime().getNanos()).isEqualTo(500_000_000);
    assertThat(start.join().getEnvironmentMap()).isEqualTo(Map.of("A", "b=c", "E", ""));
    assertThat(start.join().getArgumentsList()).containsExactly("a", "--policy");
  }

  @Test
  void outputIsOutBeforeTheProgramHasEnded() {
    CountDownLatch seen = new CountDownLatch(1);
    daemon
        .runs()
        .plays(scene -> {
          scene.start();
          scene.accept();
          scene.stdout("a");
          seen.await();
          scene.stdout("b");
          scene.succeed();
        });
    CompletableFuture<Integer> status =
        CompletableFuture.supplyAsync(() -> command.withInput("x").execute("run"));

    Awaitility.await().until(() -> command.out().equals("a"));
    seen.countDown();

    assertThat(status.join()).isZero();
    assertThat(command.out()).isEqualTo("ab");
  }

  @ParameterizedTest
  @CsvSource({
    "SUCCEEDED, 0, 0",
    "FAILED, 1, 1",
    "FAILED, 7, 7",
    "FAILED, 139, 139",
    "TIMED_OUT, 124, 124",
    "CANCELLED, 130, 130",
    "LIMIT_EXCEEDED, 122, 122",
    "OUT_OF_MEMORY, 137, 137",
    "POLICY_DENIED, 126, 126",
    "PROTOCOL_VIOLATION, 123, 123",
    "SANDBOX_LOST, 123, 123",
  })
  void theExitStatusIsTheOneThatTheDaemonDecided(Outcome outcome, int said, int expected) {
    plays(RunFinished.newBuilder().setOutcome(outcome).setExitCode(said).setMessage("the reason"));

    assertThat(command.withInput("x").execute("run")).isEqualTo(expected);

    assertThat(command.err())
        .isEqualTo(outcome == Outcome.SUCCEEDED ? "" : "caisson: the reason\n");
  }

  @ParameterizedTest
  @CsvSource({
    "TIMED_OUT, the program ran out of time (time.wall)",
    "LIMIT_EXCEEDED, the program passed a limit (time.wall)",
    "OUT_OF_MEMORY, the program ran out of memory (time.wall)",
    "SANDBOX_LOST, the sandbox was lost",
  })
  void anOutcomeWithoutAMessageIsSaidPlainly(Outcome outcome, String expected) {
    plays(RunFinished.newBuilder().setOutcome(outcome).setLimit("time.wall"));

    command.withInput("x").execute("run");

    assertThat(command.err()).isEqualTo("caisson: " + expected + "\n");
  }

  @Test
  void anExceptionShowsItsTracebackAndNothingElse() {
    plays(
        RunFinished.newBuilder()
            .setOutcome(Outcome.FAILED)
            .setExitCode(1)
            .setMessage("the program raised ZeroDivisionError")
            .setException(
                RunException.newBuilder()
                    .setType("ZeroDivisionError")
                    .setTraceback(
                        "Traceback (most recent call last):\n  File \"x\"\nZeroDivisionError: d\n")));

    assertThat(command.withInput("1/0").execute("run")).isEqualTo(1);

    assertThat(command.err())
        .isEqualTo("Traceback (most recent call last):\n  File \"x\"\nZeroDivisionError: d\n");
  }

  @Test
  void droppedOutputIsCountedInALine() {
    plays(RunFinished.newBuilder().setOutcome(Outcome.SUCCEEDED).setOutputBytesDropped(1_234_567));

    command.withInput("x").execute("run");

    assertThat(command.err())
        .isEqualTo("caisson: 1,234,567 bytes of output were dropped (output.bytes)\n");
  }

  @Test
  void whatAProgramShowsIsItsTextAndAWordForImages() {
    showsSomething();

    command.withInput("x").execute("run");

    assertThat(command.out()).isEqualTo("before\na table\nafter\n");
    assertThat(command.err())
        .isEqualTo(
            "<Figure> [image/png, 12 KB]\n[application/pdf, 3 B] [application/vnd.x+json, 7 B]\n"
                + "caisson: 7 displays were dropped (output.displays, output.display_bytes)\n");
  }

  @Test
  void theJsonReportHasWhatAProgramShowsAsNotebookFilesDo() {
    showsSomething();

    command.withInput("x").execute("run", "--output", "json");

    JsonNode report = JsonMapper.shared().readTree(command.out());
    assertThat(report.get("displays_dropped").intValue()).isEqualTo(7);
    assertThat(report.get("displays").get(0).get("data").get("text/plain").asString())
        .isEqualTo("<Figure>");
    assertThat(report.get("displays").get(0).get("data").get("image/png").asString())
        .hasSize(16_392);
    assertThat(report.get("displays").get(0).get("metadata"))
        .hasToString("{\"image/png\":{\"width\":3}}");
    assertThat(report.get("displays").get(2).get("data"))
        .hasToString("{\"application/pdf\":\"JVBE\",\"application/vnd.x+json\":{\"a\":1}}");
    assertThat(report.get("value").get("bundle").get("data"))
        .hasToString("{\"text/html\":\"<b>\",\"application/json\":\"no json\"}");
  }

  @Test
  void theJsonReportIsNoDeeperThanOthersCanReadWhateverTheProgramResultsIn() {
    String deep = "[".repeat(65) + "]".repeat(65);
    daemon
        .runs()
        .plays(scene -> {
          scene.start();
          scene.accept();
          scene.shows(part("application/json", deep));
          scene.finish(
              RunFinished.newBuilder()
                  .setOutcome(Outcome.SUCCEEDED)
                  .setValue(
                      RunValue.newBuilder()
                          .setRepr("deep")
                          .setJson(ByteString.copyFromUtf8(deep))));
        });

    command.withInput("x").execute("run", "--output", "json");

    JsonNode report = JsonMapper.shared().readTree(command.out());
    assertThat(report.get("displays").get(0).get("data").get("application/json").asString())
        .isEqualTo(deep);
    assertThat(report.get("value").has("json")).isFalse();
    assertThat(report.get("value").get("repr").asString()).isEqualTo("deep");
    assertThat(command.err())
        .contains("the value's JSON is more than 64 levels deep, or none, and is left out");
  }

  private void showsSomething() {
    daemon
        .runs()
        .plays(scene -> {
          scene.start();
          scene.accept();
          scene.stdout("before\n");
          scene.shows(
              part("text/plain", "<Figure>"),
              part("image/png", "x".repeat(12_293)).toBuilder()
                  .setMetadataJson(ByteString.copyFromUtf8("{\"width\":3}"))
                  .build());
          scene.shows(part("text/plain", "a table"), part("text/html", "<table>"));
          scene.shows(part("application/pdf", "%PD"), part("application/vnd.x+json", "{\"a\":1}"));
          scene.stdout("after\n");
          scene.finish(
              RunFinished.newBuilder()
                  .setOutcome(Outcome.SUCCEEDED)
                  .setDisplaysDropped(7)
                  .setValue(
                      RunValue.newBuilder()
                          .setRepr("Rich")
                          .setBundle(
                              MimeBundle.newBuilder()
                                  .addParts(part("text/html", "<b>"))
                                  .addParts(part("application/json", "no json")))));
        });
  }

  private static MimePart part(String type, String data) {
    return MimePart.newBuilder().setMimeType(type).setData(ByteString.copyFromUtf8(data)).build();
  }

  @Test
  void anErrorOfTheDaemonIs125WithItsMessageAndAdvice() {
    daemon
        .runs()
        .plays(scene -> {
          scene.start();
          scene.fail(
              Status.Code.NOT_FOUND,
              "NOT_FOUND",
              "there is no policy 'weg'",
              Map.of("advice", "use default"));
        });

    assertThat(command.withInput("x").execute("run", "--policy", "weg")).isEqualTo(125);

    assertThat(command.err())
        .isEqualTo("caisson: there is no policy 'weg'\n  to mend it: use default\n");
  }

  @Test
  void aDaemonThatIsNotThereIs125AndSaysHowToStartOne() {
    CommandRun lost = new CommandRun(folder.resolve("nothing.sock"));

    assertThat(lost.withInput("x").execute("run")).isEqualTo(125);

    assertThat(lost.err())
        .startsWith("caisson: no daemon answers at " + folder.resolve("nothing.sock"))
        .contains("caisson up");
  }

  @Test
  void ctrlCCancelsTheRunAndItsEndIsReported() {
    CompletableFuture<String> reason = new CompletableFuture<>();
    daemon
        .runs()
        .plays(scene -> {
          scene.start();
          scene.accept();
          reason.complete(scene.request().getCancel().getReason());
          scene.finish(RunFinished.newBuilder().setOutcome(Outcome.CANCELLED).setExitCode(130));
        });
    CompletableFuture<Integer> status =
        CompletableFuture.supplyAsync(() -> command.withInput("x").execute("run"));
    Awaitility.await().until(() -> !command.watched.isEmpty());

    command.watched.getFirst().run();

    assertThat(status.join()).isEqualTo(130);
    assertThat(reason.join()).isEqualTo("interrupted by the user");
    assertThat(command.err()).isEqualTo("caisson: the run was cancelled\n");
    assertThat(command.watched).isEmpty();
  }

  @Test
  void withStdinTheProgramReadsOurStandardInput() throws Exception {
    CompletableFuture<String> read = new CompletableFuture<>();
    daemon
        .runs()
        .plays(scene -> {
          assertThat(scene.start().getStdin()).isTrue();
          scene.accept();
          StringBuilder text = new StringBuilder();
          RunRequest request = scene.request();
          while (!request.getStdin().getEnd()) {
            text.append(request.getStdin().getData().toStringUtf8());
            request = scene.request();
          }
          read.complete(text.toString());
          scene.succeed();
        });
    Path program = Files.writeString(folder.resolve("one.py"), "input()");

    assertThat(command.withInput("hello").execute("run", program.toString(), "--stdin")).isZero();

    assertThat(read.join()).isEqualTo("hello");
  }

  @Test
  void jsonIsOneObjectWithEverything() {
    daemon
        .runs()
        .plays(scene -> {
          scene.start();
          scene.accept();
          scene.stdout("é");
          scene.finish(
              RunFinished.newBuilder()
                  .setOutcome(Outcome.SUCCEEDED)
                  .setValue(
                      RunValue.newBuilder()
                          .setRepr("{'a': 1}")
                          .setJson(ByteString.copyFromUtf8("{\"a\":1}"))));
        });

    assertThat(command.withInput("x").execute("run", "--output", "json")).isZero();

    JsonNode report = JsonMapper.shared().readTree(command.out());
    assertThat(report.path("outcome").asString()).isEqualTo("SUCCEEDED");
    assertThat(report.path("stdout").asString()).isEqualTo("é");
    assertThat(report.path("value").path("json").path("a").asInt()).isEqualTo(1);
    assertThat(report.path("run").path("placement").asString()).isEqualTo("WARM");
    assertThat(command.err()).isEmpty();
  }

  @Test
  void jsonOfAFailureOfTheDaemonNamesReasonAndAdvice() {
    CommandRun lost = new CommandRun(folder.resolve("nothing.sock"));

    assertThat(lost.withInput("x").execute("run", "--output", "json")).isEqualTo(125);

    JsonNode report = JsonMapper.shared().readTree(lost.out());
    assertThat(report.path("error").path("reason").asString()).isEqualTo("DAEMON_UNREACHABLE");
    assertThat(report.path("exit_code").asInt()).isEqualTo(125);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "run --timeout 10 | '10' has no unit; write 10s for seconds, or use ms, m or h",
        "run --timeout soon | 'soon' is not a duration",
        "run --env A | --env 'A' is not a variable and its value",
        "run --stdin | --stdin needs the program in a file",
        "run nowhere.py | there is no file nowhere.py",
        "run | standard input has no program: it is empty",
        "run --polcy x | caisson run has no option '--polcy'",
        "run --polcy=x | did you mean '--policy'?",
        "run a.py b.py | 'b.py' is one argument too many for caisson run",
        "rnu | caisson has no command 'rnu'",
        "stauts | did you mean 'status'?",
      })
  void aWrongCommandLineIs2AndSaysWhatIsWrong(String line, String expected) {
    assertThat(command.execute(line.strip().split(" "))).isEqualTo(2);

    assertThat(command.err()).contains(expected);
  }

  @ParameterizedTest
  @CsvSource({"--help", "run --help", "status --help", "api --help"})
  void helpIsThereForEveryCommandWithoutColour(String line) {
    assertThat(command.execute(line.split(" "))).isZero();

    assertThat(command.out()).contains("Usage: caisson").doesNotContain("\u001b[");
  }

  @Test
  void aRunWithServersHasTheirToolsAndAPersonToAskAndEveryOtherOptionToo() throws Exception {
    OfferedTools tools = new OfferedTools();
    CompletableFuture<Void> played =
        daemon
            .runs()
            .plays(scene -> {
              StartRun start = scene.start();
              assertThat(start.getTools().getServers(0).getName()).isEqualTo("weather");
              assertThat(start.getAnswersApprovals()).isTrue();
              assertThat(start.getEnvironmentMap()).containsEntry("A", "b");
              assertThat(start.getArgumentsList()).containsExactly("x");
              scene.accept();
              scene.callTool("c1", "{\"city\":\"Bern\"}");
              assertThat(scene.answer().getValueJson().toStringUtf8())
                  .isEqualTo("{\"city\":\"Bern\"}");
              scene.stdout("sunny");
              scene.succeed();
            });

    int status =
        command
            .withInput("print(1)")
            .withProgramArguments("x")
            .withToolServers(file -> tools)
            .execute("run", "--servers", "mcp.json", "--env", "A=b", "--output", "json");

    played.get(20, TimeUnit.SECONDS);
    assertThat(command.err()).isEmpty();
    assertThat(status).isZero();
    assertThat(command.out()).contains("\"stdout\":\"sunny\"");
    assertThat(tools.closed).isTrue();
  }

  @Test
  void serversThatCannotBeUsedAre2AndNothingIsRun() {
    int status =
        command
            .withInput("print(1)")
            .withToolServers(file -> {
              throw new ToolServers.UnusableException(file + ": no mcpServers", new Exception());
            })
            .execute("run", "--servers", "mcp.json");

    assertThat(status).isEqualTo(2);
    assertThat(command.err()).isEqualTo("caisson: mcp.json: no mcpServers\n");
  }

  @Test
  void serversAreClosedWhenTheProgramCannotBeRead() {
    OfferedTools tools = new OfferedTools();

    int status =
        command
            .withToolServers(file -> tools)
            .execute("run", "--servers", "mcp.json", "nowhere.py");

    assertThat(status).isEqualTo(2);
    assertThat(tools.closed).isTrue();
  }

  /** One server whose tool gives back what it gets. */
  private static final class OfferedTools implements RunTools {
    private volatile boolean closed;

    @Override
    public RunOptions addTo(RunOptions options) {
      return options.tools(catalogue()).withApprovals();
    }

    @Override
    public ToolCatalogue catalogue() {
      return ToolCatalogue.newBuilder()
          .addServers(ToolServer.newBuilder().setName("weather"))
          .build();
    }

    @Override
    public ToolAnswer call(ToolCall call) {
      return ToolAnswer.json(call.argumentsJson());
    }

    @Override
    public ApprovalAnswer approve(ApprovalRequest request) {
      return ApprovalAnswer.deny("nobody is asked in this test");
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  private CompletableFuture<StartRun> plays(RunFinished.Builder finished) {
    CompletableFuture<StartRun> start = new CompletableFuture<>();
    Script script =
        scene -> {
          start.complete(scene.start());
          scene.accept();
          scene.finish(finished);
        };
    daemon.runs().plays(script);
    return start;
  }
}
