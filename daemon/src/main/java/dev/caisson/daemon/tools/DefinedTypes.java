package dev.caisson.daemon.tools;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The TypedDict classes of one tool. A class is called SERVER_TOOL_PATH, each part in class style
 * and so without underscores: no two tools can meet, and one tool can be read without the others.
 */
public final class DefinedTypes {

  private static final int MOST = 200;

  /**
   * One TypedDict.
   *
   * @param fields in the schema's order
   */
  public record TypedDictionary(String name, List<Field> fields) {
    public TypedDictionary {
      fields = List.copyOf(fields);
    }
  }

  /**
   * One key of a TypedDict.
   *
   * @param key as in the JSON object
   * @param note one line of documentation, may be empty
   */
  public record Field(String key, PythonType type, Presence presence, String note) {}

  /** Whether a key must be there. */
  public enum Presence {
    REQUIRED,
    OPTIONAL
  }

  private final String prefix;
  private final Set<String> avoided;
  private final Map<String, List<Field>> dictionaries = new LinkedHashMap<>();
  private final Map<List<Field>, String> known = new HashMap<>();

  /**
   * @param prefix SERVER_TOOL
   * @param avoided names that the module gives to something else
   */
  DefinedTypes(String prefix, Set<String> avoided) {
    this.prefix = prefix;
    this.avoided = avoided;
  }

  boolean full() {
    return dictionaries.size() >= MOST;
  }

  /** Takes a name for a class whose fields come later with {@link #define}. */
  String reserve(String path) {
    String wish = prefix + "_" + (path.length() <= 60 ? path : path.substring(0, 60));
    String name = wish;
    for (int number = 2; avoided.contains(name) || dictionaries.containsKey(name); number++) {
      name = wish + number;
    }
    dictionaries.put(name, List.of());
    return name;
  }

  /**
   * Gives a reserved class its fields; the name to use is another one when there is a class with
   * the same fields already.
   *
   * @param shareable false when the name has been used by somebody (a recursive type)
   */
  String define(String name, List<Field> fields, boolean shareable) {
    String same = known.get(fields);
    if (same != null && shareable) {
      dictionaries.remove(name);
      return same;
    }
    dictionaries.put(name, List.copyOf(fields));
    known.putIfAbsent(List.copyOf(fields), name);
    return name;
  }

  List<Field> fields(String name) {
    return dictionaries.getOrDefault(name, List.of());
  }

  List<TypedDictionary> all() {
    List<TypedDictionary> all = new ArrayList<>();
    dictionaries.forEach((name, fields) -> all.add(new TypedDictionary(name, fields)));
    return all;
  }
}
