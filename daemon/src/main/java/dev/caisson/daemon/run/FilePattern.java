package dev.caisson.daemon.run;

import dev.caisson.daemon.model.WorkspacePath;
import java.util.List;

/**
 * A pattern of paths: {@code *} and {@code ?} stand for characters of one name, the name {@code **}
 * for any number of names. Takes time in proportion to pattern and path, whatever they hold: the
 * paths are hostile.
 */
public record FilePattern(WorkspacePath pattern) {

  private static final String ANY_NAMES = "**";

  public boolean matches(WorkspacePath path) {
    return namesMatch(pattern.names(), path.names());
  }

  /** As for characters, with names. On a mismatch only the last {@code **} takes one more. */
  private static boolean namesMatch(List<String> patterns, List<String> names) {
    int at = 0;
    int name = 0;
    int star = -1;
    int retry = 0;
    while (name < names.size()) {
      if (at < patterns.size() && patterns.get(at).equals(ANY_NAMES)) {
        star = at++;
        retry = name;
      } else if (at < patterns.size() && nameMatches(patterns.get(at), names.get(name))) {
        at++;
        name++;
      } else if (star >= 0) {
        at = star + 1;
        name = ++retry;
      } else {
        return false;
      }
    }
    while (at < patterns.size() && patterns.get(at).equals(ANY_NAMES)) {
      at++;
    }
    return at == patterns.size();
  }

  private static boolean nameMatches(String pattern, String name) {
    int[] patterns = pattern.codePoints().toArray();
    int[] characters = name.codePoints().toArray();
    int at = 0;
    int next = 0;
    int star = -1;
    int retry = 0;
    while (next < characters.length) {
      if (at < patterns.length && patterns[at] == '*') {
        star = at++;
        retry = next;
      } else if (at < patterns.length
          && (patterns[at] == '?' || patterns[at] == characters[next])) {
        at++;
        next++;
      } else if (star >= 0) {
        at = star + 1;
        next = ++retry;
      } else {
        return false;
      }
    }
    while (at < patterns.length && patterns[at] == '*') {
      at++;
    }
    return at == patterns.length;
  }
}
