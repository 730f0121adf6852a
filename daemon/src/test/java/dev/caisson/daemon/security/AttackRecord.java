package dev.caisson.daemon.security;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestWatcher;
import tools.jackson.databind.json.JsonMapper;

/**
 * Writes down what came of each attack of one class, in {@code target/security/CLASS.jsonl}, from
 * which {@code caisson test security} makes its table. Tests run one after another.
 */
public final class AttackRecord implements BeforeAllCallback, BeforeEachCallback, TestWatcher {

  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final int SHOWN = 300;

  /** Where else than in {@code target} it writes: what is run to see it fail is no attack. */
  public static final String PLACE = "caisson.records";

  private final Set<String> seen = new LinkedHashSet<>();
  private Optional<Path> file = Optional.empty();

  /** Notes what the attack came to. */
  void saw(Object sight) {
    seen.add(String.valueOf(sight));
  }

  @Override
  public void beforeAll(ExtensionContext context) throws IOException {
    Path folder = Files.createDirectories(Path.of(System.getProperty(PLACE, "target"), "security"));
    Path place = folder.resolve(context.getRequiredTestClass().getSimpleName() + ".jsonl");
    Files.deleteIfExists(place);
    file = Optional.of(place);
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    seen.clear();
  }

  @Override
  public void testSuccessful(ExtensionContext context) {
    write(context, "pass", String.join(", ", seen));
  }

  @Override
  public void testFailed(ExtensionContext context, @Nullable Throwable cause) {
    String why = cause == null ? "" : String.valueOf(cause.getMessage());
    write(context, "fail", why.strip().replaceAll("\\s+", " "));
  }

  private void write(ExtensionContext context, String verdict, String sight) {
    Method method = context.getRequiredTestMethod();
    Attack attack = method.getAnnotation(Attack.class);
    if (attack == null) {
      return;
    }
    String line =
        JSON.writeValueAsString(
            JSON.createObjectNode()
                .put("row", attack.row())
                .put("what", attack.what())
                .put("expected", attack.expected())
                .put("seen", sight.length() > SHOWN ? sight.substring(0, SHOWN) + "…" : sight)
                .put("verdict", verdict)
                .put("test", context.getRequiredTestClass().getName() + "." + method.getName()));
    try {
      Files.writeString(
          file.orElseThrow(), line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
