package dev.caisson.daemon.policy;

import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/** The keys of a policy as its JSON schema has them. */
public final class SchemaKeys {

  private SchemaKeys() {}

  /** Keys, not sections, those of a list's entries too; with what the schema says of each. */
  public static SortedMap<String, JsonNode> of(JsonNode schema) {
    SortedMap<String, JsonNode> keys = new TreeMap<>();
    collect("", schema, keys);
    return keys;
  }

  private static void collect(String prefix, JsonNode schema, Map<String, JsonNode> keys) {
    for (Map.Entry<String, JsonNode> property : schema.get("properties").properties()) {
      JsonNode described = property.getValue();
      String key = prefix + property.getKey();
      if (described.has("properties")) {
        collect(key + ".", described, keys);
        continue;
      }
      keys.put(key, described);
      if (described.path("items").has("properties")) {
        collect(key + "[].", described.get("items"), keys);
      }
    }
  }
}
