package dev.caisson.mcp.tools;

import dev.caisson.mcp.relay.RefusedException;
import dev.caisson.mcp.relay.SessionHost.NewSession;
import dev.caisson.mcp.relay.SessionHost.Workspace;
import dev.caisson.mcp.relay.SessionState;
import dev.caisson.mcp.text.Shown;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The tool {@code sessions}: sandboxes that stay from one run to the next. */
final class SessionsTool {

  private static final int LISTED = 100;

  private final ConnectionSessions sessions;
  private final String fixedPolicy;

  /** A fixed policy is that of every session made here; without one the caller may name it. */
  SessionsTool(ConnectionSessions sessions, String fixedPolicy) {
    this.sessions = sessions;
    this.fixedPolicy = fixedPolicy;
  }

  private enum Action {
    LIST,
    CREATE,
    RESET,
    END,
    INTERRUPT
  }

  McpSchema.Tool definition() {
    return McpSchema.Tool.builder("sessions", Schemas.sessionsInput(fixedPolicy.isEmpty()))
        .title("Sessions")
        .description(
            "Sessions keep variables, imports and files from one run_code to the next. reset gives"
                + " a fresh interpreter and keeps the files; interrupt stops running code.")
        .annotations(
            McpSchema.ToolAnnotations.builder()
                .title("Sessions")
                .readOnlyHint(false)
                .destructiveHint(true)
                .idempotentHint(false)
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
      case CREATE -> create(arguments);
      case RESET -> {
        var workspace = arguments.flag("clear_files") ? Workspace.CLEAR : Workspace.KEEP;
        var state =
            sessions.in(
                sessions.find(arguments.text("session")),
                id -> sessions.host().reset(id, workspace));
        yield said("has a fresh interpreter: ", state);
      }
      case END -> {
        var id = sessions.findStanding(arguments.text("session"));
        sessions.in(
            id,
            found -> {
              sessions.end(found);
              return id;
            });
        yield said("session " + id + " has ended, with its files");
      }
      case INTERRUPT -> {
        var id = sessions.findStanding(arguments.text("session"));
        var ran = sessions.in(id, sessions.host()::interrupt);
        yield said(
            ran
                ? "the running code of session " + id + " is interrupted"
                : "nothing was running in session " + id);
      }
    };
  }

  private CallToolResult create(Arguments arguments) throws RefusedException, InterruptedException {
    var made =
        sessions.create(
            new NewSession(
                arguments.text("name"),
                arguments.text("description"),
                fixedPolicy.isEmpty() ? arguments.text("policy") : fixedPolicy,
                arguments.time("idle_timeout"),
                arguments.time("time_to_live")));
    return said("is there: ", made);
  }

  private CallToolResult list() throws RefusedException, InterruptedException {
    var all = sessions.list();
    var text =
        all.isEmpty()
            ? "There are no sessions. action \"create\" makes one."
            : all.stream().limit(LISTED).map(this::line).collect(Collectors.joining("\n"));
    return answer(text, all.stream().limit(LISTED).toList(), all.size());
  }

  private CallToolResult said(String what, SessionState state) {
    return answer("session %s %s%s".formatted(state.shown(), what, line(state)), List.of(state), 1);
  }

  private static CallToolResult said(String what) {
    return CallToolResult.builder()
        .addTextContent(what)
        .structuredContent(Map.of("message", what))
        .isError(false)
        .build();
  }

  private CallToolResult answer(String text, List<SessionState> states, int total) {
    var structured = new LinkedHashMap<String, Object>();
    structured.put("sessions", states.stream().map(this::data).toList());
    structured.put("total", total);
    var more = total > states.size() ? "\n(%d of %d)".formatted(states.size(), total) : "";
    return CallToolResult.builder()
        .addTextContent(text + more)
        .structuredContent(structured)
        .isError(false)
        .build();
  }

  private String line(SessionState state) {
    var about = state.description().isEmpty() ? "" : "; " + Shown.name(state.description());
    return "%s: %s; policy %s; %d runs; %d MiB; ends after %s without use, in %s at the latest; %s%s"
        .formatted(
            state.shown(),
            activity(state),
            state.policy(),
            state.runs(),
            state.memoryBytes() >> 20,
            time(state.idleTimeout()),
            time(state.timeLeft()),
            sessions.isOwn(state.id()) ? "of this connection" : "of another connection",
            about);
  }

  private static String activity(SessionState state) {
    return switch (state.activity()) {
      case IDLE -> "idle for " + time(state.since()) + silence(state);
      case BUSY -> "busy for " + time(state.since()) + silence(state);
      case LOST -> "has lost its sandbox (" + state.lost() + "): reset it to start again";
      case UNKNOWN -> "in a state that this frontend does not know";
    };
  }

  private static String silence(SessionState state) {
    return state.responsive()
        ? ""
        : ", and its sandbox does not answer (should that last, reset it with clear_files)";
  }

  private static String time(Duration time) {
    var seconds = time.toSeconds();
    return seconds < 120
        ? seconds + " s"
        : seconds < 7_200 ? seconds / 60 + " min" : seconds / 3_600 + " h";
  }

  private Map<String, Object> data(SessionState state) {
    var data = new LinkedHashMap<String, Object>();
    data.put("id", state.id());
    data.put("name", state.name());
    data.put("description", state.description());
    data.put("policy", state.policy());
    data.put("state", state.activity().name());
    data.put("lost", state.lost());
    data.put("responsive", state.responsive());
    data.put("own", sessions.isOwn(state.id()));
    data.put("runs", state.runs());
    data.put("restarts", state.restarts());
    data.put("memory_bytes", state.memoryBytes());
    data.put("idle_timeout_s", state.idleTimeout().toSeconds());
    data.put("time_left_s", state.timeLeft().toSeconds());
    return data;
  }
}
