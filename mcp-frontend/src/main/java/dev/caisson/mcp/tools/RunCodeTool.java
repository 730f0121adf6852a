package dev.caisson.mcp.tools;

import dev.caisson.mcp.protocol.ClientLink;
import dev.caisson.mcp.relay.Approvals;
import dev.caisson.mcp.relay.CodeRunner;
import dev.caisson.mcp.relay.Program;
import dev.caisson.mcp.relay.RefusedException;
import dev.caisson.mcp.relay.RunReport;
import dev.caisson.mcp.relay.RunReport.Outcome;
import dev.caisson.mcp.relay.ToolCallLog;
import dev.caisson.mcp.stubs.Catalogue;
import dev.caisson.mcp.upstream.UpstreamServers;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The tool {@code run_code}. The run has a thread of its own. The thread of the request waits for
 * it and cancels it when it is interrupted; when it has waited for long enough it leaves the run to
 * {@link DetachedRuns}.
 */
final class RunCodeTool {

  /** How long a run waits for servers that connect for the first time. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private static final Duration PROGRESS_PAUSE = Duration.ofMillis(50);

  private static final Duration ENDING = Duration.ofSeconds(3);
  private static final int LABEL = 60;

  private final CodeRunner runner;
  private final DetachedRuns runs;
  private final ConnectionSessions sessions;
  private final UpstreamServers upstream;
  private final FrontendOptions options;

  RunCodeTool(
      CodeRunner runner,
      DetachedRuns runs,
      ConnectionSessions sessions,
      UpstreamServers upstream,
      FrontendOptions options) {
    this.runner = runner;
    this.runs = runs;
    this.sessions = sessions;
    this.upstream = upstream;
    this.options = options;
  }

  McpSchema.Tool definition() {
    return McpSchema.Tool.builder("run_code", Schemas.runCodeInput(options.policy().isEmpty()))
        .title("Run Python code")
        .description(description())
        .outputSchema(Schemas.runCodeOutput())
        .annotations(
            McpSchema.ToolAnnotations.builder()
                .title("Run Python code")
                .readOnlyHint(false)
                .destructiveHint(true)
                .idempotentHint(false)
                .openWorldHint(true)
                .build())
        .build();
  }

  private String description() {
    var text =
        """
        Runs a Python 3.13 program in an isolated sandbox (no network). Returns what it prints and \
        shows (display(), matplotlib), its last expression's value, and files asked for; top-level \
        await works. %s\
        """
            .formatted(
                switch (options.sessions()) {
                  case NO ->
                      "Every run has a fresh sandbox, unless it is in a session: there variables,"
                          + " imports and files stay.";
                  case YES ->
                      "Runs share the session of this connection, unless they name another one:"
                          + " variables, imports and files stay.";
                });
    if (upstream.names().isEmpty()) {
      return text;
    }
    return text
        +
"""
        \s
        Inside the program the tools of these MCP servers are ordinary functions: %s. Call them as \
        server.tool(arguments by name), for example weather.get_weather(location="Oslo"); results \
        are Python values. Find names and signatures with search_tools first. Prefer one program \
        that makes many calls, filters and combines their results, and prints only the answer. A tool \
of a server that is down raises ToolError; search_tools says which servers are.\
"""
            .formatted(String.join(", ", upstream.names()));
  }

  CallToolResult call(ClientLink client, CallToolRequest request) {
    if (!client.wantsProgress()) {
      return call(client, request, null);
    }
    try (var feed = new ProgressFeed(new ProgressNotifications(client), PROGRESS_PAUSE)) {
      return call(client, request, feed);
    }
  }

  private CallToolResult call(
      ClientLink client, CallToolRequest request, @Nullable ProgressFeed feed) {
    try {
      var arguments = Arguments.of(request.arguments());
      var program = program(arguments);
      // A client that hears of progress goes on waiting; one that hears nothing gives up in
      // silence.
      var patience =
          RunWait.of(arguments)
              .or(() -> feed == null ? Optional.of(RunWait.BELOW_CLIENTS_LIMIT) : Optional.empty());
      var approvals = new ElicitedApprovals(client);
      var session = arguments.text("session");
      return follow(
          runs.begin(
              label(program.code()),
              feed == null ? null : feed::offer,
              self -> run(program, session, self, self.counted(approvals))),
          patience);
    } catch (IllegalArgumentException wrong) {
      return refused(String.valueOf(wrong.getMessage()));
    } catch (RefusedException refusal) {
      return refused(refusal.explanation());
    } catch (InterruptedException cancelled) {
      if (feed != null) {
        feed.abandon();
      }
      Thread.currentThread().interrupt();
      return refused("the request was cancelled");
    }
  }

  private CallToolResult follow(OngoingRun run, Optional<Duration> patience)
      throws InterruptedException {
    try {
      if (patience.isPresent()) {
        var answer = run.awaitUnasked(patience.get());
        if (answer.isPresent()) {
          return answer.get();
        }
        if (runs.keep(run)) {
          return StillRunning.answer(run, 0);
        }
      }
      return run.await();
    } catch (InterruptedException cancelled) {
      run.cancel();
      // Whoever has seen the request's end may count on the run's.
      run.join(ENDING);
      throw cancelled;
    }
  }

  private static String label(String code) {
    var first = code.strip().lines().findFirst().orElse("");
    return first.length() > LABEL ? first.substring(0, LABEL) + "…" : first;
  }

  /** On the run's own thread. */
  private CallToolResult run(Program program, String wanted, OngoingRun self, Approvals approvals) {
    try {
      var session = sessions.ofRun(wanted);
      var transcript = new RunTranscript(System::nanoTime, self, session);
      return session.isEmpty()
          ? run(program, "", transcript, approvals)
          : sessions.in(session.get(), id -> run(program, id, transcript, approvals));
    } catch (RefusedException refusal) {
      return refused(refusal.explanation());
    } catch (InterruptedException cancelled) {
      Thread.currentThread().interrupt();
      return refused("the run was cancelled");
    }
  }

