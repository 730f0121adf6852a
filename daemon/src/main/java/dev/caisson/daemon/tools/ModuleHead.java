package dev.caisson.daemon.tools;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What every rendered module begins with: what a tool and a value are to a type checker, and, in a
 * module that is no stub, how its functions find the tools of the run.
 *
 * <p>The rules of type checkers that are turned off there are those about how the declarations are
 * written (reading by known keys alone is narrower than a dict; bodies and implementations are
 * missing), not about programs that use them.
 */
final class ModuleHead {

  /** An object of a tool whose keys are known. */
  static final String OBJECT = "_Object";

  /** An object of a tool with any keys. */
  static final String RECORD = "_Record";

  static final String SOURCE = read("module_head.py");

  static final String STUB = read("module_head.pyi");

  /** The names that it takes for itself; each begins with an underscore. */
  static final Set<String> NAMES =
      Pattern.compile("(?<![A-Za-z0-9_.])_[A-Za-z]\\w*")
          .matcher(SOURCE)
          .results()
          .map(MatchResult::group)
          .collect(Collectors.toUnmodifiableSet());

  private ModuleHead() {}

  private static String read(String resource) {
    try (InputStream in = ModuleHead.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalStateException("the resource " + resource + " is missing");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
