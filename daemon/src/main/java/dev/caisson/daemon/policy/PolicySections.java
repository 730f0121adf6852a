package dev.caisson.daemon.policy;

import static dev.caisson.daemon.policy.PolicyKeys.*;

import dev.caisson.daemon.settings.Setting;
import dev.caisson.daemon.settings.Settings;
import dev.caisson.daemon.settings.YamlTree;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The sections tools and code of one file, laid over the policy that it extends. A list that allows
 * replaces the parent's, so that what is allowed can be read in one file; a list that asks, denies,
 * refuses or limits adds to the parent's, so that nothing is lost by extending.
 *
 * @param fileName as rules name the file
 */
record PolicySections(Settings settings, YamlTree tree, String fileName) {

  ToolGrants grants(ToolGrants parent) {
    return new ToolGrants(
        settings.has(ALLOWED_TOOLS) ? rules(ALLOWED_TOOLS) : parent.allow(),
        joined(rules(ASKED_TOOLS), parent.ask()),
        joined(rules(DENIED_TOOLS), parent.deny()),
        joined(limits(), parent.limits()),
        settings.take(ASK_TIMEOUT, parent.askTimeout()),
        settings.has(ALLOWED_TOOLS) ? ref(ALLOWED_TOOLS.key()) : parent.section());
  }

  CodeRules code(CodeRules parent) {
    return new CodeRules(
        joined(codeRules(REFUSED_IMPORTS), parent.imports()),
        joined(codeRules(REFUSED_BUILTINS), parent.builtins()),
        joined(codeRules(REFUSED_ATTRIBUTES), parent.attributes()),
        tree.line("code") > 0 ? ref("code") : parent.section());
  }

  RuleRef ref(String key) {
    return new RuleRef(key, fileName, tree.line(key));
  }

  RuleRef ref(Settings.Entry<?> entry) {
    return new RuleRef(entry.key(), fileName, entry.line());
  }

  private List<ToolRule> rules(Setting<ToolPattern> setting) {
    return settings.takeEach(setting).stream()
        .map(entry -> new ToolRule(entry.value(), ref(entry)))
        .toList();
  }

  private List<CodeRule> codeRules(Setting<String> setting) {
    return settings.takeEach(setting).stream()
        .map(entry -> new CodeRule(entry.value(), ref(entry)))
        .toList();
  }

  private List<ToolLimit> limits() {
    List<ToolLimit> limits = new ArrayList<>();
    for (Settings.Entry<Settings> entry : settings.takeSections(TOOL_LIMITS, ToolLimitKeys.ALL)) {
      Settings keys = entry.value();
      if (!keys.has(ToolLimitKeys.TOOLS)) {
        settings.refuseEntry(
            entry, tree, "a limit says for which tools", "Add 'tools: SERVER.TOOL'");
        continue;
      }
      limits.add(
          new ToolLimit(
              keys.take(ToolLimitKeys.TOOLS, new ToolPattern("*", "*")),
              count(keys, ToolLimitKeys.CALLS),
              count(keys, ToolLimitKeys.IN_FLIGHT),
              keys.has(ToolLimitKeys.TIMEOUT)
                  ? Optional.of(keys.take(ToolLimitKeys.TIMEOUT, java.time.Duration.ofMillis(1)))
                  : Optional.empty(),
              ref(entry)));
      if (!keys.has(ToolLimitKeys.CALLS)
          && !keys.has(ToolLimitKeys.IN_FLIGHT)
          && !keys.has(ToolLimitKeys.TIMEOUT)) {
        settings.refuseEntry(
            entry, tree, "a limit limits something", "Add calls, in_flight or timeout");
      }
    }
    return limits;
  }

  private static OptionalInt count(Settings keys, Setting<Integer> setting) {
    return keys.has(setting) ? OptionalInt.of(keys.take(setting, 1)) : OptionalInt.empty();
  }

  /** A file's own first: a decision then names the rule that is nearest to who reads it. */
  private static <T> List<T> joined(List<T> own, List<T> parents) {
    List<T> all = new ArrayList<>(own);
    all.addAll(parents);
    return List.copyOf(all);
  }
}
