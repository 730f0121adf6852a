package dev.caisson.daemon.tools;

import dev.caisson.daemon.model.ToolCatalogue;
import dev.caisson.daemon.tools.DefinedTypes.Form;
import dev.caisson.daemon.tools.PythonTool.Parameter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
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

  private final String server;
  private final ToolCatalogue.Tool tool;
  private final String python;
  private final Set<String> hidden;
  private final DefinedTypes defined;
  private final List<Argument> arguments = new ArrayList<>();
  private final List<String> remarks = new ArrayList<>();

  /** One parameter with all that is said of it. */
  record Argument(
      String name,
      String python,
      PythonType type,
      boolean required,
      Optional<JsonNode> defaultValue,
      PartNote note) {}

  /** The parameter for names that the schema does not list. */
  private record Others(String python, PythonType type) {}

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
    JsonNode input = view.withAlternatives(view.merged(view.root()));
    SchemaTypes types = new SchemaTypes(view, defined, Form.ARGUMENT);
    readArguments(types, input);
    Optional<Others> others = others(types, input);

    PythonType result = PythonType.ANY;
    String resultNote = "";
    if (!tool.outputSchema().isBlank()) {
      JsonNode output = read(tool.outputSchema(), "output");
      SchemaTypes outputTypes = new SchemaTypes(new SchemaView(output), defined, Form.VALUE);
      result = outputTypes.rootType("Result");
      resultNote = outputTypes.note(output).full();
    }
    ToolDocumentation doc =
        new ToolDocumentation(tool, python, schema, arguments, remarks, defined);
    return new PythonTool(
        server,
        tool.name(),
        python,
        signature(others, result),
        declaration(others, result),
        doc.full(result, resultNote),
        doc.brief(),
        doc.summary(),
        doc.marks(),
        arguments.stream()
            .map(a -> new Parameter(a.name(), a.python(), a.required(), a.defaultValue()))
            .toList(),
        schema,
        result.shown(),
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

  private void readArguments(SchemaTypes types, JsonNode input) {
    Set<String> required = SchemaView.names(input.path("required"));
    Map<String, JsonNode> properties = new LinkedHashMap<>();
    input
        .path("properties")
        .properties()
        .forEach(p -> {
          if (!SchemaView.isForbidden(p.getValue())) {
            properties.put(p.getKey(), p.getValue());
          }
        });
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

  /** Whether names that the schema does not list are invited, or it lists none. */
  private Optional<Others> others(SchemaTypes types, JsonNode input) {
    Optional<PythonType> invited = types.others(input, "Extra");
    boolean lists = !arguments.isEmpty() || input.has("properties");
    if (invited.isEmpty() && (lists || input.path("additionalProperties").isBoolean())) {
      return Optional.empty();
    }
    String name = "extra";
    while (isArgument(name)) {
      name += "_";
    }
    return Optional.of(new Others(name, invited.orElse(PythonType.ANY)));
  }

  private boolean isArgument(String name) {
    return arguments.stream().anyMatch(argument -> argument.python().equals(name));
  }

  private String signature(Optional<Others> others, PythonType result) {
    List<String> parts = new ArrayList<>();
    for (Argument argument : arguments) {
      String part = argument.python() + ": " + argument.type().shown();
      parts.add(
          argument.required()
              ? part
              : part + " = " + DefaultValue.shown(argument.type(), argument.defaultValue()));
    }
    others.ifPresent(other -> parts.add("**" + other.python() + ": " + other.type().shown()));
    return parts.stream().collect(Collectors.joining(", ", "(", ") -> " + result.shown()));
  }

  private String declaration(Optional<Others> others, PythonType result) {
    List<String> parts = new ArrayList<>();
    for (Argument argument : arguments) {
      String type = argument.type().text(hidden);
      parts.add(
          argument.python()
              + ": "
              + (argument.required()
                  ? type
                  : DefaultValue.declared(argument.type(), type, argument.defaultValue())));
    }
    others.ifPresent(other -> parts.add("**" + other.python() + ": " + other.type().text(hidden)));
    return parts.stream().collect(Collectors.joining(", ", "(", ") -> " + result.text(hidden)));
  }
}
