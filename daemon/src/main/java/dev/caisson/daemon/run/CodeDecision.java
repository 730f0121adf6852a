package dev.caisson.daemon.run;

import dev.caisson.daemon.model.CodeFinding;
import dev.caisson.daemon.model.RunOutcome;
import dev.caisson.daemon.policy.CodeRules;
import dev.caisson.daemon.policy.Decision;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes an outcome of what the agent found in a program before it ran it. The agent only says what
 * stands where: the rules are asked again here, and an agent that names nothing refused lies.
 */
final class CodeDecision {

  private CodeDecision() {}

  static RunOutcome of(List<CodeFinding> findings, CodeRules rules) {
    List<String> lines = new ArrayList<>();
    for (CodeFinding finding : findings) {
      switch (decide(finding, rules)) {
        case Decision.Denied denied ->
            lines.add("line " + finding.line() + ": " + denied.message());
        case Decision.Allowed allowed -> {
          return new RunOutcome.ProtocolViolation(
              "the agent refused a program for something that its policy allows");
        }
      }
    }
    return lines.isEmpty()
        ? new RunOutcome.ProtocolViolation("the agent refused a program and did not say why")
        : new RunOutcome.PolicyDenied(
            "the program was refused before it ran: " + String.join("\n", lines));
  }

  private static Decision.Final decide(CodeFinding finding, CodeRules rules) {
    return switch (finding.kind()) {
      case IMPORT -> rules.decideImport(finding.name());
      case BUILTIN -> rules.decideBuiltin(finding.name());
      case ATTRIBUTE -> rules.decideAttribute(finding.name());
    };
  }
}
