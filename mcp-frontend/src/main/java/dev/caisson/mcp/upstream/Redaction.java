package dev.caisson.mcp.upstream;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/**
 * Takes secrets out of texts that people and models will read: values from the environment, of
 * headers and of {@code env} entries. Very short values are left alone, because replacing every "1"
 * would garble the message and hide nothing.
 */
public final class Redaction {

  private static final int SHORTEST = 4;

  private final List<String> secrets;

  public Redaction(Collection<String> secrets) {
    this.secrets =
        secrets.stream()
            .filter(secret -> secret.length() >= SHORTEST)
            .distinct()
            // The longest first: a secret may contain another one.
            .sorted(Comparator.comparingInt(String::length).reversed())
            .toList();
  }

  /** The text with every secret replaced by three asterisks. */
  public String apply(String text) {
    var result = text;
    for (var secret : secrets) {
      result = result.replace(secret, "***");
    }
    return result;
  }

  /** Says nothing about what it hides. */
  @Override
  public String toString() {
    return "Redaction[" + secrets.size() + " values]";
  }
}
