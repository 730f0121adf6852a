package dev.caisson.daemon.runtime;

import dev.caisson.daemon.error.ErrorCode;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which calls fail, written in one line: {@code 2*off->1*error(ENGINE_FAILED)} lets two calls pass
 * and fails the third; after the script every call passes. Safe for use by several threads.
 */
public final class ScriptedFaults {

  private static final Pattern STEP = Pattern.compile("(\\d+)\\*(?:off|error\\((\\w+)\\))");

  private final Deque<Optional<ErrorCode>> calls = new ArrayDeque<>();

  public ScriptedFaults(String script) {
    if (script.isEmpty()) {
      return;
    }
    for (String step : script.split("->", -1)) {
      Matcher matcher = STEP.matcher(step);
      if (!matcher.matches()) {
        throw new IllegalArgumentException("'" + step + "' is not N*off or N*error(CODE)");
      }
      Optional<ErrorCode> fault = Optional.ofNullable(matcher.group(2)).map(ErrorCode::valueOf);
      for (int i = 0; i < Integer.parseInt(matcher.group(1)); i++) {
        calls.add(fault);
      }
    }
  }

  /** The fault of the next call, if it has one. */
  public synchronized Optional<ErrorCode> next() {
    Optional<ErrorCode> call = calls.poll();
    return call == null ? Optional.empty() : call;
  }
}
