package dev.caisson.mcp.tools;

import dev.caisson.mcp.relay.RefusedException;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/** The tool {@code runs}: picks up runs that go on longer than the call that began them. */
final class RunsTool {

  /** How long a run that is cancelled may take to end before that is told without its end. */
  private static final Duration ENDING = Duration.ofSeconds(5);

  private final DetachedRuns runs;

  RunsTool(DetachedRuns runs) {
    this.runs = runs;
  }

  private enum Action {
    LIST,
    WAIT,
    CANCEL
  }

  McpSchema.Tool definition() {
    return McpSchema.Tool.builder("runs", Schemas.runsInput())
        .title("Runs that go on")
        .description("Picks up runs that run_code left running.")
        .annotations(
            McpSchema.ToolAnnotations.builder()
                .title("Runs that go on")
                .readOnlyHint(false)
                .destructiveHint(true)
                .idempotentHint(true)
                .openWorldHint(false)
                .build())
        .build();
  }

  CallToolResult call(CallToolRequest request) {
    return ToolAnswers.of(() -> answer(Arguments.of(request.arguments())));
  }

  private CallToolResult answer(Arguments arguments) throws RefusedException, InterruptedException {
    return switch (arguments.choice("action", Action.class)) {
      case LIST -> list();
      case WAIT -> {
        var run = runs.get(arguments.required("run", "the run to wait for"));
        var offset = arguments.number("offset", 0, Long.MAX_VALUE, 0);
        var patience = RunWait.of(arguments).orElse(RunWait.BELOW_CLIENTS_LIMIT);
        yield run.await(patience).orElseGet(() -> StillRunning.answer(run, offset));
      }
      case CANCEL -> cancel(runs.get(arguments.required("run", "the run to cancel")));
    };
  }

  private CallToolResult cancel(OngoingRun run) throws InterruptedException {
    if (run.hasEnded()) {
      return said("run %s had ended already; action \"wait\" gives its result".formatted(run.id()));
    }
    run.cancel();
    var ended = run.await(ENDING).isPresent();
    runs.forget(run);
    return said("run %s is %s".formatted(run.id(), ended ? "cancelled" : "being cancelled"));
  }

  private CallToolResult list() {
    var all = runs.list();
    var text =
        all.isEmpty()
            ? "No run is left to pick up."
            : all.stream().map(RunsTool::line).collect(Collectors.joining("\n"));
    return CallToolResult.builder()
        .addTextContent(text)
        .structuredContent(Map.of("runs", all.stream().map(RunsTool::data).toList()))
        .isError(false)
        .build();
  }

  private static String line(OngoingRun run) {
    return "%s %s %d s: %s"
        .formatted(
            run.id(),
            run.hasEnded() ? "has ended after" : "is running for",
            run.age().toSeconds(),
            run.label());
  }

  private static Map<String, Object> data(OngoingRun run) {
    var data = new LinkedHashMap<String, Object>();
    data.put("run", run.id());
    data.put("ended", run.hasEnded());
    data.put("seconds", run.age().toSeconds());
    data.put("code", run.label());
    return data;
  }

  private static CallToolResult said(String what) {
    return CallToolResult.builder()
        .addTextContent(what)
        .structuredContent(Map.of("message", what))
        .isError(false)
        .build();
  }
}
