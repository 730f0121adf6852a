package dev.caisson.client.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import dev.caisson.client.Scene;
import dev.caisson.client.ScriptedDaemon;
import dev.caisson.client.ScriptedRunService.Script;
import dev.caisson.v1.CreateSessionRequest;
import dev.caisson.v1.CreateSessionResponse;
import dev.caisson.v1.DeleteSessionRequest;
import dev.caisson.v1.DeleteSessionResponse;
import dev.caisson.v1.GetSessionRequest;
import dev.caisson.v1.GetSessionResponse;
import dev.caisson.v1.InterruptSessionRequest;
import dev.caisson.v1.InterruptSessionResponse;
import dev.caisson.v1.ListSessionsRequest;
import dev.caisson.v1.ListSessionsResponse;
import dev.caisson.v1.MimeBundle;
import dev.caisson.v1.MimePart;
import dev.caisson.v1.RunAccepted;
import dev.caisson.v1.RunException;
import dev.caisson.v1.RunFinished;
import dev.caisson.v1.RunFinished.Outcome;
import dev.caisson.v1.RunResponse;
import dev.caisson.v1.RunValue;
import dev.caisson.v1.Session;
import dev.caisson.v1.SessionServiceGrpc;
import dev.caisson.v1.StartRun;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

@Timeout(60)
class ReplCommandTest {

  private static final String PROMPT = ">>> ";
  private static final String MORE = "... ";

  @TempDir Path folder;
  private final OneSession service = new OneSession();
  private final ScriptedPrompt prompt = new ScriptedPrompt();

  /** Of each run that was no question. */
  private final List<String> statements = new CopyOnWriteArrayList<>();

  private ScriptedDaemon daemon;
  private CommandRun command;

  @BeforeEach
  void start() throws Exception {
    daemon = new ScriptedDaemon(folder, service);
    command = new CommandRun(daemon.socket()).onTerminal();
  }

  @AfterEach
  void stop() {
    daemon.close();
  }

  private int repl(String... arguments) {
    CommandContext context = command.context();
    return new CommandLine(new ReplCommand(context, prompt::open))
        .setExecutionExceptionHandler(
            (failure, line, _) -> UsageErrors.failed(context, failure, line))
        .execute(arguments);
  }

  @Test
  void aStatementIsRunAndItsValueShownAndTheSessionEndsWithThePrompt() {
    isWhole(true);
    runs(scene -> scene.stdout("hello\n"), value("42"));
    prompt.types("f()");

    int status = repl("--policy", "web");

    assertThat(status).isZero();
    assertThat(command.out()).isEqualTo("hello\n42\n");
    assertThat(command.err())
        .isEqualTo(
            """
            caisson: a new session, id-new, with the policy web; it ends when you leave
            caisson: exit or Ctrl-D leaves, Ctrl-C interrupts, Tab completes, help() is Python's
            caisson: the session has ended
            """);
    assertThat(statements).containsExactly("f()");
    assertThat(service.asked).hasSize(2);
    assertThat(service.asked.getFirst())
        .isInstanceOfSatisfying(
            CreateSessionRequest.class,
            made -> {
              assertThat(made.getName()).isEqualTo("repl");
              assertThat(made.getPolicy()).isEqualTo("web");
            });
    assertThat(service.asked.getLast())
        .isEqualTo(DeleteSessionRequest.newBuilder().setSessionId("id-new").build());
  }

  @Test
  void aSessionThatIsNamedIsJoinedAndStays() {
    isWhole(true);
    CompletableFuture<StartRun> start = new CompletableFuture<>();
    plays(scene -> {
      start.complete(scene.start());
      scene.accept();
      scene.succeed();
    });
    prompt.types("x = 1");

    assertThat(repl("--session", "work")).isZero();

    assertThat(start.join())
        .isEqualTo(
            StartRun.newBuilder().setCode("x = 1").setSession("id-1").setStdin(true).build());
    assertThat(command.err())
        .startsWith("caisson: session work with the policy default; it stays when you leave\n")
        .endsWith("caisson: session work stays; `caisson sessions end` ends it\n");
    assertThat(service.asked).isEmpty();
  }

  @Test
  void aSessionOfAnotherPolicyIsNotJoined() {
    assertThat(repl("--session", "work", "--policy", "web")).isEqualTo(2);

    assertThat(command.err())
        .contains("session 'work' has the policy 'default', not 'web'")
        .contains("to mend it: leave out --policy, or leave out --session");
  }

