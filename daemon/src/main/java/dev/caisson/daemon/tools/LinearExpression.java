package dev.caisson.daemon.tools;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import com.networknt.schema.regex.RegularExpression;
import com.networknt.schema.regex.RegularExpressionFactory;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;

/**
 * A {@code pattern} of a tool's schema, matched in time linear in the text. Pattern and text come
 * from two strangers, and a matcher that backtracks lets them stop the daemon together.
 *
 * <p>What the linear engine does not know (look-around, back references), or what would take too
 * much memory to compile, matches everything: the tool's own server has the last word. Work is
 * counted against the allowance of the check in progress; past it {@link ExhaustedException} ends
 * the check.
 */
final class LinearExpression implements RegularExpression {

  /** The allowance of the check in progress, in steps of the matcher. */
  static final ScopedValue<AtomicLong> ALLOWANCE = ScopedValue.newInstance();

  private static final int LONGEST = 4_096;

  /** The engine writes counted repetitions out: nested ones multiply. */
  private static final long MOST_WRITTEN_OUT = 200_000;

  private static final java.util.regex.Pattern COUNTED =
      java.util.regex.Pattern.compile("\\{(\\d{1,9})(?:,(\\d{0,9}))?+\\}");

  /** Matching took more work than was allowed. */
  static final class ExhaustedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ExhaustedException() {
      super("matching took too much work", null, false, false);
    }
  }

  private static final RegularExpression ANYTHING = text -> true;

  private final Pattern pattern;

  private LinearExpression(Pattern pattern) {
    this.pattern = pattern;
  }

  static RegularExpressionFactory factory() {
    return LinearExpression::of;
  }

  static RegularExpression of(String expression) {
    if (expression.length() > LONGEST || writtenOut(expression) > MOST_WRITTEN_OUT) {
      return ANYTHING;
    }
    try {
      return new LinearExpression(Pattern.compile(expression));
    } catch (PatternSyntaxException unknownToTheEngine) {
      return ANYTHING;
    }
  }

  @Override
  public boolean matches(String text) {
    long cost = (text.length() + 1L) * pattern.programSize();
    if (ALLOWANCE.isBound() && ALLOWANCE.get().addAndGet(-cost) < 0) {
      throw new ExhaustedException();
    }
    return pattern.matcher(text).find();
  }

  /** No less than the engine's program would have, taking all repetitions as nested. */
  private static long writtenOut(String expression) {
    long size = Math.max(1, expression.length());
    Matcher counted = COUNTED.matcher(expression);
    while (counted.find() && size <= MOST_WRITTEN_OUT) {
      String upper = counted.group(2);
      long most = Long.parseLong(upper == null || upper.isEmpty() ? counted.group(1) : upper);
      size *= Math.max(1, most);
    }
    return size;
  }
}
