package dev.caisson.daemon.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caisson.daemon.channel.Json;
import dev.caisson.daemon.model.CodeFinding;
import dev.caisson.daemon.model.RunOutcome;
import dev.caisson.daemon.policy.CodeRule;
import dev.caisson.daemon.policy.CodeRules;
import dev.caisson.daemon.policy.RuleRef;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What becomes of a program that the agent refused to run. */
class CodeDecisionTest {

  private static final CodeRules RULES = rules("imports", "socket");

  @Test
  void aRefusedProgramIsDeniedWithEveryLineAndItsRule() {
    RunOutcome outcome =
        CodeDecision.of(
            List.of(finding("import", "socket", 2), finding("import", "socket.io", 5)), RULES);

    assertThat(outcome)
        .isEqualTo(
            new RunOutcome.PolicyDenied(
                """
                the program was refused before it ran: line 2: the policy refuses importing \
                'socket'; decided by code.imports[0] (strict.yaml:4)
                line 5: the policy refuses importing 'socket.io'; decided by code.imports[0] \
                (strict.yaml:4)\
                """));
    assertThat(outcome.exitCode()).isEqualTo(126);
  }

  @Test
  void anAgentThatRefusesWhatThePolicyAllowsLies() {
    assertThat(CodeDecision.of(List.of(finding("import", "json", 1)), RULES))
        .isInstanceOf(RunOutcome.ProtocolViolation.class);
    assertThat(CodeDecision.of(List.of(finding("builtin", "socket", 1)), RULES))
        .isInstanceOf(RunOutcome.ProtocolViolation.class);
    assertThat(CodeDecision.of(List.of(), RULES)).isInstanceOf(RunOutcome.ProtocolViolation.class);
  }

  @Test
  void patternsMeanWhatTheAgentMeans() throws IOException {
    for (JsonNode each : cases()) {
      CodeRules rules = rules(each.get("rules").stringValue(), each.get("pattern").stringValue());
      CodeFinding finding =
          finding(each.get("kind").stringValue(), each.get("name").stringValue(), 1);

      assertThat(CodeDecision.of(List.of(finding), rules) instanceof RunOutcome.PolicyDenied)
          .as(each.toString())
          .isEqualTo(each.get("refused").booleanValue());
    }
  }

  private static CodeFinding finding(String kind, String name, int line) {
    return new CodeFinding(CodeFinding.Kind.valueOf(kind.toUpperCase(Locale.ROOT)), name, line);
  }

  private static CodeRules rules(String list, String pattern) {
    List<CodeRule> one =
        List.of(new CodeRule(pattern, new RuleRef("code." + list + "[0]", "strict.yaml", 4)));
    List<CodeRule> none = List.of();
    return new CodeRules(
        list.equals("imports") ? one : none,
        list.equals("builtins") ? one : none,
        list.equals("attributes") ? one : none,
        new RuleRef("code", "strict.yaml", 3));
  }

  private static JsonNode cases() throws IOException {
    try (InputStream in =
        CodeDecisionTest.class.getResourceAsStream("/caisson/channel/code-rules.json")) {
      byte[] bytes = Objects.requireNonNull(in).readAllBytes();
      return Json.read(bytes, 0, bytes.length).get("cases");
    }
  }
}
