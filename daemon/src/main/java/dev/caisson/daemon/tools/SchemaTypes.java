package dev.caisson.daemon.tools;

import dev.caisson.daemon.tools.DefinedTypes.Field;
import dev.caisson.daemon.tools.DefinedTypes.Presence;
import dev.caisson.daemon.tools.PythonType.Defined;
import dev.caisson.daemon.tools.PythonType.Literals;
import dev.caisson.daemon.tools.PythonType.Word;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * Reads one JSON Schema document as Python types. What Python cannot say, or what is too deep or
 * too large to be worth saying, is Any: a type is help for a writer, the schema itself is the
 * check. For one thread and one document.
 */
final class SchemaTypes {

  private static final int DEEPEST = 64;
  private static final int LONGEST_LITERAL = 100;

  private final SchemaView view;
  private final DefinedTypes defined;
  private final Map<String, PythonType> references = new HashMap<>();
  private final Set<String> open = new HashSet<>();
  private final Set<String> used = new HashSet<>();

  SchemaTypes(SchemaView view, DefinedTypes defined) {
    this.view = view;
    this.defined = defined;
  }

  /** The type of the whole document; objects in it are named after {@code path}. */
  PythonType rootType(String path) {
    return reference("#", path, 0);
  }

  /** The type of one part; objects in it are named after {@code path}. */
  PythonType type(JsonNode part, String path) {
    return type(part, path, 0);
  }

  private PythonType type(JsonNode part, String path, int depth) {
    if (depth > DEEPEST || !part.isObject() || !view.step()) {
      return PythonType.ANY;
    }
    JsonNode reference = part.path("$ref");
    if (reference.isString()) {
      String text = reference.asString();
      String name = text.substring(text.lastIndexOf('/') + 1);
      return reference(text, PythonNames.classStyle(PythonNames.identifier(name, "type")), depth);
    }
    JsonNode schema = view.merged(part);
    PythonType type = plainType(schema, path, depth);
    boolean nullable = schema.path("nullable").asBoolean(false);
    return nullable ? PythonType.union(List.of(type, PythonType.NONE)) : type;
  }

  private PythonType reference(String reference, String path, int depth) {
    PythonType known = references.get(reference);
    if (known != null) {
      if (known instanceof Defined(String name)) {
        used.add(name);
      }
      return known;
    }
    JsonNode schema = view.merged(view.target(reference));
    if (!schema.isObject() || !open.add(reference)) {
      return PythonType.ANY;
    }
    PythonType type;
    if (isRecord(schema) && !defined.full()) {
      String name = defined.reserve(path);
      references.put(reference, new Defined(name));
      type = record(schema, name, path, depth);
    } else {
      type = type(schema, path, depth + 1);
    }
    references.put(reference, type);
    open.remove(reference);
    return type;
  }

  private PythonType plainType(JsonNode schema, String path, int depth) {
    if (schema.has("const")) {
      return literals(List.of(schema.path("const")));
    }
    if (schema.path("enum").isArray()) {
      return literals(List.copyOf(schema.path("enum").valueStream().toList()));
    }
    JsonNode choice = schema.path(schema.path("anyOf").isArray() ? "anyOf" : "oneOf");
    if (choice.isArray() && !choice.isEmpty() && !isRecord(schema)) {
      List<PythonType> types = new ArrayList<>();
      choice.forEach(option -> types.add(type(option, path, depth + 1)));
      PythonType union = PythonType.union(types);
      if (!union.equals(PythonType.ANY) || !schema.has("type")) {
        return union;
      }
    }
    JsonNode type = schema.path("type");
    if (type.isArray()) {
      List<PythonType> types = new ArrayList<>();
      SchemaView.names(type).forEach(name -> types.add(named(name, schema, path, depth)));
      return PythonType.union(types);
    }
    return named(type.asString(implied(schema)), schema, path, depth);
  }

  private static String implied(JsonNode schema) {
    if (isRecord(schema) || schema.has("additionalProperties")) {
      return "object";
    }
    return schema.has("items") || schema.has("prefixItems") ? "array" : "";
  }

  private PythonType named(String type, JsonNode schema, String path, int depth) {
    return switch (type) {
      case "string" -> new Word("str");
      case "integer" -> new Word("int");
      case "number" -> new Word("float");
      case "boolean" -> new Word("bool");
      case "null" -> PythonType.NONE;
      case "array" -> array(schema, path, depth);
      case "object" -> object(schema, path, depth);
      default -> PythonType.ANY;
    };
  }

