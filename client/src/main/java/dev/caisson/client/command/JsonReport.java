package dev.caisson.client.command;

import dev.caisson.client.Acceptance;
import dev.caisson.client.CaissonException;
import dev.caisson.client.MimeBundle;
import dev.caisson.client.OutputStreamName;
import dev.caisson.client.RunResult;
import dev.caisson.client.TerminalText;
import dev.caisson.client.Utf8Pieces;
import java.time.Duration;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** One JSON object on standard output at the end, whatever the end is. */
final class JsonReport implements RunReport {

  private static final double NANOS_PER_MILLI = 1e6;

  /** As a terminal would have it in the end: of a progress bar its last state. */
  private record Text(Utf8Pieces pieces, TerminalText screen, StringBuilder text) {
    static Text empty() {
      return new Text(new Utf8Pieces(), new TerminalText(), new StringBuilder());
    }

    void add(byte[] bytes) {
      text.append(screen.add(pieces.decode(bytes)));
    }

    String whole() {
      return text + screen.add(pieces.finish()) + screen.finish();
    }
  }

  private final CommandContext context;
  private final JsonMapper json = JsonMapper.shared();
  private final Text stdout = Text.empty();
  private final Text stderr = Text.empty();
  private final ArrayNode displays = json.createArrayNode();

  JsonReport(CommandContext context) {
    this.context = context;
  }

  @Override
  public void onOutput(OutputStreamName stream, byte[] bytes) {
    switch (stream) {
      case STDOUT -> stdout.add(bytes);
      case STDERR -> stderr.add(bytes);
    }
  }

  @Override
  public void onDisplay(MimeBundle shown) {
    displays.add(BundleJson.of(shown));
  }

  @Override
  public void ended(RunResult result) {
    ObjectNode report = json.createObjectNode();
    report.put("outcome", result.outcome().name());
    report.put("message", result.message());
    report.put("limit", result.limit());
    report.put("exit_code", result.exitCode());
    report.put("signal", result.signal());
    report.put("stdout", stdout.whole());
    report.put("stderr", stderr.whole());
    report.put("output_bytes_dropped", result.outputBytesDropped());
    report.set("displays", displays);
    report.put("displays_dropped", result.displaysDropped());
    result.value().ifPresent(value -> report.set("value", value(value)));
    result.exception().ifPresent(exception -> report.set("exception", exception(exception)));
    report.set("usage", usage(result.usage()));
    report.set("run", run(result.acceptance()));
    context.printer().println(report);
  }

  @Override
  public void failed(CaissonException failure) {
    ObjectNode report = json.createObjectNode();
    ObjectNode error = report.putObject("error");
    error.put("reason", failure.reason());
    error.put("message", failure.getMessage());
    error.put("advice", failure.advice());
    ObjectNode metadata = error.putObject("metadata");
    failure.metadata().forEach(metadata::put);
    report.put("exit_code", ExitStatus.FAILED);
    context.printer().println(report);
  }

  private ObjectNode value(RunResult.Value value) {
    ObjectNode node = json.createObjectNode();
    node.put("repr", value.repr());
    node.put("repr_cut", value.reprCut());
    value.json().ifPresent(text -> embed(node, text));
    if (!value.bundle().parts().isEmpty()) {
      node.set("bundle", BundleJson.of(value.bundle()));
    }
    return node;
  }

  /** As JSON in the JSON; what cannot be read so is left out, and its repr is there. */
  private void embed(ObjectNode node, String text) {
    ForeignJson.read(text)
        .ifPresentOrElse(
            value -> node.set("json", value),
            () ->
                context.say(
                    "the value's JSON is more than %d levels deep, or none, and is left out"
                        .formatted(ForeignJson.DEPTH)));
  }

  private ObjectNode exception(RunResult.PythonException exception) {
    return ExceptionJson.of(exception);
  }

  private ObjectNode usage(RunResult.Usage usage) {
    ObjectNode node = json.createObjectNode();
    node.put("wall_ms", millis(usage.wallTime()));
    usage.cpuTime().ifPresent(time -> node.put("cpu_ms", millis(time)));
    node.put("memory_peak_bytes", usage.memoryPeakBytes());
    node.put("output_bytes", usage.outputBytes());
    node.put("tool_calls", usage.toolCalls());
    return node;
  }

  private ObjectNode run(Acceptance acceptance) {
    ObjectNode node = json.createObjectNode();
    if (!acceptance.stateLost().isEmpty()) {
      node.put("state_lost", acceptance.stateLost());
    }
    return node.put("id", acceptance.runId())
        .put("policy", acceptance.policy())
        .put("placement", acceptance.placement().name())
        .put("queue_ms", millis(acceptance.queueTime()))
        .put("wall_limit_ms", millis(acceptance.wallTime()))
        .put("sandbox", acceptance.sandboxId());
  }

  private static double millis(Duration duration) {
    return duration.toNanos() / NANOS_PER_MILLI;
  }
}
