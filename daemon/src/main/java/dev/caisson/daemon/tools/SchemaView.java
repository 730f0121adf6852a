package dev.caisson.daemon.tools;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.core.JsonPointer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.MissingNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * One JSON Schema document with references followed and allOf merged. Follows only references into
 * the document itself, and only as much as a budget allows: a few lines of references can stand for
 * a tree of any size.
 */
final class SchemaView {

  private static final int BUDGET = 10_000;
  private static final int LONGEST_CHAIN = 32;
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  /** What says more about an object beside a reference. */
  private static final List<String> RULES =
      List.of("properties", "required", "allOf", "anyOf", "oneOf", "additionalProperties");

  private final JsonNode root;
  private int budget = BUDGET;

  SchemaView(JsonNode root) {
    this.root = root;
  }

  JsonNode root() {
    return root;
  }

  /** Takes one step from the budget; false when there is none left. */
  boolean step() {
    return budget-- > 0;
  }

  /** Merging costs what it copies. */
  boolean step(JsonNode part) {
    budget -= part.size() + part.path("properties").size();
    return step();
  }

  /** What a reference points to; missing when it leaves the document or points nowhere. */
  JsonNode target(String reference) {
    if (reference.equals("#")) {
      return root;
    }
    if (!reference.startsWith("#/")) {
      return MissingNode.getInstance();
    }
    try {
      String pointer = reference.substring(1).replace("+", "%2B");
      return root.at(JsonPointer.compile(URLDecoder.decode(pointer, StandardCharsets.UTF_8)));
    } catch (IllegalArgumentException e) {
      return MissingNode.getInstance();
    }
  }

  /** The schema behind any chain of references; missing when there is none. */
  JsonNode resolved(JsonNode schema) {
    JsonNode current = schema;
    for (int i = 0; i < LONGEST_CHAIN; i++) {
      JsonNode reference = current.path("$ref");
      if (!reference.isString()) {
        return current;
      }
      if (hasRulesBesideReference(current)) {
        return withReferenceAsPart(current);
      }
      current = target(reference.asString());
    }
    return MissingNode.getInstance();
  }

  static boolean hasRulesBesideReference(JsonNode schema) {
    return schema.path("$ref").isString() && RULES.stream().anyMatch(schema::has);
  }

  /** Both hold, what is referred to and what stands beside it. */
  private static JsonNode withReferenceAsPart(JsonNode schema) {
    ObjectNode parts = JSON.objectNode();
    schema.properties().forEach(entry -> parts.set(entry.getKey(), entry.getValue()));
    ArrayNode all = JSON.arrayNode();
    all.addObject().set("$ref", parts.remove("$ref"));
    schema.path("allOf").forEach(all::add);
    parts.set("allOf", all);
    return parts;
  }

  /** Whether nothing at all fits. */
  static boolean isForbidden(JsonNode schema) {
    return schema.isBoolean() && !schema.booleanValue();
  }

  /**
   * The schema of an object with the properties that its alternatives and conditions add; what all
   * of several alternatives require is required.
   */
  JsonNode withAlternatives(JsonNode schema) {
    return Alternatives.together(this, schema);
  }

  /**
   * The schema with its allOf parts in it: properties and required together, of other keywords the
   * first there is.
   */
  JsonNode merged(JsonNode schema) {
    return merged(schema, 0);
  }

  private JsonNode merged(JsonNode schema, int depth) {
    JsonNode own = resolved(schema);
    if (!own.path("allOf").isArray() || !(own instanceof ObjectNode object)) {
      return own;
    }
    ObjectNode result = JSON.objectNode();
    ObjectNode properties = JSON.objectNode();
    Set<String> required = new LinkedHashSet<>();
    collect(object, result, properties, required);
    if (depth < LONGEST_CHAIN) {
      for (JsonNode part : own.path("allOf")) {
        if (budget > 0
            && merged(part, depth + 1) instanceof ObjectNode partObject
            && step(partObject)) {
          collect(partObject, result, properties, required);
        }
      }
    }
    if (!properties.isEmpty()) {
      result.set("properties", properties);
    }
    if (!required.isEmpty()) {
      ArrayNode names = result.putArray("required");
      required.forEach(names::add);
    }
    return result;
  }

  private static void collect(
      ObjectNode from, ObjectNode result, ObjectNode properties, Set<String> required) {
    for (Map.Entry<String, JsonNode> entry : from.properties()) {
      switch (entry.getKey()) {
        case "allOf" -> {}
        case "properties" ->
            entry
                .getValue()
                .properties()
                .forEach(
                    property -> properties.putIfAbsent(property.getKey(), property.getValue()));
        case "required" -> required.addAll(names(entry.getValue()));
        default -> result.putIfAbsent(entry.getKey(), entry.getValue());
      }
    }
  }

  /** The texts of a list. */
  static Set<String> names(JsonNode list) {
    Set<String> names = new LinkedHashSet<>();
    for (JsonNode name : list) {
      if (name.isString()) {
        names.add(name.asString());
      }
    }
    return names;
  }
}
