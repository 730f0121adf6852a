package dev.caisson.mcp.relay;

import dev.caisson.client.Acceptance;
import dev.caisson.client.ApprovalAnswer;
import dev.caisson.client.ApprovalRequest;
import dev.caisson.client.CaissonClient;
import dev.caisson.client.CaissonException;
import dev.caisson.client.MimeBundle;
import dev.caisson.client.OutputStreamName;
import dev.caisson.client.Placement;
import dev.caisson.client.RunOptions;
import dev.caisson.client.RunResult;
import dev.caisson.client.ToolCall;
import dev.caisson.mcp.stubs.Catalogue;
import dev.caisson.v1.RenderToolApiRequest;
import dev.caisson.v1.SearchToolsRequest;

/**
 * {@link CodeRunner} on the client library. The library connects at the first call and again after
 * a loss, so a daemon that comes later, or comes back, is found without a restart of ours.
 */
public final class DaemonCodeRunner implements CodeRunner {

  private final CaissonClient client;

  public DaemonCodeRunner(CaissonClient client) {
    this.client = client;
  }

  @Override
  public RunReport run(Program program, RunListener listener, ToolRelay tools, Approvals approvals)
      throws RunRefusedException, InterruptedException {
    try {
      return report(
          client.run(
              approvals.canAsk() ? options(program).withApprovals() : options(program),
              new Events(listener, new RelayedCalls(tools, approvals))));
    } catch (CaissonException failure) {
      throw refused(failure);
    }
  }

  private static RunOptions options(Program program) {
    var options =
        RunOptions.code(program.code())
            .fileName(program.fileName())
            .policy(program.policy())
            .arguments(program.arguments())
            .tools(CatalogueMessages.of(program.tools()));
    return program.timeLimit().map(options::wallTime).orElse(options);
  }

  private static RunReport report(RunResult result) {
    return new RunReport(
        RunReport.Outcome.valueOf(result.outcome().name()),
        result.message(),
        result.limit(),
        result.exitCode(),
        result
            .value()
            .map(v ->
                new RunReport.Value(v.repr(), v.reprCut(), v.json().orElse(""), forms(v.bundle()))),
        result.exception().map(e -> new RunReport.Failure(e.type(), e.message(), e.traceback())),
        result.usage().wallTime(),
        result.outputBytesDropped(),
        result.displaysDropped());
  }

  private static Forms forms(MimeBundle bundle) {
    return new Forms(
        bundle.parts().stream().map(part -> new Forms.Form(part.mimeType(), part.data())).toList());
  }

  @Override
  public Found search(Catalogue catalogue, String policy, String query, int limit)
      throws RunRefusedException {
    try {
      var answer =
          client.searchTools(
              SearchToolsRequest.newBuilder()
                  .setTools(CatalogueMessages.of(catalogue))
                  .setPolicy(policy)
                  .setQuery(query)
                  .setLimit(limit)
                  .build());
      return new Found(
          answer.getMatchesList().stream().map(DaemonCodeRunner::match).toList(),
          answer.getTotal());
    } catch (CaissonException failure) {
      throw refused(failure);
    }
  }

  private static Match match(dev.caisson.v1.ToolMatch match) {
    return new Match(
        match.getServer(),
        match.getTool(),
        match.getPythonName(),
        match.getSignature(),
        match.getSummary());
  }

  @Override
  public String render(Catalogue catalogue, String policy, String server, String tool)
      throws RunRefusedException {
    try {
      return client.renderToolApi(
          RenderToolApiRequest.newBuilder()
              .setTools(CatalogueMessages.of(catalogue))
              .setPolicy(policy)
              .setServer(server)
              .setTool(tool)
              .setStyle(RenderToolApiRequest.Style.SOURCE)
              .build());
    } catch (CaissonException failure) {
      throw refused(failure);
    }
  }

  private RunRefusedException refused(CaissonException failure) {
    var advice =
        failure.reason().equals(CaissonException.DAEMON_UNREACHABLE) && failure.advice().isEmpty()
            ? "start it with: caisson up"
            : failure.advice();
    var text =
        advice.isEmpty() ? failure.getMessage() : failure.getMessage() + "\nWhat to do: " + advice;
    return new RunRefusedException(text, failure);
  }

  @Override
  public void close() {
    client.close();
  }

  /** The library's events in our words. Its thread rules are those of {@link RunListener}. */
  private record Events(RunListener listener, RelayedCalls calls)
      implements dev.caisson.client.RunListener {

    @Override
    public void onAccepted(Acceptance acceptance) {
      listener.accepted(
          new RunListener.Accepted(
              acceptance.runId(),
              acceptance.sandboxId(),
              acceptance.policy(),
              acceptance.placement() == Placement.WARM,
              acceptance.queueTime()));
    }

    @Override
    public void onOutput(OutputStreamName stream, byte[] bytes) {
      listener.output(
          switch (stream) {
            case STDOUT -> RunListener.Stream.STDOUT;
            case STDERR -> RunListener.Stream.STDERR;
          },
          bytes);
    }

    @Override
    public void onDisplay(MimeBundle shown) {
      listener.shown(forms(shown));
    }

    @Override
    public ApprovalAnswer onApproval(ApprovalRequest request) throws InterruptedException {
      return calls.approve(request);
    }

    @Override
    public dev.caisson.client.ToolAnswer onToolCall(ToolCall call) throws InterruptedException {
      return calls.call(call);
    }
  }
}
