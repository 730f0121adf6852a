package dev.caisson.mcp.tools;

import dev.caisson.mcp.relay.Approvals;
import dev.caisson.mcp.relay.CodeRunner;
import dev.caisson.mcp.relay.Program;
import dev.caisson.mcp.relay.RunListener.Stream;
import dev.caisson.mcp.relay.RunRefusedException;
import dev.caisson.mcp.relay.RunReport;
import dev.caisson.mcp.relay.RunReport.Outcome;
import dev.caisson.mcp.relay.ToolCallLog;
import dev.caisson.mcp.text.Durations;
import dev.caisson.mcp.upstream.UpstreamServers;
import io.modelcontextprotocol.server.McpSyncServerExchange;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * The tool {@code run_code}. Runs on the thread of its request and blocks there until the run is
 * over; interrupting that thread cancels the run.
 */
final class RunCodeTool {

  /** How long a run waits for servers that connect for the first time. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private static final Duration PROGRESS_PAUSE = Duration.ofMillis(50);

  private final CodeRunner runner;
  private final UpstreamServers upstream;
  private final String fixedPolicy;

  /** A fixed policy cannot be changed by the caller; without one the caller may name a policy. */
  RunCodeTool(CodeRunner runner, UpstreamServers upstream, String fixedPolicy) {
    this.runner = runner;
    this.upstream = upstream;
    this.fixedPolicy = fixedPolicy;
  }

  McpSchema.Tool definition() {
    return McpSchema.Tool.builder("run_code", Schemas.runCodeInput(fixedPolicy.isEmpty()))
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
        Runs a Python 3.13 program in a fresh, isolated sandbox (no network, nothing is kept \
        between runs). Returns what it prints, shows (display(), matplotlib figures) and the \
        value of its last expression; top-level await works.\
        """;
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

  CallToolResult call(McpSyncServerExchange exchange, CallToolRequest request) {
    var token = request.meta() == null ? null : request.meta().get("progressToken");
    if (token == null) {
      return call(request, new ElicitedApprovals(exchange), null);
    }
    try (var feed = new ProgressFeed(new ProgressNotifications(exchange, token), PROGRESS_PAUSE)) {
      return call(request, new ElicitedApprovals(exchange), feed);
    }
  }

  private CallToolResult call(
      CallToolRequest request, Approvals approvals, @Nullable ProgressFeed feed) {
    var transcript = new RunTranscript(System::nanoTime, feed);
    var calls = new ToolCallLog(upstream, System::nanoTime);
    try {
      var snapshot = upstream.snapshot(PATIENCE);
      var program = program(request.arguments(), snapshot);
      var report = runner.run(program, transcript, calls, approvals);
      transcript.end();
      return result(report, transcript, calls.summary(), snapshot.troubles());
    } catch (IllegalArgumentException wrong) {
      return refused(String.valueOf(wrong.getMessage()));
    } catch (RunRefusedException refusal) {
      return refused(refusal.explanation());
    } catch (InterruptedException cancelled) {
      if (feed != null) {
        feed.abandon();
      }
      Thread.currentThread().interrupt();
      return refused("the request was cancelled");
    }
  }

  private Program program(Map<String, Object> arguments, UpstreamServers.Snapshot snapshot) {
    var policy = fixedPolicy.isEmpty() ? text(arguments.get("policy")) : fixedPolicy;
    var timeout = Optional.ofNullable(arguments.get("timeout")).map(String::valueOf);
    return new Program(
        text(arguments.get("code")),
        "",
        List.of(),
        policy,
        timeout.map(Durations::parse),
        snapshot.catalogue());
  }

  private static String text(@Nullable Object value) {
    return value instanceof String string ? string : "";
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
      ToolCallLog.Summary calls,
      Map<String, String> troubles) {
    var answer =
        CallToolResult.builder()
            .addTextContent(RunResultText.of(report, transcript, troubles))
            .structuredContent(structured(report, transcript, calls, troubles))
            .isError(report.outcome() != Outcome.SUCCEEDED);
    transcript.images().content().forEach(answer::addContent);
    return answer.build();
  }

  private static Map<String, Object> structured(
      RunReport report,
      RunTranscript transcript,
      ToolCallLog.Summary calls,
      Map<String, String> troubles) {
    var result = new LinkedHashMap<String, Object>();
    result.put("outcome", report.outcome().name());
    if (!report.message().isEmpty()) {
      result.put("message", report.message());
    }
    if (!report.limit().isEmpty()) {
      result.put("limit", report.limit());
    }
    result.put("exit_code", report.exitCode());
    report.value().ifPresent(value -> value(value, result));
    result.put("stdout", transcript.of(Stream.STDOUT).text());
    result.put("stderr", transcript.of(Stream.STDERR).text());
    report
        .exception()
        .ifPresent(exception ->
            result.put(
                "exception",
                Map.of(
                    "type", exception.type(),
                    "message", exception.message(),
                    "traceback", exception.traceback())));
    if (!transcript.displays().isEmpty()) {
      result.put("displays", transcript.displays());
    }
    result.put("tool_calls", calls.entries().stream().map(RunCodeTool::entry).toList());
    result.put("tool_calls_total", calls.total());
    result.put(
        "truncated",
        Map.of(
            "stdout_characters", transcript.of(Stream.STDOUT).cut(),
            "stderr_characters", transcript.of(Stream.STDERR).cut(),
            "dropped_bytes", report.outputBytesDropped(),
            "dropped_displays", report.displaysDropped()));
    result.put("timeline", timeline(report, transcript));
    transcript.accepted().ifPresent(accepted -> run(accepted, result));
    if (!troubles.isEmpty()) {
      result.put("unavailable_servers", troubles);
    }
    return result;
  }

  private static void value(RunReport.Value value, Map<String, Object> result) {
    result.put("value_repr", value.repr());
    if (!value.json().isEmpty() && value.json().length() <= 256 * 1024) {
      // From the sandbox: read as data, and only kept when it really is JSON.
      try {
        result.put("value", JsonMapper.shared().readValue(value.json(), Object.class));
      } catch (tools.jackson.core.JacksonException notJson) {
        result.put("value", value.repr());
      }
    }
  }

  private static void run(
      dev.caisson.mcp.relay.RunListener.Accepted accepted, Map<String, Object> result) {
    result.put("run_id", accepted.runId());
    result.put("sandbox_id", accepted.sandboxId());
    result.put("policy", accepted.policy());
    result.put("placement", accepted.warm() ? "WARM" : "COLD");
  }

  private static Map<String, Object> timeline(RunReport report, RunTranscript transcript) {
    var times = new LinkedHashMap<String, Object>();
    if (transcript.acceptedMillis() >= 0) {
      times.put("claim_ms", transcript.acceptedMillis());
    }
    if (transcript.firstOutputMillis() >= 0) {
      times.put("first_output_ms", transcript.firstOutputMillis());
    }
    times.put("end_ms", transcript.elapsed());
    times.put("wall_ms", report.wallTime().toMillis());
    transcript
        .accepted()
        .ifPresent(accepted -> times.put("queue_ms", accepted.queueTime().toNanos() / 1e6));
    return times;
  }

  private static Map<String, Object> entry(ToolCallLog.Entry call) {
    var entry = new LinkedHashMap<String, Object>();
    entry.put("server", call.server());
    entry.put("tool", call.tool());
    entry.put("started_ms", call.startedMillis());
    entry.put("duration_ms", call.durationMillis());
    entry.put("ok", call.ok());
    return entry;
  }
}