  @Test
  void aSessionThatIsNotThereIsSaidBeforeAnythingIsTyped() {
    assertThat(repl("--session", "nobody")).isEqualTo(125);

    assertThat(command.err())
        .isEqualTo(
            """
            caisson: there is no session 'nobody'
              to mend it: `caisson sessions` lists those that are there; `caisson repl` without --session makes one
            """);
    assertThat(prompt.shown).isEmpty();
  }

  @Test
  void linesAreGatheredUntilPythonCallsThemWhole() {
    isWhole(false);
    isWhole(false);
    isWhole(true);
    runs(scene -> {}, succeeded());
    prompt.types("", "for i in x:", "    print(i)", "");

    assertThat(repl()).isZero();

    assertThat(statements).containsExactly("for i in x:\n    print(i)\n");
    assertThat(prompt.shown).containsExactly(PROMPT, PROMPT, MORE, MORE, PROMPT);
  }

  @Test
  void pythonIsAskedInTheSessionInAnExpressionThatBindsNoName() {
    CompletableFuture<StartRun> question = new CompletableFuture<>();
    plays(scene -> {
      question.complete(scene.start());
      scene.accept();
      scene.finish(value("True"));
    });
    runs(scene -> {}, succeeded());
    prompt.types("x = \"é\\n\"");

    assertThat(repl()).isZero();

    assertThat(question.join().getSession()).isEqualTo("id-new");
    assertThat(question.join().getStdin()).isFalse();
    assertThat(question.join().getCode())
        .startsWith("(lambda c: ")
        .contains("c(\"x = \\\"é\\\\n\\\"\", \"<input>\", \"single\")");
  }

  @Test
  void whatCannotBecomeAStatementIsRunSoThatPythonSaysWhy() {
    runsQuestion(raised("SyntaxError", "invalid syntax"));
    runs(scene -> {}, raised("SyntaxError", "invalid syntax"));
    prompt.types("1 +");

    assertThat(repl()).isZero();

    assertThat(statements).containsExactly("1 +");
    assertThat(command.err()).contains("\nSyntaxError: invalid syntax\n");
  }

  @Test
  void underAPolicyThatForbidsTheQuestionAnEmptyLineEndsABlock() {
    RunFinished.Builder denied =
        RunFinished.newBuilder().setOutcome(Outcome.POLICY_DENIED).setExitCode(126);
    for (int question = 0; question < 4; question++) {
      runsQuestion(denied);
      if (question > 1) {
        runs(scene -> {}, succeeded());
      }
    }
    prompt.types("def f():", "    return 1", "", "f()");

    assertThat(repl()).isZero();

    assertThat(statements).containsExactly("def f():\n    return 1\n", "f()");
  }

  @Test
  void ctrlCAtThePromptForgetsWhatWasTyped() {
    isWhole(false);
    isWhole(true);
    runs(scene -> {}, succeeded());
    prompt.types("if x:").pressesCtrlC().types("y");

    assertThat(repl()).isZero();

    assertThat(statements).containsExactly("y");
    assertThat(prompt.shown).containsExactly(PROMPT, MORE, PROMPT, PROMPT);
  }

  @Test
  void ctrlCInterruptsTheCodeAndTheThirdOneEndsIt() {
    isWhole(true);
    runs(
        scene -> {
          scene.stdout("on\n");
          assertThat(scene.request().hasInterrupt()).isTrue();
          assertThat(scene.request().hasInterrupt()).isTrue();
          service.interrupted.join();
        },
        RunFinished.newBuilder().setOutcome(Outcome.CANCELLED).setExitCode(130));
    prompt
        .types("work()")
        .whileStatementsRun(code ->
            Thread.ofVirtual()
                .start(() -> {
                  awaitOutput();
                  code.interrupt();
                  code.interrupt();
                  code.interrupt();
                }));

    assertThat(repl()).isZero();

    assertThat(service.interrupted.join().getSessionId()).isEqualTo("id-new");
    assertThat(command.err())
        .contains(
            "caisson: the code goes on; Ctrl-C once more ends it, and the names of the session\n")
        .contains("caisson: the run was cancelled\n");
  }

  private void awaitOutput() {
    Awaitility.await().until(() -> command.out().contains("on\n"));
  }

