package dev.caisson.mcp.tools;

import dev.caisson.mcp.relay.Approvals;
import dev.caisson.mcp.relay.CodeRunner;
import dev.caisson.mcp.relay.Program;
import dev.caisson.mcp.relay.RefusedException;
import dev.caisson.mcp.relay.RunListener.Accepted;
import dev.caisson.mcp.relay.RunReport;
import dev.caisson.mcp.relay.RunReport.Outcome;
import dev.caisson.mcp.relay.ToolAnswer;
import dev.caisson.mcp.text.BoundedJson;
import dev.caisson.mcp.text.Shown;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The tool {@code create_plot}: a plot of a file or a variable of a session, without a program of
 * the caller's. It is drawn in the session by a program of our own, so that nothing but its answer
 * leaves the sandbox; that answer is as little to be trusted as any other of the session.
 */
final class CreatePlotTool {

  private final CodeRunner runner;
  private final ConnectionSessions sessions;
  private final String fixedPolicy;

  /** A fixed policy is that of every run; without one it is the session's. */
  CreatePlotTool(CodeRunner runner, ConnectionSessions sessions, String fixedPolicy) {
    this.runner = runner;
    this.sessions = sessions;
    this.fixedPolicy = fixedPolicy;
  }

  McpSchema.Tool definition() {
    return McpSchema.Tool.builder("create_plot", Schemas.createPlotInput())
        .title("Create a plot")
        .description(
            "Plots a file or variable of a session with the policy \"data\"; returns the image and"
                + " keeps it as a file.")
        .annotations(
            McpSchema.ToolAnnotations.builder()
                .title("Create a plot")
                .readOnlyHint(false)
                .destructiveHint(true)
                .idempotentHint(false)
                .openWorldHint(false)
                .build())
        .build();
  }

  CallToolResult call(CallToolRequest request) {
    return ToolAnswers.of(() -> {
      var arguments = Arguments.of(request.arguments());
      var program = PlotProgram.of(arguments, fixedPolicy);
      // A session that is new has neither files nor variables.
      var session = sessions.findStanding(arguments.text("session"));
      return sessions.in(session, id -> plot(program, id));
    });
  }

  private CallToolResult plot(Program program, String session)
      throws RefusedException, InterruptedException {
    var transcript = new RunTranscript(System::nanoTime, null, Optional.of(session));
    var report =
        runner.run(
            program.in(session, program.tools()),
            transcript,
            (server, tool, arguments) ->
                new ToolAnswer.Failed(ToolAnswer.Reason.UNAVAILABLE, "a plot calls no tools"),
            Approvals.NOBODY);
    transcript.end();
    var problem = problem(report, transcript, session);
    return problem.isPresent()
        ? ToolAnswers.failed(text(List.of(problem.get()), transcript))
        : drawn(report, transcript, session);
  }

  /** Why there is no plot. */
  private Optional<String> problem(RunReport report, RunTranscript transcript, String session) {
    if (report.outcome() != Outcome.SUCCEEDED) {
      return Optional.of(RunResultText.cause(report));
    }
    var answer = answer(report);
    if (answer.containsKey("missing")) {
      return Optional.of(noLibrary(transcript, session));
    }
    if (answer.get("error") instanceof String error) {
      return Optional.of(error);
    }
    return answer.get("path") instanceof String
        ? Optional.empty()
        : Optional.of("the session gave no plot and no reason: reset it, and try again");
  }

  private String noLibrary(RunTranscript transcript, String session) {
    var policy = transcript.accepted().map(Accepted::policy).orElse("");
    return "session %s has no matplotlib, because of its policy '%s': %s"
        .formatted(
            session,
            policy,
            fixedPolicy.isEmpty()
                ? "make one with the tool sessions, action \"create\", policy \"data\", and bring file"
                    + " or variable there"
                : "plots need this frontend to be started with --policy data");
  }

  private static Map<?, ?> answer(RunReport report) {
    return report.value().map(RunReport.Value::json).flatMap(BoundedJson::read).orElse(Map.of())
            instanceof Map<?, ?> answer
        ? answer
        : Map.of();
  }

  private static CallToolResult drawn(RunReport report, RunTranscript transcript, String session) {
    var answer = answer(report);
    var path = String.valueOf(answer.get("path"));
    var image = report.value().flatMap(value -> transcript.images().image(value.forms()));
    var lines = new ArrayList<String>();
    lines.add(Shown.name(path) + image.map(word -> " " + word).orElse(" [no image came with it]"));
    if (answer.get("summary") instanceof String summary) {
      lines.add(summary);
    }
    if (answer.get("notes") instanceof List<?> notes) {
      notes.forEach(note -> lines.add("note: " + note));
    }
    var structured = new LinkedHashMap<String, Object>();
    structured.put("path", path);
    structured.put("uri", new ResourceUri(session, path).toString());
    structured.put("session", session);
    for (var name : List.of("size", "summary", "notes")) {
      if (answer.get(name) instanceof Object value) {
        structured.put(name, value);
      }
    }
    var result =
        CallToolResult.builder()
            .addTextContent(text(lines, transcript))
            .structuredContent(structured)
            .isError(false);
    transcript.images().content().forEach(result::addContent);
    return result.build();
  }

  /** With what else the session has said meanwhile, such as a warning of the library. */
  private static String text(List<String> lines, RunTranscript transcript) {
    var all = new ArrayList<String>();
    all.add(Shown.bounded(String.join("\n", lines)));
    RunResultText.stateLost(transcript).ifPresent(all::add);
    var output = transcript.both().text().strip();
    if (!output.isEmpty()) {
      all.add("output:\n" + output);
    }
    return String.join("\n", all);
  }
}
