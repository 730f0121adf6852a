package dev.caisson.client.command;

import dev.caisson.client.CaissonClient;
import dev.caisson.client.CaissonException;
import dev.caisson.client.RunHandle;
import dev.caisson.client.RunListener;
import dev.caisson.client.RunOptions;
import dev.caisson.client.RunResult;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;
import tools.jackson.databind.JsonNode;

/**
 * What a word at a prompt may become: names, attributes and modules, asked of the Python of its
 * session in an expression that binds no name there. The answers come from code nobody trusts: what
 * is no name is not offered.
 */
final class SessionNames implements TerminalPrompt.Completions {

  private static final String PROGRAM = "completion.py";

  private static final String QUESTION =
      """
      (lambda space: exec(%s, space) or space["offers"](%s, globals())[:500])({})\
      """;

  /** How long somebody who presses Tab waits; then there is nothing to offer. */
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  /** A name, and what Python puts behind it, which would be typed as well. */
  private static final Pattern OFFER =
      Pattern.compile("([\\p{L}\\p{N}\\p{M}_.]{1,200})[( ):]{0,2}");

  private final CaissonClient client;
  private final String session;
  private final Supplier<RunListener> listeners;
  private final String program;

  /** Each question is heard by a listener of its own. */
  SessionNames(CaissonClient client, String session, Supplier<RunListener> listeners) {
    this.client = client;
    this.session = session;
    this.listeners = listeners;
    program = program();
  }

  @Override
  public List<String> of(String line, String word) throws InterruptedException {
    AtomicReference<Optional<RunResult>> answer = new AtomicReference<>(Optional.empty());
    RunOptions question =
        RunOptions.code(
                QUESTION.formatted(
                    SessionQuestions.literal(program), SessionQuestions.literal(line)))
            .session(session)
            .refusedIfBusy();
    // Not closed: that would end the interpreter, and the names with it.
    RunHandle run = client.start(question, listeners.get());
    Thread waiting = Thread.ofVirtual().start(() -> answer.set(awaited(run)));
    if (!waiting.join(PATIENCE)) {
      run.interrupt();
    }
    return answer
        .get()
        .flatMap(RunResult::value)
        .flatMap(RunResult.Value::json)
        .flatMap(ForeignJson::read)
        .map(names -> offered(names, word))
        .orElse(List.of());
  }

  private static Optional<RunResult> awaited(RunHandle run) {
    try {
      return Optional.of(run.await());
    } catch (CaissonException silent) {
      return Optional.empty(); // The session is busy or gone; the next statement says it.
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  private static List<String> offered(JsonNode names, String word) {
    return StreamSupport.stream(names.spliterator(), /* parallel= */ false)
        .map(name -> OFFER.matcher(name.asString("")))
        .filter(Matcher::matches)
        .map(offer -> offer.group(1))
        .filter(name -> name.startsWith(word))
        .distinct()
        .toList();
  }

  private static String program() {
    try (var stream = SessionNames.class.getResourceAsStream(PROGRAM)) {
      byte[] bytes = Objects.requireNonNull(stream, PROGRAM).readAllBytes();
      return new String(bytes, StandardCharsets.UTF_8);
    } catch (IOException broken) {
      throw new UncheckedIOException(broken);
    }
  }
}
