package dev.caisson.client.command;

import dev.caisson.client.RunResult;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** An exception in the JSON report; what there is none of is left out. */
final class ExceptionJson {

  private static final JsonMapper JSON = JsonMapper.shared();

  private ExceptionJson() {}

  static ObjectNode of(RunResult.PythonException exception) {
    ObjectNode node =
        JSON.createObjectNode().put("type", exception.type()).put("message", exception.message());
    if (!exception.traceback().isEmpty()) {
      node.put("traceback", exception.traceback());
    }
    ArrayNode frames = node.putArray("frames");
    exception.frames().forEach(frame -> frames.add(frame(frame)));
    count(node, "frames_left_out", exception.framesLeftOut());
    if (!exception.notes().isEmpty()) {
      exception.notes().forEach(node.putArray("notes")::add);
    }
    if (!exception.suggestions().isEmpty()) {
      exception.suggestions().forEach(node.putArray("suggestions")::add);
    }
    exception.syntax().ifPresent(place -> node.set("syntax", place(place)));
    exception.cause().ifPresent(cause -> node.set("cause", of(cause)));
    exception.context().ifPresent(context -> node.set("context", of(context)));
    if (!exception.exceptions().isEmpty()) {
      ArrayNode group = node.putArray("exceptions");
      exception.exceptions().forEach(one -> group.add(of(one)));
    }
    count(node, "exceptions_left_out", exception.exceptionsLeftOut());
    return node;
  }

  private static void count(ObjectNode node, String name, int count) {
    if (count > 0) {
      node.put(name, count);
    }
  }

  private static ObjectNode frame(RunResult.Frame frame) {
    return JSON.createObjectNode()
        .put("file", frame.file())
        .put("line", frame.line())
        .put("function", frame.function())
        .put("source", frame.source());
  }

  private static ObjectNode place(RunResult.SyntaxPlace place) {
    return JSON.createObjectNode()
        .put("file", place.file())
        .put("line", place.line())
        .put("column", place.column())
        .put("end_line", place.endLine())
        .put("end_column", place.endColumn())
        .put("source", place.source());
  }
}
