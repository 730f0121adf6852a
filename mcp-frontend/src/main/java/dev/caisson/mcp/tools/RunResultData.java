package dev.caisson.mcp.tools;

import dev.caisson.mcp.relay.RunListener.Accepted;
import dev.caisson.mcp.relay.RunListener.Stream;
import dev.caisson.mcp.relay.RunReport;
import dev.caisson.mcp.relay.ToolCallLog;
import dev.caisson.mcp.text.BoundedJson;
import dev.caisson.mcp.text.Shown;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** A run's end as data: the structured content of {@code run_code}. */
final class RunResultData {

  private RunResultData() {}

  /**
   * @param session the id of the run's session, if it has one
   * @param troubles which upstream servers are down, and why
   */
  static Map<String, Object> of(
      RunReport report,
      RunTranscript transcript,
      Optional<String> session,
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
                    "traceback", Shown.bounded(exception.traceback()))));
    if (!transcript.displays().isEmpty()) {
      result.put("displays", transcript.displays());
    }
    if (!transcript.files().data().isEmpty()) {
      result.put("files", transcript.files().data());
    }
    result.put("tool_calls", calls.entries().stream().map(RunResultData::entry).toList());
    result.put("tool_calls_total", calls.total());
    result.put(
        "truncated",
        Map.of(
            "stdout_characters", transcript.of(Stream.STDOUT).cut(),
            "stderr_characters", transcript.of(Stream.STDERR).cut(),
            "dropped_bytes", report.outputBytesDropped(),
            "dropped_displays", report.displaysDropped()));
    session.ifPresent(id -> result.put("session", id));
    result.put("timeline", timeline(report, transcript));
    transcript.accepted().ifPresent(accepted -> run(accepted, result));
    if (!troubles.isEmpty()) {
      result.put("unavailable_servers", troubles);
    }
    return result;
  }

  private static void value(RunReport.Value value, Map<String, Object> result) {
    result.put("value_repr", Shown.bounded(value.repr()));
    BoundedJson.read(value.json()).ifPresent(read -> result.put("value", read));
  }

  private static void run(Accepted accepted, Map<String, Object> result) {
    result.put("run_id", accepted.runId());
    result.put("sandbox_id", accepted.sandboxId());
    result.put("policy", accepted.policy());
    result.put("placement", accepted.placement().name());
    if (!accepted.stateLost().isEmpty()) {
      result.put("state_lost", accepted.stateLost());
    }
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
