package dev.caisson.daemon.tools;

import dev.caisson.daemon.model.ToolCatalogue;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Seeded catalogues of awkward names and schemas; the same seed gives the same catalogue. */
final class RandomCatalogue {

  private static final String[] WORDS = {
    "get",
    "user",
    "list",
    "class",
    "str",
    "int",
    "Any",
    "tuple",
    "dict",
    "weather",
    "a",
    "A",
    "a_2",
    "a-2",
    "v2",
    "_x",
    "__y__",
    "3",
    "staticmethod",
    "None",
    "é",
    "e\u0301",
    "天",
    "ﬁ",
    "😀",
    "\"",
    "\\",
    "\n",
    " ",
    ".",
    "-",
    "Literal",
    "tools",
    "search",
    "self",
    "extra",
    "Result",
    "name",
    "\u0e33",
    "\u0cf3",
    "\ua7dc",
    "𝒳",
    "ᾳ",
    "ǆ",
    "\u0301",
    "·",
    "℘",
    "٣",
    "x\u200d",
    "S_T",
    "_"
  };

  private final Random random;

  RandomCatalogue(long seed) {
    this.random = new Random(seed);
  }

  ToolCatalogue catalogue() {
    Map<String, ToolCatalogue.Server> servers = new LinkedHashMap<>();
    for (int i = 0; i < 8; i++) {
      String name = name();
      Map<String, ToolCatalogue.Tool> tools = new LinkedHashMap<>();
      for (int j = 0; j < 12; j++) {
        String tool = name();
        tools.put(
            tool,
            new ToolCatalogue.Tool(
                tool, name(), text(), root(), random.nextBoolean() ? root() : ""));
      }
      servers.put(name, new ToolCatalogue.Server(name, text(), List.copyOf(tools.values())));
    }
    return new ToolCatalogue(List.copyOf(servers.values()));
  }

  private String name() {
    StringBuilder name = new StringBuilder();
    int parts = 1 + random.nextInt(3);
    for (int i = 0; i < parts; i++) {
      name.append(i > 0 && random.nextBoolean() ? "_" : "").append(pick(WORDS));
    }
    return name.toString();
  }

  private String text() {
    StringBuilder text = new StringBuilder();
    int parts = random.nextInt(12);
    for (int i = 0; i < parts; i++) {
      text.append(pick(WORDS))
          .append(pick(" ", "\n", "\n  ", ". ", "\"\"\"", "\\", "\t", "\u2028"));
    }
    return text.toString();
  }

  private String root() {
    ObjectNode root = schema(0);
    ObjectNode defs = root.putObject("$defs");
    for (String name : List.of("a", "b", "c")) {
      defs.set(name, schema(1));
    }
    return root.toString();
  }

  private ObjectNode schema(int depth) {
    ObjectNode schema = JsonNodeFactory.instance.objectNode();
    if (random.nextInt(3) == 0) {
      schema.put("description", text());
    }
    int kind = depth > 3 ? random.nextInt(5) : depth == 0 ? 7 : random.nextInt(11);
    switch (kind) {
      case 0 -> schema.put("type", pick("string", "integer", "number", "boolean", "null", "odd"));
      case 1 -> values(schema.putArray("enum"));
      case 2 -> schema.put("const", text());
      case 3 -> schema.put("$ref", pick("#", "#/$defs/a", "#/$defs/b", "#/$defs/c", "#/$defs/d"));
      case 4 -> schema.put("format", text()).put("default", text());
      case 5 -> schema.put("type", "array").set("items", schema(depth + 1));
      case 6 -> schemas(schema.putArray(pick("anyOf", "oneOf", "allOf", "prefixItems")), depth);
      case 7, 8 -> object(schema, depth);
      case 9 -> schema.put("type", "object").set("additionalProperties", schema(depth + 1));
      default -> values(schema.putArray("type"));
    }
    return schema;
  }

  private void object(ObjectNode schema, int depth) {
    schema.put("type", "object");
    ObjectNode properties = schema.putObject("properties");
    ArrayNode required = schema.putArray("required");
    int count = random.nextInt(5);
    for (int i = 0; i < count; i++) {
      String name = name();
      properties.set(name, schema(depth + 1));
      if (random.nextBoolean()) {
        required.add(name);
      }
    }
    if (random.nextInt(4) == 0) {
      schema.put("additionalProperties", random.nextBoolean());
    }
  }

  private void schemas(ArrayNode list, int depth) {
    int count = random.nextInt(4);
    for (int i = 0; i < count; i++) {
      list.add(schema(depth + 1));
    }
  }

  private void values(ArrayNode list) {
    int count = random.nextInt(50);
    for (int i = 0; i < count; i++) {
      switch (random.nextInt(6)) {
        case 0 -> list.add(random.nextInt());
        case 1 -> list.add(random.nextBoolean());
        case 2 -> list.addNull();
        case 3 -> list.add(pick("string", "integer", "null", "object"));
        case 4 -> list.add(random.nextDouble());
        default -> list.add(text());
      }
    }
  }

  private String pick(String... values) {
    return values[random.nextInt(values.length)];
  }
}
