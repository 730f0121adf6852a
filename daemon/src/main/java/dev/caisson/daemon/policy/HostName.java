package dev.caisson.daemon.policy;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A host's name in the one form in which names are compared: small letters, no dot at the end,
 * ASCII only. An address is no name, in whatever spelling: a rule about names must not be met by
 * "127.1", "0x7f000001" or "2130706433", which some resolvers take for addresses.
 */
public record HostName(String text) {

  private static final int LONGEST = 253;
  private static final Pattern LABEL = Pattern.compile("[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?");

  /** What a resolver may take for a number: the last label of a name never is one. */
  private static final Pattern NUMBER = Pattern.compile("[0-9]+|0x[0-9a-f]*");

  /** For what {@link #of} has checked already. */
  public HostName {
    if (!isCanonical(text)) {
      throw new IllegalArgumentException("not a host name in its canonical form: '" + text + "'");
    }
  }

  /** The name, or nothing when the text is none. One dot at the end is taken off. */
  public static Optional<HostName> of(String text) {
    // Longer ones are no names, and lowering them would cost their length.
    if (text.length() > LONGEST + 1 || !text.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
      return Optional.empty();
    }
    String lower = text.toLowerCase(Locale.ROOT);
    String name = lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
    return isCanonical(name) ? Optional.of(new HostName(name)) : Optional.empty();
  }

  /** How many parts the name has between its dots. */
  int labels() {
    return (int) text.chars().filter(c -> c == '.').count() + 1;
  }

  private static boolean isCanonical(String name) {
    if (name.isEmpty() || name.length() > LONGEST) {
      return false;
    }
    List<String> labels = Arrays.asList(name.split("\\.", -1));
    return labels.stream().allMatch(label -> LABEL.matcher(label).matches())
        && !NUMBER.matcher(labels.getLast()).matches();
  }

  @Override
  public String toString() {
    return text;
  }
}
