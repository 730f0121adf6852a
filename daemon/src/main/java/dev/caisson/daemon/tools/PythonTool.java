package dev.caisson.daemon.tools;

import dev.caisson.daemon.tools.DefinedTypes.ObjectType;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * One tool as Python sees it. What is rendered as source and what the agent binds at run time are
 * both made of this, so they cannot differ.
 *
 * @param server name of its server in the catalogue
 * @param name its name in the catalogue
 * @param python its name in Python
 * @param signature what follows the name, for readers: "(city: str, units: Literal["c", "f"] = "c")
 *     -> Result"
 * @param declaration the same for a module, exact enough for a type checker
 * @param doc the docstring, as inspect.getdoc gives it in a run
 * @param brief the docstring in a module: the first sentence, and what the types do not say
 * @param summary the first sentence of its description
 * @param marks what it says of itself in a word each: "read-only", "deprecated"
 * @param parameters in positional order, required ones first
 * @param schema the JSON Schema of the arguments
 * @param returns the type of the result, for readers
 * @param types classes that the signature speaks of
 */
public record PythonTool(
    String server,
    String name,
    String python,
    String signature,
    String declaration,
    String doc,
    String brief,
    String summary,
    List<String> marks,
    List<Parameter> parameters,
    JsonNode schema,
    String returns,
    List<ObjectType> types) {

  public PythonTool {
    marks = List.copyOf(marks);
    parameters = List.copyOf(parameters);
    types = List.copyOf(types);
  }

  /**
   * One parameter.
   *
   * @param name as the tool calls it
   * @param python as Python calls it
   */
  public record Parameter(
      String name, String python, boolean required, Optional<JsonNode> defaultValue) {}

  /** The bound tool of the channel's catalogue service. */
  public ObjectNode toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("server", server).put("name", name).put("python", python);
    json.put("signature", signature).put("doc", doc);
    ArrayNode list = json.putArray("parameters");
    for (Parameter parameter : parameters) {
      ObjectNode entry = list.addObject();
      entry.put("name", parameter.name()).put("python", parameter.python());
      entry.put("required", parameter.required());
      parameter.defaultValue().ifPresent(value -> entry.set("default", value));
    }
    json.set("schema", schema);
    json.put("returns", returns);
    return json;
  }
}
