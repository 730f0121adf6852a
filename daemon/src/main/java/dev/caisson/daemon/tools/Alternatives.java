package dev.caisson.daemon.tools;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Puts together what an object may have by one or another of its schema's alternatives. */
final class Alternatives {

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private final SchemaView view;
  private final Map<String, Set<JsonNode>> added = new LinkedHashMap<>();
  private final Set<String> required = new LinkedHashSet<>();

  private Alternatives(SchemaView view) {
    this.view = view;
  }

  /** The schema, or a copy of it with the properties of its alternatives. */
  static JsonNode together(SchemaView view, JsonNode schema) {
    Alternatives found = new Alternatives(view);
    found.addChoice(schema.path("anyOf"));
    found.addChoice(schema.path("oneOf"));
    found.add(schema.path("then"));
    found.add(schema.path("else"));
    schema.path("dependentSchemas").forEach(found::add);
    // A condition names a property; what it may be otherwise is not said there.
    view.merged(schema.path("if"))
        .path("properties")
        .propertyNames()
        .forEach(name -> found.added.putIfAbsent(name, Set.of(JSON.objectNode())));
    return found.added.isEmpty() ? schema : found.addedTo(schema);
  }

  /** Of a choice only what is required by each is required. */
  private void addChoice(JsonNode options) {
    Set<String> common = new LinkedHashSet<>();
    boolean first = true;
    for (JsonNode option : options) {
      Set<String> here = add(option);
      if (first) {
        common.addAll(here);
      } else {
        common.retainAll(here);
      }
      first = false;
    }
    required.addAll(common);
  }

  /** Adds the properties and gives the names that are required. */
  private Set<String> add(JsonNode part) {
    JsonNode merged = view.merged(part);
    if (!view.step(merged)) {
      return Set.of();
    }
    merged
        .path("properties")
        .properties()
        .forEach(property ->
            added
                .computeIfAbsent(property.getKey(), _ -> new LinkedHashSet<>())
                .add(property.getValue()));
    return SchemaView.names(merged.path("required"));
  }

  /** The schema's own word about a property comes first. */
  private ObjectNode addedTo(JsonNode schema) {
    ObjectNode result = JSON.objectNode();
    schema.properties().forEach(entry -> result.set(entry.getKey(), entry.getValue()));
    ObjectNode properties = JSON.objectNode();
    schema
        .path("properties")
        .properties()
        .forEach(property -> properties.set(property.getKey(), property.getValue()));
    added.forEach((name, schemas) -> properties.putIfAbsent(name, oneOf(schemas)));
    result.set("properties", properties);
    required.addAll(SchemaView.names(schema.path("required")));
    ArrayNode names = JSON.arrayNode();
    required.forEach(names::add);
    result.set("required", names);
    return result;
  }

  private static JsonNode oneOf(Set<JsonNode> schemas) {
    if (schemas.size() == 1) {
      return schemas.iterator().next();
    }
    ObjectNode choice = JSON.objectNode();
    ArrayNode options = choice.putArray("anyOf");
    // What one alternative forbids another may have.
    schemas.stream().filter(schema -> !SchemaView.isForbidden(schema)).forEach(options::add);
    return choice;
  }
}
