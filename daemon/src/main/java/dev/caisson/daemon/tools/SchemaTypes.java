package dev.caisson.daemon.tools;

import dev.caisson.daemon.tools.DefinedTypes.Field;
import dev.caisson.daemon.tools.DefinedTypes.Form;
import dev.caisson.daemon.tools.DefinedTypes.Presence;
import dev.caisson.daemon.tools.DefinedTypes.Shape;
import dev.caisson.daemon.tools.PythonType.Defined;
import dev.caisson.daemon.tools.PythonType.Literals;
import dev.caisson.daemon.tools.PythonType.Word;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * Reads one JSON Schema document as Python types. What Python cannot say, or what is too deep or
 * too large to be worth saying, is Any: a type is help for a writer, the schema itself is the
 * check. For one thread and one document.
 */
final class SchemaTypes {

  private static final int DEEPEST = 64;

  private final SchemaView view;
  private final DefinedTypes defined;
  private final Form form;
  private final Map<String, PythonType> references = new HashMap<>();
  private final Set<String> open = new HashSet<>();
  private final Set<String> used = new HashSet<>();

  SchemaTypes(SchemaView view, DefinedTypes defined, Form form) {
    this.view = view;
    this.defined = defined;
    this.form = form;
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
    if (reference.isString() && !SchemaView.hasRulesBesideReference(part)) {
      String text = reference.asString();
      String name = text.substring(text.lastIndexOf('/') + 1);
      return nullable(
          reference(text, PythonNames.classStyle(PythonNames.identifier(name, "type")), depth),
          part);
    }
    JsonNode schema = view.merged(part);
    return nullable(plainType(schema, path, depth), schema);
  }

  private static PythonType nullable(PythonType type, JsonNode schema) {
    return schema.path("nullable").asBoolean(false)
        ? PythonType.union(List.of(type, PythonType.NONE))
        : type;
  }

  private PythonType reference(String reference, String path, int depth) {
    PythonType known = references.get(reference);
    if (known != null) {
      markUsed(known);
      return known;
    }
    JsonNode schema = view.merged(view.target(reference));
    if (!schema.isObject() || !open.add(reference)) {
      return PythonType.ANY;
    }
    PythonType type;
    if (isRecord(schema) && !defined.full()) {
      String name = defined.reserve(path);
      references.put(reference, taken(defined.type(name), schema));
      type = record(schema, name, path, depth);
    } else {
      type = type(schema, path, depth + 1);
    }
    references.put(reference, type);
    open.remove(reference);
    return type;
  }

  private void markUsed(PythonType type) {
    switch (type) {
      case Defined defined -> used.add(defined.name());
      case PythonType.Union(List<PythonType> parts) -> parts.forEach(this::markUsed);
      default -> {}
    }
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

  /** A tuple is as good as a list to a tool, and what a tool gives is always a list. */
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
    }
    PythonType list = PythonType.list(PythonType.union(types));
    return isValue() || items.isObject()
        ? list
        : PythonType.union(List.of(PythonType.tuple(types), list));
  }

  private PythonType object(JsonNode schema, String path, int depth) {
    if (isRecord(schema) && !defined.full()) {
      return record(schema, defined.reserve(path), path, depth);
    }
    PythonType item =
        isRecord(schema)
            ? PythonType.ANY
            : others(schema, path + "Value", depth).orElse(PythonType.ANY);
    return isValue() ? PythonType.values(item) : PythonType.dict(item);
  }

  /** The type of items that the schema does not list, when it invites them. */
  Optional<PythonType> others(JsonNode schema, String path) {
    return others(schema, path, 0);
  }

  private Optional<PythonType> others(JsonNode schema, String path, int depth) {
    JsonNode additional = schema.path("additionalProperties");
    JsonNode patterns = schema.path("patternProperties");
    List<PythonType> types = new ArrayList<>();
    patterns.forEach(pattern -> types.add(type(pattern, path, depth + 1)));
    if (additional.isObject()) {
      types.add(type(additional, path, depth + 1));
    } else if (!additional.isBoolean() && !types.isEmpty() || additional.asBoolean(false)) {
      types.add(PythonType.ANY);
    }
    return types.isEmpty() ? Optional.empty() : Optional.of(PythonType.union(types));
  }

  private PythonType record(JsonNode plain, String name, String path, int depth) {
    JsonNode schema = view.withAlternatives(plain);
    Set<String> required = SchemaView.names(schema.path("required"));
    List<Field> fields = new ArrayList<>();
    for (Map.Entry<String, JsonNode> property : schema.path("properties").properties()) {
      if (SchemaView.isForbidden(property.getValue())) {
        continue;
      }
      String key = property.getKey();
      String part = PythonNames.classStyle(PythonNames.identifier(key, "field"));
      fields.add(
          new Field(
              key,
              type(property.getValue(), path + part, depth + 1),
              required.contains(key) ? Presence.REQUIRED : Presence.OPTIONAL,
              note(property.getValue())));
    }
    Shape shape = new Shape(form, fields, others(schema, path + "Value", depth));
    return taken(defined.type(defined.define(name, shape, !used.contains(name))), schema);
  }

  /** A dict of listed keys takes no other ones, so where a tool does, any dict may be written. */
  private PythonType taken(Defined type, JsonNode schema) {
    JsonNode additional = schema.path("additionalProperties");
    boolean open =
        additional.isObject()
            || additional.asBoolean(false)
            || !schema.path("patternProperties").isEmpty()
            || schema.path("properties").has("");
    return open && !isValue() ? PythonType.union(List.of(type, PythonType.ANY_DICT)) : type;
  }

  private static boolean isRecord(JsonNode schema) {
    return schema.path("properties").isObject() && !schema.path("properties").isEmpty();
  }

  private static PythonType literals(List<JsonNode> values) {
    List<PythonType> types = new ArrayList<>();
    for (JsonNode value : values) {
      boolean small = value.toString().length() <= PartNote.LONGEST_LITERAL;
      types.add(
          switch (value.getNodeType()) {
            case NULL -> PythonType.NONE;
            case STRING -> small ? literal(value) : new Word("str");
            case BOOLEAN -> literal(value);
            case NUMBER ->
                !value.isIntegralNumber()
                    ? new Word("float")
                    : value.canConvertToLong() ? literal(value) : new Word("int");
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

  /** What is said about a part beside its type. */
  PartNote note(JsonNode part) {
    return PartNote.of(part, view.resolved(part));
  }

  private boolean isValue() {
    return form == Form.VALUE;
  }
}