  private CallToolResult run(
      Program program, String session, RunTranscript transcript, Approvals approvals)
      throws RefusedException, InterruptedException {
    var calls = new ToolCallLog(upstream, System::nanoTime);
    var snapshot = upstream.snapshot(PATIENCE);
    var placed = program.in(session, snapshot.catalogue());
    var report = runner.run(placed, transcript, calls, approvals);
    transcript.end();
    return result(report, transcript, session, calls.summary(), snapshot.troubles());
  }

  private Program program(Arguments arguments) {
    return new Program(
        arguments.text("code"),
        "",
        List.of(),
        options.policy().isEmpty() ? arguments.text("policy") : options.policy(),
        "",
        arguments.time("timeout"),
        new Program.Outputs(arguments.texts("outputs"), arguments.flag("changed_files")),
        Catalogue.EMPTY);
  }

  private static CallToolResult refused(String why) {
    var structured = new LinkedHashMap<String, Object>();
    structured.put("outcome", "NOT_RUN");
    structured.put("message", why);
    return CallToolResult.builder()
        .addTextContent(why)
        .structuredContent(structured)
        .isError(true)
        .build();
  }

  private static CallToolResult result(
      RunReport report,
      RunTranscript transcript,
      String session,
      ToolCallLog.Summary calls,
      Map<String, String> troubles) {
    var text = RunResultText.of(report, transcript, troubles);
    var inSession = Optional.of(session).filter(id -> !id.isEmpty());
    var answer =
        CallToolResult.builder()
            .addTextContent(text)
            .structuredContent(RunResultData.of(report, transcript, inSession, calls, troubles))
            .isError(report.outcome() != Outcome.SUCCEEDED);
    transcript.images().content().forEach(answer::addContent);
    transcript.files().content().forEach(answer::addContent);
    return answer.build();
  }
}
