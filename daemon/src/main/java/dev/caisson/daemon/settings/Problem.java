package dev.caisson.daemon.settings;

/**
 * One thing wrong with something that a person wrote.
 *
 * @param where the file and line, variable or flag: "web.yaml:12", "$CAISSON_SOCKET"
 * @param key the key, sections joined by dots; empty when the whole file is meant
 * @param value what was written; empty when nothing was
 * @param allowed what may be written there
 * @param remedy what to do
 */
public record Problem(String where, String key, String value, String allowed, String remedy) {

  private static final int LONGEST_VALUE = 120;

  public Problem {
    value = printable(value);
    key = printable(key);
  }

  /** One line for people. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(where).append(": ");
    if (!key.isEmpty() && !where.endsWith(key)) {
      text.append(key).append(": ");
    }
    if (!value.isEmpty()) {
      text.append("got ").append(value).append("; ");
    }
    return text.append(allowed).append(". ").append(remedy).toString().strip();
  }

  private static String printable(String text) {
    String line = text.replaceAll("\\p{Cntrl}", "?");
    return line.length() <= LONGEST_VALUE ? line : line.substring(0, LONGEST_VALUE) + "…";
  }
}
