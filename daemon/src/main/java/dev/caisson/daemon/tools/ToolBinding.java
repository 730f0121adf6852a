package dev.caisson.daemon.tools;

import dev.caisson.daemon.model.ToolCatalogue;
import dev.caisson.daemon.tools.DefinedTypes.Field;
import dev.caisson.daemon.tools.DefinedTypes.Presence;
import dev.caisson.daemon.tools.PythonTool.Parameter;
import dev.caisson.daemon.tools.PythonType.Applied;
import dev.caisson.daemon.tools.PythonType.Defined;
import dev.caisson.daemon.tools.PythonType.Union;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Makes a {@link PythonTool} of a tool as its client described it. A schema that cannot be read
 * does not take the tool away: it then takes any arguments by name, and its documentation says so.
 */
final class ToolBinding {

  static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(CatalogueLimits.SCHEMA_LEVELS)
                          .maxNumberLength(100)
                          .build())
                  .build())
          .build();

  private static final int MOST_FIELDS_LISTED = 40;

  private final String server;
  private final ToolCatalogue.Tool tool;
  private final String python;
  private final Set<String> hidden;
  private final DefinedTypes defined;
  private final List<Argument> arguments = new ArrayList<>();
  private final List<String> remarks = new ArrayList<>();

  private record Argument(
      String name,
      String python,
      PythonType type,
      boolean required,
      Optional<JsonNode> defaultValue,
      String note) {}

  private ToolBinding(
      String server,
      ToolCatalogue.Tool tool,
      String python,
      Set<String> hidden,
      DefinedTypes defined) {
    this.server = server;
    this.tool = tool;
    this.python = python;
    this.hidden = hidden;
    this.defined = defined;
  }

  /**
   * @param python the tool's Python name
   * @param hidden words that mean something else where the tool is defined
   * @param defined takes the classes; fresh for each tool
   */
  static PythonTool bind(
      String server,
      ToolCatalogue.Tool tool,
      String python,
      Set<String> hidden,
      DefinedTypes defined) {
    return new ToolBinding(server, tool, python, hidden, defined).bind();
  }

  private PythonTool bind() {
    JsonNode schema = read(tool.inputSchema(), "input");
    SchemaView view = new SchemaView(schema);
    JsonNode input = inputObject(view);
    SchemaTypes types = new SchemaTypes(view, defined);
    readArguments(types, input);
    Optional<String> others = others(types, input);

    PythonType result = PythonType.ANY;
    String resultNote = "";
    if (!tool.outputSchema().isBlank()) {
      JsonNode output = read(tool.outputSchema(), "output");
      SchemaTypes outputTypes = new SchemaTypes(new SchemaView(output), defined);
      result = outputTypes.rootType("Result");
      resultNote = outputTypes.note(output);
    }
    return new PythonTool(
        server,
        tool.name(),
        python,
        signature(others, result),
        documentation(result, resultNote),
        summary(),
        arguments.stream()
            .map(a -> new Parameter(a.name(), a.python(), a.required(), a.defaultValue()))
            .toList(),
        schema,
        result.text(hidden),
        defined.all());
  }

  private JsonNode read(String json, String which) {
    ObjectNode anything = JsonNodeFactory.instance.objectNode().put("type", "object");
    if (json.isBlank()) {
      return anything;
    }
    try {
      JsonNode schema = MAPPER.readTree(json);
      if (schema.isObject()) {
        return schema;
      }
      remarks.add("The tool's " + which + " schema is no object and was left aside.");
    } catch (JacksonException e) {
      remarks.add("The tool's " + which + " schema is not valid JSON and was left aside.");
    }
    return anything;
  }

  /** The schema of the arguments with what its alternatives allow together. */
  private static JsonNode inputObject(SchemaView view) {
    JsonNode schema = view.merged(view.root());
    JsonNode choice = schema.path(schema.path("anyOf").isArray() ? "anyOf" : "oneOf");
    if (schema.has("properties") || !choice.isArray() || choice.isEmpty()) {
      return schema;
    }
    ObjectNode together = JsonNodeFactory.instance.objectNode();
    ObjectNode properties = together.putObject("properties");
    Set<String> required = new LinkedHashSet<>();
    boolean first = true;
    for (JsonNode option : choice) {
      JsonNode merged = view.merged(option);
      merged
          .path("properties")
          .properties()
          .forEach(p -> properties.putIfAbsent(p.getKey(), p.getValue()));
      Set<String> here = SchemaView.names(merged.path("required"));
      if (first) {
        required.addAll(here);
      } else {
        required.retainAll(here);
      }
      first = false;
    }
    required.forEach(together.putArray("required")::add);
    return properties.isEmpty() ? schema : together;
  }

  private void readArguments(SchemaTypes types, JsonNode input) {
    Set<String> required = SchemaView.names(input.path("required"));
    Map<String, JsonNode> properties = new LinkedHashMap<>();
    input.path("properties").properties().forEach(p -> properties.put(p.getKey(), p.getValue()));
    required.forEach(name -> properties.putIfAbsent(name, JsonNodeFactory.instance.objectNode()));
    Map<String, String> wished = new LinkedHashMap<>();
    properties.keySet().forEach(name -> wished.put(name, PythonNames.identifier(name, "arg")));
    Map<String, String> names = PythonNames.resolve(wished, Set.of());

    List<Argument> optional = new ArrayList<>();
    properties.forEach((name, schema) -> {
      String python = names.getOrDefault(name, name);
      Argument argument =
          new Argument(
              name,
              python,
              types.type(schema, PythonNames.classStyle(python)),
              required.contains(name),
              Optional.ofNullable(schema.get("default")),
              types.note(schema));
      (argument.required() ? arguments : optional).add(argument);
    });
    arguments.addAll(optional);
  }

  /** The parameter for names that the schema does not list, when it invites them. */
  private Optional<String> others(SchemaTypes types, JsonNode input) {
    JsonNode others = input.path("additionalProperties");
    boolean invited = others.isObject() || (others.isBoolean() && others.booleanValue());
    if (!invited && (input.has("properties") || others.isBoolean())) {
      return Optional.empty();
    }
    if (!invited && !arguments.isEmpty()) {
      return Optional.empty();
    }
    PythonType type = others.isObject() ? types.type(others, "Extra") : PythonType.ANY;
    String name = "extra";
    while (isArgument(name)) {
      name += "_";
    }
    return Optional.of("**" + name + ": " + type.text(hidden));
  }

  private boolean isArgument(String name) {
    return arguments.stream().anyMatch(argument -> argument.python().equals(name));
  }

  private String signature(Optional<String> others, PythonType result) {
    List<String> parts = new ArrayList<>();
    for (Argument argument : arguments) {
      String part = argument.python() + ": " + argument.type().text(hidden);
      parts.add(argument.required() ? part : part + " = ...");
    }
    others.ifPresent(parts::add);
    return parts.stream().collect(Collectors.joining(", ", "(", ") -> " + result.text(hidden)));
  }

  private String summary() {
    String text = tool.description().isBlank() ? tool.title() : tool.description();
    String sentence = PythonText.firstSentence(text);
    return sentence.isEmpty() ? "Calls the tool " + quotedName() + "." : sentence;
  }

  private String quotedName() {
    return PythonText.literal(tool.name());
  }

  private String documentation(PythonType result, String resultNote) {
    String description = PythonText.prose(tool.description());
    StringBuilder doc = new StringBuilder(description.isEmpty() ? summary() : description);
    remarks.forEach(remark -> doc.append("\n\n").append(remark));
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
      doc.append("\n\nReturns:\n    ").append(result.text(hidden));
      doc.append(resultNote.isEmpty() ? "" : ": " + resultNote);
      listFields(result, doc);
    }
    return PythonText.prose(doc.toString());
  }

  private static String note(Argument argument) {
    String sent =
        argument.python().equals(argument.name())
            ? ""
            : " Sent as " + PythonText.literal(argument.name()) + ".";
    String note =
        argument.note().isEmpty() ? argument.required() ? "" : "Optional." : argument.note();
    return (note + sent).strip();
  }

  /** The keys of the dicts in a type, one level deep: what is needed to write or read a value. */
  private void listFields(PythonType type, StringBuilder doc) {
    switch (type) {
      case Defined(String name) -> {
        List<Field> fields = defined.fields(name);
        for (Field field : fields.subList(0, Math.min(fields.size(), MOST_FIELDS_LISTED))) {
          doc.append("\n        ").append(PythonText.literal(field.key())).append(" (");
          doc.append(field.type().text(hidden));
          doc.append(field.presence() == Presence.OPTIONAL ? ", may be missing)" : ")");
          doc.append(field.note().isEmpty() ? "" : ": " + field.note());
        }
        if (fields.size() > MOST_FIELDS_LISTED) {
          doc.append("\n        … (").append(fields.size()).append(" in all)");
        }
      }
      case Applied(String word, List<PythonType> inner) -> inner.forEach(t -> listFields(t, doc));
      case Union(List<PythonType> parts) -> parts.forEach(t -> listFields(t, doc));
      case PythonType.Word word -> {}
      case PythonType.Literals literals -> {}
    }
  }
}
