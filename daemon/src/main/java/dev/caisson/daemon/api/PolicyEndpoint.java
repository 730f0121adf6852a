package dev.caisson.daemon.api;

import dev.caisson.daemon.policy.Explanation;
import dev.caisson.daemon.policy.LivePolicies;
import dev.caisson.daemon.policy.Policy;
import dev.caisson.daemon.policy.PolicyQuestion;
import dev.caisson.daemon.policy.RuleRef;
import dev.caisson.v1.ExplainDecisionRequest;
import dev.caisson.v1.ExplainDecisionResponse;
import dev.caisson.v1.ExplainDecisionResponse.Verdict;
import dev.caisson.v1.GetPolicyRequest;
import dev.caisson.v1.GetPolicyResponse;
import dev.caisson.v1.ListPoliciesRequest;
import dev.caisson.v1.ListPoliciesResponse;
import dev.caisson.v1.PolicyServiceGrpc;
import dev.caisson.v1.PolicySummary;
import dev.caisson.v1.PolicyValue;
import dev.caisson.v1.RuleReference;
import io.grpc.stub.StreamObserver;

/** PolicyService: the policies in force, and what they decide. */
public final class PolicyEndpoint extends PolicyServiceGrpc.PolicyServiceImplBase {

  private static final int LONGEST_TEXT = 1024;

  private final LivePolicies policies;

  public PolicyEndpoint(LivePolicies policies) {
    this.policies = policies;
  }

  @Override
  public void listPolicies(
      ListPoliciesRequest request, StreamObserver<ListPoliciesResponse> responses) {
    ToolEndpoint.answer(responses, this::list);
  }

  @Override
  public void getPolicy(GetPolicyRequest request, StreamObserver<GetPolicyResponse> responses) {
    ToolEndpoint.answer(responses, () -> describe(policies.find(request.getName())));
  }

  @Override
  public void explainDecision(
      ExplainDecisionRequest request, StreamObserver<ExplainDecisionResponse> responses) {
    ToolEndpoint.answer(
        responses,
        () -> explain(Explanation.of(policies.find(request.getPolicy()), question(request))));
  }

  private ListPoliciesResponse list() {
    LivePolicies.State state = policies.state();
    ListPoliciesResponse.Builder response =
        ListPoliciesResponse.newBuilder()
            .setGeneration(state.generation())
            .setRefusal(state.refusal().orElse(""));
    state.store().all().forEach(policy -> response.addPolicies(summary(policy)));
    return response.build();
  }

  private static GetPolicyResponse describe(Policy policy) {
    GetPolicyResponse.Builder response = GetPolicyResponse.newBuilder().setPolicy(summary(policy));
    Policy.keys()
        .forEach(key ->
            response.addValues(
                PolicyValue.newBuilder()
                    .setKey(key)
                    .setValue(policy.origin().value(key))
                    .setRule(reference(policy.origin().of(key)))));
    return response.build();
  }

  private static PolicySummary summary(Policy policy) {
    return PolicySummary.newBuilder()
        .setName(policy.name())
        .addAllFiles(policy.origin().files())
        .setNetwork(!policy.network().offline())
        .build();
  }

  private static PolicyQuestion question(ExplainDecisionRequest request) {
    return switch (request.getQuestionCase()) {
      case CONNECT ->
          new PolicyQuestion.Connect(
              bounded("connect.host", request.getConnect().getHost()),
              port("connect.port", request.getConnect().getPort()));
      case HTTP ->
          new PolicyQuestion.Http(
              bounded("http.method", request.getHttp().getMethod()),
              bounded("http.host", request.getHttp().getHost()),
              port("http.port", request.getHttp().getPort()));
      case TOOL ->
          new PolicyQuestion.Tool(
              bounded("tool.server", request.getTool().getServer()),
              bounded("tool.tool", request.getTool().getTool()));
      case IMPORT -> new PolicyQuestion.Import(bounded("import", request.getImport()));
      case BUILTIN -> new PolicyQuestion.Builtin(bounded("builtin", request.getBuiltin()));
      case ATTRIBUTE -> new PolicyQuestion.Attribute(bounded("attribute", request.getAttribute()));
      case QUESTION_NOT_SET ->
          throw RunRequests.invalid(
              "question", "is not set", "set connect, http, tool, import, builtin or attribute");
    };
  }

  private static String bounded(String field, String text) {
    if (text.isEmpty() || text.length() > LONGEST_TEXT) {
      throw RunRequests.invalid(
          field, "has " + text.length() + " characters", "send 1 to " + LONGEST_TEXT);
    }
    return text;
  }

  private static int port(String field, int port) {
    if (port < 1 || port > 65_535) {
      throw RunRequests.invalid(
          field, "is " + Integer.toUnsignedString(port), "allowed is 1 to 65535");
    }
    return port;
  }

  private static ExplainDecisionResponse explain(Explanation explanation) {
    Verdict verdict =
        switch (explanation.verdict()) {
          case ALLOWED -> Verdict.ALLOWED;
          case DENIED -> Verdict.DENIED;
          case ASK -> Verdict.ASK;
        };
    return ExplainDecisionResponse.newBuilder()
        .setVerdict(verdict)
        .setReason(explanation.reason().orElse(""))
        .setRule(reference(explanation.decision().rule()))
        .addAllNotes(explanation.notes())
        .setText(explanation.text())
        .build();
  }

  private static RuleReference reference(RuleRef rule) {
    return RuleReference.newBuilder()
        .setKey(rule.key())
        .setFile(rule.file())
        .setLine(rule.line())
        .build();
  }
}
