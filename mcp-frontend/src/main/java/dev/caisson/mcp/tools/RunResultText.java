package dev.caisson.mcp.tools;

import dev.caisson.mcp.relay.Forms;
import dev.caisson.mcp.relay.RunListener.Accepted;
import dev.caisson.mcp.relay.RunListener.Stream;
import dev.caisson.mcp.relay.RunReport;
import dev.caisson.mcp.relay.RunReport.Outcome;
import dev.caisson.mcp.text.Shown;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A run's end as text for a model: what it printed and its value, or the cause of failure first.
 */
final class RunResultText {

  private RunResultText() {}

  static String of(RunReport report, RunTranscript transcript, Map<String, String> troubles) {
    var parts = new ArrayList<String>();
    var output = transcript.both().text().stripTrailing();
    if (report.outcome() == Outcome.SUCCEEDED) {
      if (!output.isEmpty()) {
        parts.add(output);
      }
      report.value().ifPresent(value -> parts.add(value(value, transcript)));
      if (parts.isEmpty()) {
        parts.add("(the program ended well, printed nothing and has no value)");
      }
    } else {
      failure(report, transcript, output, parts);
    }
    if (!transcript.files().lines().isEmpty()) {
      parts.add("files:");
      parts.addAll(transcript.files().lines());
    }
    notes(report, transcript, parts);
    if (report.outcome() != Outcome.SUCCEEDED) {
      troubles.forEach((server, why) -> parts.add("note: MCP server '" + server + "': " + why));
    }
    return String.join("\n", parts);
  }

  private static String value(RunReport.Value value, RunTranscript transcript) {
    // What is more than the repr: numpy says shape and type there.
    var text =
        value
            .forms()
            .find("text/plain")
            .map(Forms.Form::text)
            .map(Shown::bounded)
            .orElseGet(() -> Shown.bounded(value.repr()) + cut(value.reprCut()));
    return transcript
        .images()
        .image(value.forms())
        .map(image -> "=> " + text + " " + image)
        .orElse("=> " + text);
  }

  private static void failure(
      RunReport report, RunTranscript transcript, String output, List<String> parts) {
    parts.add(cause(report));
    report
        .exception()
        .map(RunReport.Failure::traceback)
        .map(String::strip)
        .filter(traceback -> !traceback.isEmpty())
        .filter(traceback -> !transcript.of(Stream.STDERR).text().strip().endsWith(traceback))
        .map(Shown::bounded)
        .ifPresent(parts::add);
    if (!output.isEmpty()) {
      parts.add("output:");
      parts.add(output);
    }
  }

  /** How a run ended that did not succeed, without its traceback. */
  static String cause(RunReport report) {
    var cause =
        report.exception().map(e -> headline(e.type(), e.message())).orElse(message(report));
    return report.outcome() + ": " + cause;
  }

  private static String headline(String type, String message) {
    return message.isEmpty() ? type : type + ": " + message;
  }

  private static String message(RunReport report) {
    var text = report.message().isEmpty() ? "exit code " + report.exitCode() : report.message();
    return report.limit().isEmpty() ? text : text + " (limit: " + report.limit() + ")";
  }

  private static void notes(RunReport report, RunTranscript transcript, List<String> parts) {
    stateLost(transcript).ifPresent(parts::add);
    if (transcript.both().cut() > 0) {
      parts.add(
          "note: "
              + transcript.both().cut()
              + " characters of output are left out; print less, or only what you need");
    }
    displays(report, transcript, parts);
    if (report.outputBytesDropped() > 0) {
      parts.add(
          "note: the output limit was reached; " + report.outputBytesDropped() + " bytes are lost");
    }
  }

  /**
   * A note when the variables of the run's session are gone, which whoever asks has to hear once.
   */
  static Optional<String> stateLost(RunTranscript transcript) {
    return transcript
        .accepted()
        .map(Accepted::stateLost)
        .filter(why -> !why.isEmpty())
        .map(why ->
            "note: before this run the session had lost its variables and imports; its files are"
                + " there: "
                + why);
  }

  private static void displays(RunReport report, RunTranscript transcript, List<String> parts) {
    if (transcript.images().leftOut() > 0) {
      parts.add("note: " + transcript.images().leftOut() + " images are left out; show fewer");
    }
    if (report.displaysDropped() > 0) {
      parts.add(
          "note: the limit of displays was reached; %d are lost"
              .formatted(report.displaysDropped()));
    }
  }

  private static String cut(boolean cut) {
    return cut ? " … (cut)" : "";
  }
}
