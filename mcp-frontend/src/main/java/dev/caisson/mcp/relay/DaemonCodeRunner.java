package dev.caisson.mcp.relay;

import dev.caisson.client.Acceptance;
import dev.caisson.client.ApprovalAnswer;
import dev.caisson.client.ApprovalRequest;
import dev.caisson.client.CaissonException;
import dev.caisson.client.MimeBundle;
import dev.caisson.client.OutputStreamName;
import dev.caisson.client.RunOptions;
import dev.caisson.client.RunResult;
import dev.caisson.client.ToolCall;
import dev.caisson.mcp.stubs.Catalogue;
import dev.caisson.v1.RenderToolApiRequest;
import dev.caisson.v1.RunFilePart;
import dev.caisson.v1.SearchToolsRequest;

/**
 * {@link CodeRunner} on the client library. The library connects at the first call and again after
 * a loss, so a daemon that comes later, or comes back, is found without a restart of ours.
 */
public final class DaemonCodeRunner implements CodeRunner {

  private final DaemonAccess daemon;

  public DaemonCodeRunner(DaemonAccess daemon) {
    this.daemon = daemon;
  }

  @Override
  public RunReport run(Program program, RunListener listener, ToolRelay tools, Approvals approvals)
      throws RefusedException, InterruptedException {
    var client = daemon.client();
    try {
      return report(
          client.run(
              approvals.canAsk() ? options(program).withApprovals() : options(program),
              new Events(listener, new RelayedCalls(tools, approvals))));
    } catch (CaissonException failure) {
      throw DaemonRefusals.of(failure);
    }
  }

  private static RunOptions options(Program program) {
    var options =
        RunOptions.code(program.code())
            .fileName(program.fileName())
            .policy(program.policy())
            .session(program.session())
            .arguments(program.arguments())
            .tools(CatalogueMessages.of(program.tools()))
            .printedFiles();
    if (!program.outputs().patterns().isEmpty()) {
      options = options.outputs(program.outputs().patterns());
    }
    if (program.outputs().changed()) {
      options = options.changedFiles();
    }
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
      throws RefusedException, InterruptedException {
    var request =
        SearchToolsRequest.newBuilder()
            .setTools(CatalogueMessages.of(catalogue))
            .setPolicy(policy)
            .setQuery(query)
            .setLimit(limit)
            .build();
    var answer = DaemonRefusals.asked(daemon, client -> client.searchTools(request));
    return new Found(
        answer.getMatchesList().stream().map(DaemonCodeRunner::match).toList(), answer.getTotal());
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
  public Rendered render(
      Catalogue catalogue, String policy, String server, String tool, ApiStyle style)
      throws RefusedException, InterruptedException {
    var request =
        RenderToolApiRequest.newBuilder()
            .setTools(CatalogueMessages.of(catalogue))
            .setPolicy(policy)
            .setServer(server)
            .setTool(tool)
            .setStyle(
                switch (style) {
                  case SIGNATURES -> RenderToolApiRequest.Style.SIGNATURES;
                  case SOURCE -> RenderToolApiRequest.Style.SOURCE;
                  case STUB -> RenderToolApiRequest.Style.STUB;
                  case REFERENCE -> RenderToolApiRequest.Style.REFERENCE;
                })
            .build();
    var answer = DaemonRefusals.asked(daemon, client -> client.renderToolModule(request));
    return new Rendered(answer.getSource(), answer.getModule());
  }

  @Override
  public void close() {
    daemon.close();
  }

  /** The library's events in our words. Its thread rules are those of {@link RunListener}. */
  private record Events(RunListener listener, RelayedCalls calls, OutputFileParts files)
      implements dev.caisson.client.RunListener {

    Events(RunListener listener, RelayedCalls calls) {
      this(listener, calls, new OutputFileParts(listener));
    }

    @Override
    public void onAccepted(Acceptance acceptance) {
      listener.accepted(
          new RunListener.Accepted(
              acceptance.runId(),
              acceptance.sandboxId(),
              acceptance.policy(),
              RunListener.Placement.valueOf(acceptance.placement().name()),
              acceptance.queueTime(),
              acceptance.stateLost()));
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
    public void onFile(RunFilePart part) {
      files.take(part);
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