  @Test
  void codeThatWaitsForItsTurnIsGivenUpWithTheSecondCtrlC() {
    isWhole(true);
    plays(scene -> {
      statements.add(scene.start().getCode());
      assertThat(scene.request().hasInterrupt()).isTrue();
      assertThat(scene.request().hasCancel()).isTrue();
      scene.finish(RunFinished.newBuilder().setOutcome(Outcome.CANCELLED).setExitCode(130));
    });
    prompt
        .types("work()")
        .whileStatementsRun(code -> {
          code.interrupt();
          code.interrupt();
        });

    assertThat(repl()).isZero();

    assertThat(statements).containsExactly("work()");
    assertThat(command.err())
        .contains("it waits for its turn in the session; Ctrl-C once more gives it up\n")
        .doesNotContain("the names of the session");
  }

  @Test
  void aQuestionThatWasInterruptedDropsTheStatement() {
    runsQuestion(raised("KeyboardInterrupt", ""));
    prompt.types("x");

    assertThat(repl()).isZero();

    assertThat(statements).isEmpty();
  }

  @Test
  void whatIsTypedWhileCodeRunsIsItsInput() {
    isWhole(true);
    CompletableFuture<String> input = new CompletableFuture<>();
    runs(scene -> input.complete(scene.request().getStdin().getData().toStringUtf8()), succeeded());
    prompt.types("name = input()").whileStatementsRun(ReplCommandTest::typeAda);

    assertThat(repl()).isZero();

    assertThat(input.join()).isEqualTo("Ada\n");
  }

  private static void typeAda(RunningCode code) {
    try {
      OutputStream stdin = code.stdin().orElseThrow();
      stdin.write("Ada\n".getBytes(StandardCharsets.UTF_8));
    } catch (IOException over) {
      throw new AssertionError(over);
    }
  }

  @Test
  void wordsThatLeaveAreNotSent() {
    for (String word : List.of("exit", "quit", " exit()", "quit() ")) {
      prompt.types(word, "never");
      assertThat(repl()).isZero();
      assertThat(prompt.read("")).isEqualTo(new Prompt.Entry.Line("never"));
    }
    assertThat(statements).isEmpty();
    assertThat(service.asked).filteredOn(DeleteSessionRequest.class::isInstance).hasSize(4);
  }

  @Test
  void theTerminalObeysNothingOfWhatTheCodeShows() {
    isWhole(true);
    runs(
        scene -> {
          scene.stdout("\u001b[31mred\u001b]0;title\u0007");
          scene.stderr("\u001b[2J");
        },
        value("\u001b[6n"));
    isWhole(true);
    runs(scene -> {}, raised("Odd\u001bc", "x"));
    prompt.types("f()", "g()");

    assertThat(repl()).isZero();

    assertThat(command.out()).isEqualTo("\u001b[31mred\\x1b]0;title\\x07\u001b[0m\n\\x1b[6n\n");
    assertThat(command.err()).contains("\\x1b[2J").contains("Odd\\x1bc: x\n");
    assertThat(command.err()).doesNotContain("\u001b");
  }

  @Test
  void aLineThatCodeLeavesUnfinishedIsEndedBeforeTheNextPrompt() {
    isWhole(true);
    runs(scene -> scene.stdout("no end"), succeeded());
    prompt.types("f()");

    assertThat(repl()).isZero();

    assertThat(command.out()).isEqualTo("no end\n");
  }

  @Test
  void anImageIsSaidWithItsSizeAndKeptWhereThePersonSays() {
    Path plots = folder.resolve("plots");
    byte[] png = InlineImagesTest.png(640, 480, 2_000);
    isWhole(true);
    runs(
        scene -> {
          scene.shows(part("text/plain", "<Figure>"), part("image/png", png));
          scene.shows(part("text/plain", "<b>"), part("text/html", "<b>"));
        },
        value("<Image>")
            .setValue(
                RunValue.newBuilder()
                    .setRepr("<Image>")
                    .setBundle(MimeBundle.newBuilder().addParts(part("image/png", png)))));
    prompt.types("plot()");

    assertThat(repl("--plots", plots.toString())).isZero();

    assertThat(command.out())
        .isEqualTo(
            """
            <Figure> [image/png, 640 x 480, 2 KB, kept as %1$s/plot-1.png]
            <b>
            <Image> [image/png, 640 x 480, 2 KB, kept as %1$s/plot-2.png]
            """
                .formatted(plots));
    assertThat(plots.resolve("plot-1.png")).hasBinaryContent(png);
  }

