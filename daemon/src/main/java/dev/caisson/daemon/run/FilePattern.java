package dev.caisson.daemon.run;

import dev.caisson.daemon.model.WorkspacePath;
import java.util.List;

/**
 * A pattern of paths: {@code *} and {@code ?} stand for characters of one name, the name {@code **}
 * for any number of names. Takes time in proportion to the square of the lengths at worst, and of
 * that no more than its caller allows: the paths are hostile.
 */
public final class FilePattern {

  private static final String ANY_NAMES = "**";

  private final List<String> names;
  private final List<int[]> characters;

  public FilePattern(WorkspacePath pattern) {
    names = pattern.names();
    characters = names.stream().map(FilePattern::characters).toList();
  }

  static boolean anyMatches(List<FilePattern> patterns, WorkspacePath path, MatchingEffort effort) {
    List<int[]> names = path.names().stream().map(FilePattern::characters).toList();
    return patterns.stream().anyMatch(pattern -> pattern.namesMatch(names, effort));
  }

  boolean matches(WorkspacePath path, MatchingEffort effort) {
    return anyMatches(List.of(this), path, effort);
  }

  private static int[] characters(String name) {
    return name.codePoints().toArray();
  }

  /** As for characters, with names. On a mismatch only the last {@code **} takes one more. */
  private boolean namesMatch(List<int[]> path, MatchingEffort effort) {
    int at = 0;
    int name = 0;
    int star = -1;
    int retry = 0;
    while (name < path.size()) {
      if (at < names.size() && names.get(at).equals(ANY_NAMES)) {
        star = at++;
        retry = name;
      } else if (at < names.size() && nameMatches(characters.get(at), path.get(name), effort)) {
        at++;
        name++;
      } else if (star >= 0) {
        at = star + 1;
        name = ++retry;
      } else {
        return false;
      }
    }
    while (at < names.size() && names.get(at).equals(ANY_NAMES)) {
      at++;
    }
    return at == names.size();
  }

  private static boolean nameMatches(int[] pattern, int[] name, MatchingEffort effort) {
    int at = 0;
    int next = 0;
    int star = -1;
    int retry = 0;
    long comparisons = 1;
    boolean fits = true;
    while (fits && next < name.length) {
      comparisons++;
      if (at < pattern.length && pattern[at] == '*') {
        star = at++;
        retry = next;
      } else if (at < pattern.length && (pattern[at] == '?' || pattern[at] == name[next])) {
        at++;
        next++;
      } else if (star >= 0) {
        at = star + 1;
        next = ++retry;
      } else {
        fits = false;
      }
    }
    effort.spend(comparisons);
    while (at < pattern.length && pattern[at] == '*') {
      at++;
    }
    return fits && at == pattern.length;
  }
}
