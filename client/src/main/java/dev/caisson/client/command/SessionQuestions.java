package dev.caisson.client.command;

import dev.caisson.client.Acceptance;
import dev.caisson.client.CaissonClient;
import dev.caisson.client.Outcome;
import dev.caisson.client.RunHandle;
import dev.caisson.client.RunListener;
import dev.caisson.client.RunOptions;
import dev.caisson.client.RunResult;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a prompt asks the Python of its session about what is typed: whether a statement is whole.
 * Each question is one expression, run in the sandbox, that binds no name there. The answers come
 * from code nobody trusts: a wrong one costs a wrong prompt, and nothing else.
 */
final class SessionQuestions {

  /** What Python says of the lines so far. */
  enum Wholeness {
    /** It can be run, be it to be told what is wrong with it. */
    WHOLE,
    /** More lines belong to it. */
    UNFINISHED,
    /** The person did not want to know any more. */
    GIVEN_UP
  }

  /**
   * As Python's own prompt decides it. The flag allows an await at top level, as the session does.
   */
  private static final String IS_WHOLE =
      """
      (lambda c: c.compiler.__setattr__("flags", c.compiler.flags | 0x2000) \
      or c(%s, "<input>", "single") is not None)(__import__("codeop").CommandCompiler())\
      """;

  private static final List<String> OPENERS =
      List.of(":", "(", "[", "{", ",", "\\", "\"\"\"", "'''");

  private final CaissonClient client;
  private final String session;
  private final CommandContext context;

  /** Why names are gone, when an answer came with that and the person has not heard it. */
  private final AtomicReference<String> unheardLoss = new AtomicReference<>("");

  SessionQuestions(CaissonClient client, String session, CommandContext context) {
    this.client = client;
    this.session = session;
    this.context = context;
  }

  /** Why the names of the session are gone, if that is news; else empty. */
  String takeLoss() {
    return unheardLoss.getAndSet("");
  }

  /** What other words of a line may become. */
  SessionNames names() {
    return new SessionNames(client, session, Listening::new);
  }

  /** Whether these lines are a whole statement. */
  Wholeness wholeness(String source, Prompt prompt) throws InterruptedException {
    Listening listening = new Listening();
    RunOptions question = RunOptions.code(IS_WHOLE.formatted(literal(source))).session(session);
    RunHandle run = client.start(question, listening);
    Runnable kill = RunningCode.killing(client, session, context);
    Prompt.Attention attention =
        prompt.attend(RunningCode.question(run, listening::isAccepted, kill, context));
    try (run;
        attention) {
      return judged(run.await(), source);
    }
  }

  private static Wholeness judged(RunResult result, String source) {
    Optional<String> value = result.value().map(RunResult.Value::repr);
    if (value.isPresent()) {
      return value.get().equals("False") ? Wholeness.UNFINISHED : Wholeness.WHOLE;
    }
    if (result.outcome() == Outcome.POLICY_DENIED) {
      return unasked(source);
    }
    boolean interrupted =
        result.outcome() == Outcome.CANCELLED
            || result.exception().filter(e -> e.type().equals("KeyboardInterrupt")).isPresent();
    return interrupted ? Wholeness.GIVEN_UP : Wholeness.WHOLE;
  }

  /** A policy may forbid the question. Then several lines end with an empty one. */
  private static Wholeness unasked(String source) {
    String last = source.substring(source.lastIndexOf('\n') + 1).stripTrailing();
    boolean goesOn =
        source.contains("\n") ? !last.isEmpty() : OPENERS.stream().anyMatch(last::endsWith);
    return goesOn ? Wholeness.UNFINISHED : Wholeness.WHOLE;
  }

  /** A JSON string is a literal of Python, too. */
  static String literal(String text) {
    return JsonMapper.shared().writeValueAsString(text);
  }

  /** Keeps what must not be missed. */
  private final class Listening implements RunListener {
    private volatile boolean accepted;

    boolean isAccepted() {
      return accepted;
    }

    @Override
    public void onAccepted(Acceptance acceptance) {
      accepted = true;
      if (!acceptance.stateLost().isEmpty()) {
        unheardLoss.set(acceptance.stateLost());
      }
    }
  }
}
