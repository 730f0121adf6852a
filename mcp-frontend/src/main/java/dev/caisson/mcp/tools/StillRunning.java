package dev.caisson.mcp.tools;

import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import java.util.LinkedHashMap;

/** The answer about a run that goes on: what it has said so far, and how to hear the rest. */
final class StillRunning {

  private StillRunning() {}

  /**
   * @param offset where the output begins that the client has not had, in characters
   */
  static CallToolResult answer(OngoingRun run, long offset) {
    var piece = run.output().from(offset);
    var text =
        "still running after %d s; pick it up with the tool runs: action \"wait\", run \"%s\", offset %d"
            .formatted(run.age().toSeconds(), run.id(), piece.next());
    if (piece.missing() > 0) {
      text += "\n… %d characters left out …".formatted(piece.missing());
    }
    var structured = new LinkedHashMap<String, Object>();
    structured.put("outcome", "RUNNING");
    structured.put("run", run.id());
    structured.put("output", piece.text());
    structured.put("output_missing", piece.missing());
    structured.put("next_offset", piece.next());
    return CallToolResult.builder()
        .addTextContent(piece.text().isEmpty() ? text : text + "\noutput:\n" + piece.text())
        .structuredContent(structured)
        .isError(false)
        .build();
  }
}
