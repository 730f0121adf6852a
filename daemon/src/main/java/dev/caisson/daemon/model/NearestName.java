package dev.caisson.daemon.model;

import java.util.Collection;
import java.util.Locale;
import java.util.Optional;

/**
 * Finds what somebody probably meant, for messages about unknown names. Two names are near when few
 * letters were dropped, added, changed or swapped in proportion to their length; a guess that is
 * not near is not made, because a wrong hint costs more than none.
 */
public final class NearestName {

  /** Names come from requests; comparing them costs length squared. */
  private static final int LONGEST = 256;

  private NearestName() {}

  /** The nearest of {@code known}; the first in natural order when several are as near. */
  public static Optional<String> of(String wrong, Collection<String> known) {
    if (wrong.length() > LONGEST) {
      return Optional.empty();
    }
    String asked = wrong.toLowerCase(Locale.ROOT);
    String best = "";
    int bestDistance = Math.max(1, wrong.length() / 3) + 1;
    for (String name : known.stream().sorted().toList()) {
      if (Math.abs(name.length() - asked.length()) >= bestDistance) {
        continue;
      }
      int distance = distance(asked, name.toLowerCase(Locale.ROOT));
      if (distance < bestDistance) {
        best = name;
        bestDistance = distance;
      }
    }
    return best.isEmpty() ? Optional.empty() : Optional.of(best);
  }

  /** " Did you mean 'x'?" or nothing, to be put behind a sentence. */
  public static String hint(String wrong, Collection<String> known) {
    return of(wrong, known).map(name -> " Did you mean '" + name + "'?").orElse("");
  }

  /** Optimal string alignment distance. */
  private static int distance(String left, String right) {
    int[] before = new int[right.length() + 1];
    int[] previous = new int[right.length() + 1];
    int[] current = new int[right.length() + 1];
    for (int j = 0; j <= right.length(); j++) {
      previous[j] = j;
    }
    for (int i = 1; i <= left.length(); i++) {
      current[0] = i;
      for (int j = 1; j <= right.length(); j++) {
        int change = left.charAt(i - 1) == right.charAt(j - 1) ? 0 : 1;
        int least =
            Math.min(Math.min(previous[j] + 1, current[j - 1] + 1), previous[j - 1] + change);
        if (i > 1
            && j > 1
            && left.charAt(i - 1) == right.charAt(j - 2)
            && left.charAt(i - 2) == right.charAt(j - 1)) {
          least = Math.min(least, before[j - 2] + 1);
        }
        current[j] = least;
      }
      int[] spare = before;
      before = previous;
      previous = current;
      current = spare;
    }
    return previous[right.length()];
  }
}