  @Test
  void anImageThatCannotBeSeenIsKeptInAFolderOfThePromptsOwn() throws Exception {
    byte[] png = InlineImagesTest.png(640, 480, 2_000);
    isWhole(true);
    runs(scene -> scene.shows(part("image/png", png), part("image/odd", png)), succeeded());
    prompt.types("plot()");

    assertThat(repl()).isZero();

    Matcher said =
        Pattern.compile(
                "\\[image/png, 640 x 480, 2 KB, kept as (.*/caisson-plots-\\d+/plot-1.png)] "
                    + "\\[image/odd, 640 x 480, 2 KB]\n")
            .matcher(command.out());
    assertThat(said.matches()).as(command.out()).isTrue();
    Path kept = Path.of(said.group(1));
    assertThat(kept).hasBinaryContent(png);
    Files.delete(kept);
    Files.delete(kept.resolveSibling(""));
  }

  @Test
  void aPlotThatIsThereIsNotReplaced() throws Exception {
    Path plots = Files.createDirectory(folder.resolve("plots"));
    Files.writeString(plots.resolve("plot-1.png"), "mine");
    isWhole(true);
    runs(scene -> scene.shows(part("image/png", InlineImagesTest.png(1, 1, 30))), succeeded());
    prompt.types("plot()");

    assertThat(repl("--plots", plots.toString())).isZero();

    assertThat(plots.resolve("plot-1.png")).hasContent("mine");
    assertThat(plots.resolve("plot-2.png")).exists();
  }

  @Test
  void anImageIsDrawnWhereTheTerminalCan() {
    byte[] png = InlineImagesTest.png(640, 480, 2_000);
    command.withEnvironment("TERM_PROGRAM", "WezTerm");
    isWhole(true);
    runs(scene -> scene.shows(part("text/plain", "<Figure>"), part("image/png", png)), succeeded());
    prompt.types("plot()");

    assertThat(repl()).isZero();

    assertThat(command.out())
        .isEqualTo("<Figure>\n" + InlineImages.ITERM.drawing(png).orElseThrow());
  }

  @Test
  void namesThatAreLostAreToldThoughAQuestionHearsOfItFirst() {
    plays(scene -> {
      scene.start();
      scene.event(
          RunResponse.newBuilder()
              .setAccepted(RunAccepted.newBuilder().setRunId("r").setStateLost("signal 11")));
      scene.finish(value("True"));
    });
    runs(scene -> {}, succeeded());
    prompt.types("x");

    assertThat(repl()).isZero();

    assertThat(command.err()).containsOnlyOnce("the names of this session are lost: signal 11");
  }

  @Test
  void tabOffersNamesOfTheSessionAndNothingElseThatCodeSays() {
    CompletableFuture<StartRun> question = new CompletableFuture<>();
    plays(scene -> {
      question.complete(scene.start());
      scene.accept();
      scene.finish(
          RunFinished.newBuilder()
              .setOutcome(Outcome.SUCCEEDED)
              .setValue(
                  RunValue.newBuilder()
                      .setRepr("[...]")
                      .setJson(
                          ByteString.copyFromUtf8(
                              """
                              ["os.path", "os.popen(", "os.p: ", "os.p\\u001b[2J", "os.p q", "sys", 7, "os.path"]\
                              """))));
    });
    prompt.does(
        () ->
            assertThat(prompt.completions("f(os.p", "os.p"))
                .containsExactly("os.path", "os.popen", "os.p"),
        "exit");

    assertThat(repl()).isZero();

    assertThat(question.join().getIfBusy()).isEqualTo(StartRun.IfBusy.REFUSE);
    assertThat(question.join().getCode()).contains("rlcompleter").contains("\"f(os.p\"");
  }

  @Test
  void tabThatFailsOffersNothingAndSaysNothing() {
    plays(scene -> scene.fail(Status.Code.FAILED_PRECONDITION, "BUSY", "busy", Map.of()));
    runsQuestion(raised("RuntimeError", "in a __dir__"));
    prompt.does(
        () -> {
          assertThat(prompt.completions("x", "x")).isEmpty();
          assertThat(prompt.completions("y.", "y.")).isEmpty();
        },
        "exit");

    assertThat(repl()).isZero();

    assertThat(command.err()).doesNotContain("busy").doesNotContain("__dir__");
  }

  @Test
  void tabThatTakesTooLongIsInterruptedAndTheNamesStay() {
    CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
    plays(scene -> {
      scene.start();
      scene.accept();
      interrupted.complete(scene.request().hasInterrupt());
      scene.finish(raised("KeyboardInterrupt", ""));
    });
    prompt.does(() -> assertThat(prompt.completions("x.", "x.")).isEmpty(), "exit");

    assertThat(repl()).isZero();

    assertThat(interrupted.join()).isTrue();
  }

