package dev.caisson.daemon.policy;

/**
 * One entry of a list of section code.
 *
 * @param pattern a name or a dotted name, where {@code *} stands for any characters
 */
public record CodeRule(String pattern, RuleRef rule) {

  public CodeRule {
    if (pattern.isBlank()) {
      throw new IllegalArgumentException("a rule about code has a pattern");
    }
  }
}
