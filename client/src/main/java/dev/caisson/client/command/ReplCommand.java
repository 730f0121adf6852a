package dev.caisson.client.command;

import dev.caisson.client.CaissonClient;
import dev.caisson.client.CaissonException;
import dev.caisson.client.RunHandle;
import dev.caisson.client.RunOptions;
import dev.caisson.client.RunResult;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** An interactive prompt on a session. */
@Command(
    name = "repl",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    customSynopsis = "caisson repl [OPTIONS] [-- ARGUMENT...]",
    description = {
      "A Python prompt whose code runs in a session: a sandbox that keeps names and files.",
      "Tab completes; Ctrl-C interrupts the code and keeps the names; Ctrl-D or exit leaves.",
      "When standard input is no terminal, all of it is run as one program in the session."
    },
    footer = {
      "",
      "Exit status: 0 after leaving; 2 what was asked for makes no sense; 125 the",
      "daemon failed or refused it, or the session ended under the prompt. Of a",
      "program from standard input as that of `caisson run`."
    })
final class ReplCommand implements Callable<Integer> {

  /** Makes the prompt of a person's terminal. */
  @FunctionalInterface
  interface Prompts {
    Prompt open(TerminalPrompt.Completions completions, Optional<Path> history) throws IOException;
  }

  private static final String OTHER_SESSIONS =
      "`caisson sessions` lists those that are there; `caisson repl` without --session makes one";

  @Mixin private DaemonOption daemon = new DaemonOption();

  @Option(
      names = "--session",
      paramLabel = "SESSION",
      description = "Joins that session, an id or a name, and leaves it there at the end.")
  private Optional<String> session = Optional.empty();

  @Option(
      names = "--policy",
      paramLabel = "NAME",
      description = "The policy of the session that is made (default: default).")
  private Optional<String> policy = Optional.empty();

  @Option(
      names = "--plots",
      paramLabel = "FOLDER",
      description = {
        "Keeps each image that is shown as a file there. Nothing is replaced.",
        "Without it those that the terminal cannot draw are kept in a new folder."
      })
  private Optional<Path> plots = Optional.empty();

  @Option(names = "--no-history", description = "Neither reads nor keeps a history.")
  private boolean noHistory;

  private final CommandContext context;
  private final Prompts prompts;

  ReplCommand(CommandContext context) {
    this(context, TerminalPrompt::open);
  }

  ReplCommand(CommandContext context, Prompts prompts) {
    this.context = context;
    this.prompts = prompts;
  }

  @Override
  public Integer call() throws InterruptedException {
    // Before a session is made: nobody should wait for one to learn that there is no program.
    Optional<String> program =
        context.terminal() ? Optional.empty() : Optional.of(ProgramSource.read("", context.in()));
    try (CaissonClient client = daemon.connect(context);
        ReplPlace place = ReplPlace.open(client.sessions(), session, policy)) {
      return program.isPresent() ? run(client, place, program.get()) : converse(client, place);
    } catch (CaissonException failure) {
      boolean noSession = failure.reason().equals("NOT_FOUND") && failure.advice().isEmpty();
      context.say(failure.getMessage(), noSession ? OTHER_SESSIONS : failure.advice());
      return ExitStatus.FAILED;
    } catch (UncheckedIOException closed) {
      return ExitStatus.OUTPUT_CLOSED;
    }
  }

  private int run(CaissonClient client, ReplPlace place, String program)
      throws InterruptedException {
    TextReport report = new TextReport(context);
    RunHandle run = client.start(options(program).session(place.id()), report);
    Interruption.Watch watch =
        context.interruption().watch(() -> run.cancel("interrupted by the user"));
    // The session ends before the process may: in this order, for the watch lets it go.
    try (watch;
        place;
        run) {
      RunResult result = run.await();
      report.ended(result);
      return result.exitCode();
    }
  }

  private int converse(CaissonClient client, ReplPlace place) throws InterruptedException {
    ReplReport report = new ReplReport(context, plots);
    SessionQuestions questions = new SessionQuestions(client, place.id(), report.context());
    Optional<Path> history = noHistory ? Optional.empty() : ReplHistory.prepare(context);
    // Who waits at the prompt cannot be woken, so whoever ends this process ends the session.
    CompletableFuture<Interruption.Watch> ending = new CompletableFuture<>();
    Interruption.Watch watch =
        context
            .interruption()
            .watch(() -> {
              place.close();
              ending.join().close();
            });
    ending.complete(watch);
    try (watch;
        place) {
      talk(client, place, report, questions, history);
    }
    context.say(place.farewell());
    return ExitStatus.OK;
  }

  private void talk(
      CaissonClient client,
      ReplPlace place,
      ReplReport report,
      SessionQuestions questions,
      Optional<Path> history)
      throws InterruptedException {
    try (Prompt prompt = prompts.open(questions.names(), history)) {
      context.say(place.greeting());
      context.say("exit or Ctrl-D leaves, Ctrl-C interrupts, Tab completes, help() is Python's");
      new Repl(client, options(""), place.id(), questions, report, prompt).run();
    } catch (IOException trouble) {
      throw new UncheckedIOException(trouble); // The terminal went away before it was asked.
    }
  }

  private RunOptions options(String code) {
    return RunOptions.code(code).arguments(context.programArguments());
  }
}
