package dev.caisson.daemon.tools;

import dev.caisson.daemon.tools.DefinedTypes.Field;
import dev.caisson.daemon.tools.DefinedTypes.ObjectType;
import dev.caisson.daemon.tools.DefinedTypes.Presence;
import java.util.ArrayList;
import java.util.List;

/** Writes tools for readers: as few words as will do, or with all documentation. */
final class SignatureLines {

  private static final int MOST_FIELDS = 60;

  private final StringBuilder lines = new StringBuilder();

  /** A line for each tool, and one for each type it speaks of. */
  void addBrief(PythonServer server, List<PythonTool> tools) {
    addUnavailable(server);
    for (PythonTool tool : tools) {
      lines.append(name(server, tool)).append(tool.signature());
      lines.append("  # ").append(tool.summary());
      if (!tool.marks().isEmpty()) {
        lines.append(" [").append(String.join(", ", tool.marks())).append(']');
      }
      lines.append('\n');
      addTypes(tool);
    }
  }

  /** What `help` shows of each tool, and its types. */
  void addReference(PythonServer server, List<PythonTool> tools) {
    addUnavailable(server);
    for (PythonTool tool : tools) {
      lines.append(lines.isEmpty() ? "" : "\n");
      lines.append(name(server, tool)).append(tool.signature()).append('\n');
      tool.doc()
          .lines()
          .forEach(line -> lines.append(("    " + line).stripTrailing()).append('\n'));
      if (!tool.types().isEmpty()) {
        lines.append('\n');
        addTypes(tool);
      }
    }
  }

  String text() {
    return lines.isEmpty() ? "\n" : lines.toString();
  }

  private void addUnavailable(PythonServer server) {
    if (!server.unavailable().isEmpty()) {
      lines.append("# ").append(server.names().python()).append(" cannot be used now: ");
      lines.append(server.unavailable()).append('\n');
    }
  }

  private void addTypes(PythonTool tool) {
    for (ObjectType type : tool.types()) {
      lines.append("    # ").append(type.shown()).append(" = ").append(shape(type)).append('\n');
    }
  }

  private static String shape(ObjectType type) {
    List<Field> fields = type.shape().fields();
    List<String> parts = new ArrayList<>();
    for (Field field : fields.subList(0, Math.min(fields.size(), MOST_FIELDS))) {
      String key = field.key();
      String shown = TypeSource.isPlain(key) ? key : PythonText.literal(key);
      String sign = field.presence() == Presence.OPTIONAL ? "?" : "";
      parts.add(shown + sign + ": " + field.type().shown());
    }
    if (fields.size() > MOST_FIELDS) {
      parts.add("… (" + fields.size() + " in all)");
    }
    type.shape().others().ifPresent(other -> parts.add("...: " + other.shown()));
    return "{" + String.join(", ", parts) + "}";
  }

  private static String name(PythonServer server, PythonTool tool) {
    return server.names().python() + "." + tool.python();
  }
}