  @Test
  void aFailureOfTheDaemonIsSaidAndThePromptGoesOn() {
    plays(scene ->
        scene.fail(Status.Code.FAILED_PRECONDITION, "SESSION_LOST", "lost its sandbox", Map.of()));
    isWhole(true);
    plays(scene ->
        scene.fail(Status.Code.FAILED_PRECONDITION, "SESSION_LOST", "lost it again", Map.of()));
    prompt.types("x", "y");

    assertThat(repl()).isZero();

    assertThat(command.err()).contains("lost its sandbox").contains("lost it again");
  }

  @Test
  void aSessionThatEndsUnderThePromptEndsIt() {
    plays(scene -> scene.fail(Status.Code.NOT_FOUND, "NOT_FOUND", "no session 'id-1'", Map.of()));
    prompt.types("x", "never");

    assertThat(repl("--session", "work")).isEqualTo(125);

    assertThat(prompt.shown).containsExactly(PROMPT);
    assertThat(command.err())
        .endsWith(
            """
            caisson: no session 'id-1'
              to mend it: `caisson sessions` lists those that are there; `caisson repl` without --session makes one
            """);
  }

  @Test
  void aSessionThatEndsUnderAStatementEndsThePrompt() {
    isWhole(true);
    plays(scene -> scene.fail(Status.Code.NOT_FOUND, "NOT_FOUND", "no session 'id-1'", Map.of()));
    prompt.types("x", "never");

    assertThat(repl("--session", "work")).isEqualTo(125);

    assertThat(prompt.shown).containsExactly(PROMPT);
  }

  @Test
  void aSessionOfItsOwnThatHasEndedByItselfIsNoFailure() {
    service.gone = true;

    assertThat(repl()).isZero();

    assertThat(command.err()).endsWith("caisson: the session has ended\n");
  }

  @Test
  void whoEndsTheProcessEndsTheSession() {
    prompt.does(() -> command.watched.getFirst().run(), "exit");

    assertThat(repl()).isZero();

    assertThat(command.watched).isEmpty();
    assertThat(service.asked).filteredOn(DeleteSessionRequest.class::isInstance).hasSize(1);
  }

  @Test
  void whoEndsTheProcessEndsTheSessionThoughThePromptIsOverMeanwhile() throws Exception {
    CompletableFuture<Void> answer = new CompletableFuture<>();
    service.deletion = answer;
    prompt.does(
        () -> {
          Thread.ofVirtual().start(() -> command.watched.getFirst().run());
          Awaitility.await().until(() -> service.asked.getLast() instanceof DeleteSessionRequest);
        },
        "exit");
    Thread leaving = Thread.ofPlatform().start(this::repl);

    Awaitility.await().until(() -> !leaving.isAlive() || isIn(leaving, ReplPlace.class));
    answer.complete(null);
    leaving.join();

    assertThat(service.deletionHeard.join()).isTrue();
  }

  private static boolean isIn(Thread thread, Class<?> type) {
    return Stream.of(thread.getStackTrace())
        .anyMatch(frame -> frame.getClassName().equals(type.getName()));
  }

  @Test
  void theHistoryIsAFileOfThePersonUnlessSaidOtherwise() {
    command.withEnvironment("XDG_STATE_HOME", folder.toString());

    assertThat(repl()).isZero();
    assertThat(prompt.history).contains(folder.resolve("caisson/repl_history"));

    assertThat(repl("--no-history")).isZero();
    assertThat(prompt.history).isEmpty();
  }

  @Test
  void withoutATerminalStandardInputIsOneProgram() {
    command =
        new CommandRun(daemon.socket()).withInput("print(1)\n1 / 0").withProgramArguments("a");
    CompletableFuture<StartRun> start = new CompletableFuture<>();
    plays(scene -> {
      start.complete(scene.start());
      scene.accept();
      scene.stdout("1\u001b]0;raw\n");
      scene.finish(raised("ZeroDivisionError", "division by zero"));
    });

    assertThat(repl()).isEqualTo(1);

    assertThat(command.out()).isEqualTo("1\u001b]0;raw\n");
    assertThat(command.err()).isEqualTo("ZeroDivisionError: division by zero\n");
    assertThat(start.join())
        .isEqualTo(
            StartRun.newBuilder()
                .setCode("print(1)\n1 / 0")
                .setSession("id-new")
                .addArguments("a")
                .build());
    assertThat(service.asked).last().isInstanceOf(DeleteSessionRequest.class);
    assertThat(prompt.shown).isEmpty();
  }

