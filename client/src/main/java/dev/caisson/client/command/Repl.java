package dev.caisson.client.command;

import dev.caisson.client.CaissonClient;
import dev.caisson.client.CaissonException;
import dev.caisson.client.RunHandle;
import dev.caisson.client.RunOptions;
import java.util.Optional;
import java.util.Set;

/** Reads a statement, runs it, shows what came of it, and again, until the person leaves. */
final class Repl {

  private static final String FIRST = ">>> ";
  private static final String NEXT = "... ";

  /** Not sent: Python's own would end the interpreter's run, and not the prompt. */
  private static final Set<String> LEAVING = Set.of("exit", "quit", "exit()", "quit()");

  private final CaissonClient client;
  private final RunOptions template;
  private final String session;
  private final SessionQuestions questions;
  private final ReplReport report;
  private final Prompt prompt;

  /** What is run has the template's options, and the session of that id. */
  Repl(
      CaissonClient client,
      RunOptions template,
      String session,
      SessionQuestions questions,
      ReplReport report,
      Prompt prompt) {
    this.client = client;
    this.template = template;
    this.session = session;
    this.questions = questions;
    this.report = report;
    this.prompt = prompt;
  }

  /**
   * @throws CaissonException when the session has ended under the prompt
   */
  void run() throws InterruptedException {
    Optional<String> statement = statement();
    while (statement.isPresent() && !LEAVING.contains(statement.get().strip())) {
      if (!statement.get().isBlank()) {
        evaluate(statement.get());
      }
      statement = statement();
    }
  }

  /** The next whole statement, or nothing at the end of the input. */
  private Optional<String> statement() throws InterruptedException {
    String lines = "";
    while (true) {
      switch (prompt.read(lines.isEmpty() ? FIRST : NEXT)) {
        case Prompt.Entry.Line(String line) -> {
          String all = lines.isEmpty() ? line : lines + "\n" + line;
          if (all.isBlank() || LEAVING.contains(all.strip())) {
            return Optional.of(all);
          }
          switch (wholeness(all)) {
            case WHOLE -> {
              return Optional.of(all);
            }
            case UNFINISHED -> lines = all;
            case GIVEN_UP -> lines = "";
          }
        }
        case Prompt.Entry.Interrupted _ -> lines = "";
        case Prompt.Entry.End _ -> {
          return lines.isEmpty() ? Optional.empty() : Optional.of(lines);
        }
      }
    }
  }

  private SessionQuestions.Wholeness wholeness(String source) throws InterruptedException {
    try {
      return questions.wholeness(source, prompt);
    } catch (CaissonException failure) {
      survive(failure);
      return SessionQuestions.Wholeness.GIVEN_UP;
    }
  }

  /** Another statement may do better, unless there is nothing left for it to run in. */
  private void survive(CaissonException failure) {
    if (failure.reason().equals("NOT_FOUND")) {
      throw failure;
    }
    report.failed(failure);
  }

  private void evaluate(String statement) throws InterruptedException {
    String loss = questions.takeLoss();
    if (!loss.isEmpty()) {
      report.lost(loss);
    }
    report.begin();
    RunOptions options =
        new RunOptions(template.start().toBuilder().setCode(statement).build())
            .session(session)
            .withStdin();
    RunHandle run = client.start(options, report);
    Runnable kill = RunningCode.killing(client, session, report.context());
    Prompt.Attention attention =
        prompt.attend(RunningCode.statement(run, report::isAccepted, kill, report.context()));
    try (run;
        attention) {
      report.ended(run.await());
    } catch (CaissonException failure) {
      survive(failure);
    }
  }
}