  private PythonType array(JsonNode schema, String path, int depth) {
    JsonNode items = schema.path("items");
    JsonNode prefix = items.isArray() ? items : schema.path("prefixItems");
    if (!prefix.isArray() || prefix.isEmpty()) {
      return PythonType.list(type(items, path + "Item", depth + 1));
    }
    List<PythonType> types = new ArrayList<>();
    prefix.forEach(item -> types.add(type(item, path + "Item", depth + 1)));
    if (items.isObject()) {
      types.add(type(items, path + "Item", depth + 1));
      return PythonType.list(PythonType.union(types));
    }
    return PythonType.tuple(types);
  }

  private PythonType object(JsonNode schema, String path, int depth) {
    if (isRecord(schema) && !defined.full()) {
      return record(schema, defined.reserve(path), path, depth);
    }
    JsonNode others = schema.path("additionalProperties");
    return others.isObject()
        ? PythonType.dict(type(others, path + "Value", depth + 1))
        : PythonType.ANY_DICT;
  }

  private Defined record(JsonNode schema, String name, String path, int depth) {
    Set<String> required = SchemaView.names(schema.path("required"));
    List<Field> fields = new ArrayList<>();
    for (Map.Entry<String, JsonNode> property : schema.path("properties").properties()) {
      String key = property.getKey();
      String part = PythonNames.classStyle(PythonNames.identifier(key, "field"));
      fields.add(
          new Field(
              key,
              type(property.getValue(), path + part, depth + 1),
              required.contains(key) ? Presence.REQUIRED : Presence.OPTIONAL,
              note(property.getValue())));
    }
    return new Defined(defined.define(name, fields, !used.contains(name)));
  }

  private static boolean isRecord(JsonNode schema) {
    return schema.path("properties").isObject() && !schema.path("properties").isEmpty();
  }

  private static PythonType literals(List<JsonNode> values) {
    List<PythonType> types = new ArrayList<>();
    for (JsonNode value : values) {
      boolean small = value.toString().length() <= LONGEST_LITERAL;
      types.add(
          switch (value.getNodeType()) {
            case NULL -> PythonType.NONE;
            case STRING -> small ? literal(value) : new Word("str");
            case BOOLEAN -> literal(value);
            case NUMBER ->
                !value.isIntegralNumber()
                    ? new Word("float")
                    : small ? literal(value) : new Word("int");
            case ARRAY -> PythonType.list(PythonType.ANY);
            case OBJECT -> PythonType.ANY_DICT;
            case MISSING, BINARY, POJO -> PythonType.ANY;
          });
    }
    return PythonType.union(types);
  }

  private static PythonType literal(JsonNode value) {
    return new Literals(List.of(PythonText.literal(value)));
  }

  /** One line about a part: its description and what the type does not say. */
  String note(JsonNode part) {
    JsonNode schema = view.resolved(part);
    String description = part.path("description").asString(schema.path("description").asString(""));
    StringBuilder note = new StringBuilder(PythonText.cut(PythonText.line(description), 2_000));
    List<String> hints = new ArrayList<>();
    if (schema.path("format").isString()) {
      hints.add("format " + PythonText.cut(PythonText.line(schema.path("format").asString()), 60));
    }
    hint(schema, "minimum", "at least ", hints);
    hint(schema, "exclusiveMinimum", "more than ", hints);
    hint(schema, "maximum", "at most ", hints);
    hint(schema, "exclusiveMaximum", "less than ", hints);
    if (schema.path("enum").size() > PythonType.MOST_LITERALS) {
      hints.add("one of " + fewOf(schema.path("enum")));
    }
    if (!hints.isEmpty()) {
      note.append(note.isEmpty() ? "" : " ")
          .append("(")
          .append(String.join(", ", hints))
          .append(")");
    }
    JsonNode value = part.has("default") ? part.path("default") : schema.path("default");
    if (!value.isMissingNode()) {
      note.append(note.isEmpty() ? "" : " ")
          .append("Default: ")
          .append(PythonText.cut(PythonText.literal(value), 200));
    }
    return note.toString();
  }

  private static void hint(JsonNode schema, String keyword, String words, List<String> hints) {
    if (schema.path(keyword).isNumber()) {
      hints.add(words + schema.path(keyword));
    }
  }

  private static String fewOf(JsonNode values) {
    List<String> few = new ArrayList<>();
    for (int i = 0; i < Math.min(values.size(), PythonType.MOST_LITERALS); i++) {
      few.add(PythonText.cut(PythonText.literal(values.get(i)), LONGEST_LITERAL));
    }
    return String.join(", ", few) + ", … (" + values.size() + " in all)";
  }
}
