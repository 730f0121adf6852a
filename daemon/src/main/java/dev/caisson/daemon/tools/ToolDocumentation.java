package dev.caisson.daemon.tools;

import dev.caisson.daemon.model.ToolCatalogue;
import dev.caisson.daemon.tools.DefinedTypes.Field;
import dev.caisson.daemon.tools.DefinedTypes.Presence;
import dev.caisson.daemon.tools.PythonType.Applied;
import dev.caisson.daemon.tools.PythonType.Defined;
import dev.caisson.daemon.tools.PythonType.Union;
import dev.caisson.daemon.tools.PythonType.Values;
import dev.caisson.daemon.tools.ToolBinding.Argument;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * The documentation of one tool: whole, as `help` in a run shows it, and brief, as a module has it
 * whose types say the rest.
 *
 * @param remarks what is to be known about the tool's description itself
 * @param defined the classes of the tool, complete
 */
record ToolDocumentation(
    ToolCatalogue.Tool tool,
    String python,
    JsonNode schema,
    List<Argument> arguments,
    List<String> remarks,
    DefinedTypes defined) {

  private static final int MOST_FIELDS_LISTED = 40;
  private static final int LONGEST_EXAMPLE = 300;

  /** The first sentence of its description. */
  String summary() {
    String text = tool.description().isBlank() ? tool.title() : tool.description();
    String sentence = PythonText.firstSentence(text);
    return sentence.isEmpty() ? "Calls the tool " + quotedName() + "." : sentence;
  }

  /** What the tool says of itself. What it does not say is not guessed. */
  List<String> marks() {
    List<String> marks = new ArrayList<>();
    if (schema.path("deprecated").asBoolean(false)) {
      marks.add("deprecated");
    }
    ToolCatalogue.Hints hints = tool.hints();
    if (hints.readOnly().orElse(false)) {
      marks.add("read-only");
      return marks;
    }
    if (hints.destructive().orElse(false)) {
      marks.add("destructive");
    }
    if (hints.idempotent().orElse(false)) {
      marks.add("idempotent");
    }
    return marks;
  }

  String full(PythonType result, String resultNote) {
    String description = PythonText.prose(tool.description());
    StringBuilder doc = new StringBuilder(description.isEmpty() ? summary() : description);
    remarks.forEach(remark -> doc.append("\n\n").append(remark));
    if (!marks().isEmpty()) {
      doc.append("\n\nBy its own account: ").append(String.join(", ", marks())).append('.');
    }
    if (!python.equals(tool.name()) && !summary().contains(quotedName())) {
      doc.append("\n\nThe tool's own name is ").append(quotedName()).append('.');
    }
    if (!arguments.isEmpty()) {
      doc.append("\n\nArgs:");
      for (Argument argument : arguments) {
        doc.append("\n    ").append(argument.python()).append(": ").append(note(argument));
        listFields(argument.type(), doc);
      }
    }
    if (!result.equals(PythonType.ANY)) {
      doc.append("\n\nReturns:\n    ").append(result.shown());
      doc.append(resultNote.isEmpty() ? "" : ": " + resultNote);
      listFields(result, doc);
    }
    example().ifPresent(call -> doc.append("\n\nExample: ").append(call));
    return PythonText.prose(doc.toString());
  }

  /** What neither the name nor the types say. */
  String brief() {
    StringBuilder doc = new StringBuilder(summary());
    if (!marks().isEmpty()) {
      doc.append(" [").append(String.join(", ", marks())).append(']');
    }
    remarks.forEach(remark -> doc.append("\n\n").append(remark));
    StringBuilder notes = new StringBuilder();
    for (Argument argument : arguments) {
      String note = argument.note().brief();
      if (!note.isEmpty()) {
        notes.append("\n    ").append(argument.python()).append(": ").append(note);
      }
    }
    if (!notes.isEmpty()) {
      doc.append("\n\nArgs:").append(notes);
    }
    example().ifPresent(call -> doc.append("\n\nExample: ").append(call));
    return PythonText.prose(doc.toString());
  }

  /** A call with the first example that the schema has for all arguments together. */
  private Optional<String> example() {
    JsonNode example = schema.path("examples").path(0);
    Map<String, String> names = new HashMap<>();
    arguments.forEach(argument -> names.put(argument.name(), argument.python()));
    List<String> parts = new ArrayList<>();
    for (Map.Entry<String, JsonNode> part : example.properties()) {
      String name = names.get(part.getKey());
      if (name == null) {
        return Optional.empty();
      }
      parts.add(name + "=" + PythonText.literal(part.getValue()));
    }
    return Optional.of(python + "(" + String.join(", ", parts) + ")")
        .filter(call -> !parts.isEmpty() && call.length() <= LONGEST_EXAMPLE);
  }

  private String quotedName() {
    return PythonText.literal(tool.name());
  }

  private static String note(Argument argument) {
    String sent =
        argument.python().equals(argument.name())
            ? ""
            : " Sent as " + PythonText.literal(argument.name()) + ".";
    String note = argument.note().full();
    return ((note.isEmpty() && !argument.required() ? "Optional." : note) + sent).strip();
  }

  /** The keys of the dicts in a type, one level deep: what is needed to write or read a value. */
  private void listFields(PythonType type, StringBuilder doc) {
    switch (type) {
      case Defined(String name, String shown) -> {
        List<Field> fields = defined.fields(name);
        for (Field field : fields.subList(0, Math.min(fields.size(), MOST_FIELDS_LISTED))) {
          String note = field.note().full();
          doc.append("\n        ").append(PythonText.literal(field.key())).append(" (");
          doc.append(field.type().shown());
          doc.append(field.presence() == Presence.OPTIONAL ? ", may be missing)" : ")");
          doc.append(note.isEmpty() ? "" : ": " + note);
        }
        if (fields.size() > MOST_FIELDS_LISTED) {
          doc.append("\n        … (").append(fields.size()).append(" in all)");
        }
      }
      case Values(PythonType value) -> listFields(value, doc);
      case Applied(String word, List<PythonType> inner) -> inner.forEach(t -> listFields(t, doc));
      case Union(List<PythonType> parts) -> parts.forEach(t -> listFields(t, doc));
      case PythonType.Word _, PythonType.Literals _ -> {}
    }
  }
}
