package dev.caisson.daemon.guards;

import java.util.List;

/**
 * One line that keeps a promise, and how to take it out.
 *
 * @param id short and unique: "host.memory"
 * @param row the attack of the corpus that it answers, or empty
 * @param edits the changes that take it out
 * @param also guards behind or before this one that would hide that it is gone: taken out with it
 * @param tests which must fail without it, as {@link NamedTests} takes them, below {@link #ROOT}
 */
record Guard(String id, String row, List<Edit> edits, List<String> also, List<String> tests) {

  static final String ROOT = "dev.caisson.daemon.";

  Guard {
    edits = List.copyOf(edits);
    also = List.copyOf(also);
    tests = List.copyOf(tests);
    if (id.isBlank() || edits.isEmpty()) {
      throw new IllegalArgumentException("a guard has an id and an edit, got '" + id + "'");
    }
  }

  /**
   * A change of one source.
   *
   * @param file below the top of the checkout
   * @param find text that is in it exactly once
   * @param put what is there instead
   */
  record Edit(String file, String find, String put) {

    /** The source without the guard; fails when the text is not there exactly once. */
    String applyTo(String source) {
      int at = source.indexOf(find);
      if (at < 0) {
        throw new IllegalStateException(file + " has no longer: " + find);
      }
      if (source.indexOf(find, at + 1) >= 0) {
        throw new IllegalStateException(file + " has more than once: " + find);
      }
      return source.substring(0, at) + put + source.substring(at + find.length());
    }
  }
}
