package dev.caisson.daemon.policy;

/** Names with {@code *} for any characters, none included, and {@code ?} for one. */
final class NamePattern {

  private NamePattern() {}

  /**
   * Goes back to the last star only, so it takes at most the product of the two lengths: names come
   * from a sandbox or from whoever brings a catalogue.
   */
  static boolean matches(String pattern, String name) {
    int p = 0;
    int n = 0;
    int star = -1;
    int resume = 0;
    while (n < name.length()) {
      if (p < pattern.length() && pattern.charAt(p) == '*') {
        star = p++;
        resume = n;
      } else if (p < pattern.length()
          && (pattern.charAt(p) == '?' || pattern.charAt(p) == name.charAt(n))) {
        p++;
        n++;
      } else if (star >= 0) {
        p = star + 1;
        n = ++resume;
      } else {
        return false;
      }
    }
    while (p < pattern.length() && pattern.charAt(p) == '*') {
      p++;
    }
    return p == pattern.length();
  }
}
