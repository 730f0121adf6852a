package dev.caisson.daemon.policy;

/**
 * Where a rule is written, so that whoever meets a decision can go and read it.
 *
 * @param key sections joined by dots, entries of a list counted from 0: "network.allow[2]"
 * @param file the file's name without its folder: "web.yaml"
 * @param line from 1; 0 when the file has no line for it, because the key is left out
 */
public record RuleRef(String key, String file, int line) {

  public RuleRef {
    if (key.isBlank() || file.isBlank() || line < 0) {
      throw new IllegalArgumentException(
          "a rule has a key, a file and a line from 0, got '" + key + "', '" + file + "', " + line);
    }
  }

  /** "web.yaml:12", or the file alone. */
  public String where() {
    return line == 0 ? file : file + ":" + line;
  }

  /** "network.allow[2] (web.yaml:12)". */
  @Override
  public String toString() {
    return key + " (" + where() + ")";
  }
}
