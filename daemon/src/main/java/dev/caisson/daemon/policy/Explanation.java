package dev.caisson.daemon.policy;

import dev.caisson.daemon.model.DurationText;
import dev.caisson.daemon.policy.Decision.Allowed;
import dev.caisson.daemon.policy.Decision.Asked;
import dev.caisson.daemon.policy.Decision.Denied;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What a policy would decide and which line says so. Made by the same functions that decide about
 * runs, so it cannot say anything else than they do.
 *
 * @param subject what was asked, in words
 * @param notes what else holds: limits, what a connection may carry
 */
public record Explanation(Policy policy, String subject, Decision decision, List<String> notes) {

  public Explanation {
    notes = List.copyOf(notes);
  }

  public static Explanation of(Policy policy, PolicyQuestion question) {
    return switch (question) {
      case PolicyQuestion.Connect(String host, int port) -> connect(policy, host, port);
      case PolicyQuestion.Http(String method, String host, int port) ->
          network(policy, new NetworkRequest.Http(host, port, method), List.of());
      case PolicyQuestion.Tool(String server, String tool) -> tool(policy, server, tool);
      case PolicyQuestion.Import(String module) ->
          new Explanation(
              policy, "import " + module, policy.code().decideImport(module), List.of());
      case PolicyQuestion.Builtin(String name) ->
          new Explanation(policy, "builtin " + name, policy.code().decideBuiltin(name), List.of());
      case PolicyQuestion.Attribute(String dotted) ->
          new Explanation(
              policy, "attribute " + dotted, policy.code().decideAttribute(dotted), List.of());
    };
  }

  /** The decision without its reasons. */
  public Verdict verdict() {
    return switch (decision) {
      case Allowed ignored -> Verdict.ALLOWED;
      case Denied ignored -> Verdict.DENIED;
      case Asked ignored -> Verdict.ASK;
    };
  }

  /** Why not, or why a person is asked; nothing when it is allowed. */
  public Optional<String> reason() {
    return switch (decision) {
      case Allowed ignored -> Optional.empty();
      case Denied denied -> Optional.of(denied.reason());
      case Asked ignored ->
          Optional.of(
              "a person has to say yes within "
                  + DurationText.of(policy.grants().askTimeout())
                  + ", each time");
    };
  }

  /** Several lines for people; the first says it all. */
  public String text() {
    StringBuilder text =
        new StringBuilder(verdict().text()).append(": ").append(subject).append('\n');
    reason().ifPresent(reason -> text.append(line("reason", reason)));
    text.append(line("rule", decision.rule().key()));
    text.append(line("line", decision.rule().where()));
    notes.forEach(note -> text.append(line("note", note)));
    text.append(
        line(
            "policy",
            policy.name() + ", from " + String.join(", which extends ", policy.origin().files())));
    return text.toString();
  }

  /** One of the lines below the first: what it is about, and what holds. */
  public static String line(String name, String value) {
    return "  %-8s%s%n".formatted(name + ":", value);
  }

  private static Explanation connect(Policy policy, String host, int port) {
    NetworkPolicy network = policy.network();
    List<String> carried = new ArrayList<>();
    if (network.decide(new NetworkRequest.Tls(host, port)) instanceof Allowed) {
      carried.add("tls");
    }
    List<String> methods =
        NetworkRule.METHODS.stream()
            .sorted()
            .filter(method ->
                network.decide(new NetworkRequest.Http(host, port, method)) instanceof Allowed)
            .toList();
    if (!methods.isEmpty()) {
      carried.add("plain http (" + String.join(", ", methods) + ")");
    }
    if (network.decide(new NetworkRequest.Tcp(host, port)) instanceof Allowed) {
      carried.add("any bytes");
    }
    return network(
        policy,
        new NetworkRequest.Opening(host, port),
        carried.isEmpty() ? List.of() : List.of("may carry " + String.join(" or ", carried)));
  }

  private static Explanation network(Policy policy, NetworkRequest request, List<String> carried) {
    Decision decision = policy.network().decide(request);
    if (!(decision instanceof Allowed)) {
      return new Explanation(policy, request.shown(), decision, List.of());
    }
    NetworkLimits limits = policy.network().limits();
    if (limits.connectionsInAll() == 0) {
      return new Explanation(
          policy,
          request.shown(),
          new Denied(
              "the policy allows no connections", policy.origin().of("network.connections_total")),
          List.of());
    }
    List<String> notes = new ArrayList<>(carried);
    notes.add("an address that is private, loopback or otherwise special is refused all the same");
    return new Explanation(policy, request.shown(), decision, notes);
  }

  private static Explanation tool(Policy policy, String server, String tool) {
    String subject = "tool " + server + "." + tool;
    Decision decision = policy.grants().decide(server, tool);
    if (!(decision instanceof Denied) && policy.tools().calls() == 0) {
      Denied none =
          new Denied("the policy allows no tool calls", policy.origin().of("tools.calls"));
      return new Explanation(policy, subject, none, List.of());
    }
    if (decision instanceof Denied) {
      return new Explanation(policy, subject, decision, List.of());
    }
    List<String> notes = new ArrayList<>();
    policy.grants().limitsOf(server, tool).forEach(limit -> notes.add(limit(limit)));
    notes.add("which tools there are, says the catalogue that a run brings");
    return new Explanation(policy, subject, decision, notes);
  }

  private static String limit(ToolLimit limit) {
    List<String> parts = new ArrayList<>();
    limit.calls().ifPresent(calls -> parts.add(calls + " calls"));
    limit.inFlight().ifPresent(calls -> parts.add(calls + " at once"));
    limit.timeout().ifPresent(timeout -> parts.add("answered within " + DurationText.of(timeout)));
    return parts.stream().collect(Collectors.joining(", ", "limited to ", " by " + limit.rule()));
  }
}
