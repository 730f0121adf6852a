package dev.caisson.daemon.model;

/**
 * A place in a program that a rule about code may refuse, as the agent found it.
 *
 * @param name a module, a builtin, or an attribute with what is before its dot
 * @param line from 1
 */
public record CodeFinding(Kind kind, String name, int line) {

  /** What the program does there; the names are those of the channel. */
  public enum Kind {
    IMPORT,
    BUILTIN,
    ATTRIBUTE
  }

  public CodeFinding {
    if (line < 1) {
      throw new IllegalArgumentException("a program's lines count from 1, got " + line);
    }
  }
}