  @Test
  void anEmptyStandardInputIsSaidBeforeASessionIsMade() {
    command = new CommandRun(daemon.socket()).withInput("");

    assertThat(repl()).isEqualTo(2);

    assertThat(command.err()).contains("standard input has no program");
    assertThat(service.asked).isEmpty();
  }

  private void isWhole(boolean answer) {
    runsQuestion(value(answer ? "True" : "False"));
  }

  private void runsQuestion(RunFinished.Builder end) {
    plays(scene -> {
      scene.start();
      scene.accept();
      scene.finish(end);
    });
  }

  private interface Deed {
    void play(Scene scene) throws Exception;
  }

  private void runs(Deed deed, RunFinished.Builder end) {
    plays(scene -> {
      statements.add(scene.start().getCode());
      scene.accept();
      deed.play(scene);
      scene.finish(end);
    });
  }

  private void plays(Script script) {
    var unused = daemon.runs().plays(script);
  }

  private static RunFinished.Builder succeeded() {
    return RunFinished.newBuilder().setOutcome(Outcome.SUCCEEDED);
  }

  private static RunFinished.Builder value(String repr) {
    return succeeded().setValue(RunValue.newBuilder().setRepr(repr));
  }

  private static RunFinished.Builder raised(String type, String message) {
    return RunFinished.newBuilder()
        .setOutcome(Outcome.FAILED)
        .setExitCode(1)
        .setException(RunException.newBuilder().setType(type).setMessage(message));
  }

  private static MimePart part(String type, String text) {
    return part(type, text.getBytes(StandardCharsets.UTF_8));
  }

  private static MimePart part(String type, byte[] data) {
    return MimePart.newBuilder().setMimeType(type).setData(ByteString.copyFrom(data)).build();
  }

  /** A daemon with the session `work`, which makes others. */
  private static final class OneSession extends SessionServiceGrpc.SessionServiceImplBase {

    final List<Message> asked = new CopyOnWriteArrayList<>();
    final CompletableFuture<InterruptSessionRequest> interrupted = new CompletableFuture<>();
    volatile boolean gone;

    /** Answered when this is complete. */
    volatile CompletableFuture<?> deletion = CompletableFuture.completedFuture(null);

    /** Whether somebody was there for the answer. */
    final CompletableFuture<Boolean> deletionHeard = new CompletableFuture<>();

    private static final Session WORK =
        Session.newBuilder().setSessionId("id-1").setName("work").setPolicy("default").build();

    @Override
    public void listSessions(
        ListSessionsRequest request, StreamObserver<ListSessionsResponse> responses) {
      responses.onNext(ListSessionsResponse.newBuilder().addSessions(WORK).build());
      responses.onCompleted();
    }

    @Override
    public void getSession(
        GetSessionRequest request, StreamObserver<GetSessionResponse> responses) {
      if (!request.getSessionId().equals("id-1")) {
        responses.onError(
            Status.NOT_FOUND
                .withDescription("there is no session '%s'".formatted(request.getSessionId()))
                .asRuntimeException());
        return;
      }
      responses.onNext(GetSessionResponse.newBuilder().setSession(WORK).build());
      responses.onCompleted();
    }

    @Override
    public void createSession(
        CreateSessionRequest request, StreamObserver<CreateSessionResponse> responses) {
      asked.add(request);
      responses.onNext(
          CreateSessionResponse.newBuilder()
              .setSession(
                  Session.newBuilder().setSessionId("id-new").setPolicy(request.getPolicy()))
              .build());
      responses.onCompleted();
    }

    @Override
    public void interruptSession(
        InterruptSessionRequest request, StreamObserver<InterruptSessionResponse> responses) {
      interrupted.complete(request);
      responses.onNext(InterruptSessionResponse.getDefaultInstance());
      responses.onCompleted();
    }

    @Override
    public void deleteSession(
        DeleteSessionRequest request, StreamObserver<DeleteSessionResponse> responses) {
      asked.add(request);
      deletion.join();
      deletionHeard.complete(!((ServerCallStreamObserver<?>) responses).isCancelled());
      if (gone) {
        responses.onError(Status.NOT_FOUND.withDescription("no session").asRuntimeException());
        return;
      }
      responses.onNext(DeleteSessionResponse.getDefaultInstance());
      responses.onCompleted();
    }
  }
}
