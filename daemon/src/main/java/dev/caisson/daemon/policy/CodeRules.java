package dev.caisson.daemon.policy;

import dev.caisson.daemon.policy.Decision.Allowed;
import dev.caisson.daemon.policy.Decision.Denied;
import java.util.List;

/**
 * What is refused in a program's text before it runs. Hygiene that tells honest code early, not a
 * wall: Python can spell anything in another way, and the sandbox holds whatever it spells.
 *
 * @param imports modules; a module's name refuses what is below it too
 * @param builtins names such as "eval"
 * @param attributes attributes by name ("__globals__") or with what is before the dot ("os.system")
 * @param section where the section is written, or would be: allows what no rule refuses
 */
public record CodeRules(
    List<CodeRule> imports, List<CodeRule> builtins, List<CodeRule> attributes, RuleRef section) {

  public CodeRules {
    imports = List.copyOf(imports);
    builtins = List.copyOf(builtins);
    attributes = List.copyOf(attributes);
  }

  /** Whether nothing is refused, so that nobody has to look. */
  public boolean allowsEverything() {
    return imports.isEmpty() && builtins.isEmpty() && attributes.isEmpty();
  }

  /** Decides about {@code import a.b} by its dotted name: it loads "a" and "a.b". */
  public Decision.Final decideImport(String module) {
    for (CodeRule rule : imports) {
      for (int end = module.length(); end > 0; end = module.lastIndexOf('.', end - 1)) {
        if (NamePattern.matches(rule.pattern(), module.substring(0, end))) {
          return new Denied("the policy refuses importing '" + module + "'", rule.rule());
        }
      }
    }
    return new Allowed(section);
  }

  /** Decides about the use of a name that the program does not define itself. */
  public Decision.Final decideBuiltin(String name) {
    for (CodeRule rule : builtins) {
      if (NamePattern.matches(rule.pattern(), name)) {
        return new Denied("the policy refuses the builtin '" + name + "'", rule.rule());
      }
    }
    return new Allowed(section);
  }

  /**
   * Decides about an attribute.
   *
   * @param dotted the expression as far as it is names and dots: "os.path.join", or the attribute
   *     alone when what is before the dot is something else
   */
  public Decision.Final decideAttribute(String dotted) {
    for (CodeRule rule : attributes) {
      for (int start = 0; ; start = dotted.indexOf('.', start) + 1) {
        if (NamePattern.matches(rule.pattern(), dotted.substring(start))) {
          return new Denied("the policy refuses the attribute '" + dotted + "'", rule.rule());
        }
        if (dotted.indexOf('.', start) < 0) {
          break;
        }
      }
    }
    return new Allowed(section);
  }
}
