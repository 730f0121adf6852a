package dev.caisson.daemon.tools;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * The classes of one tool's objects. A class is called SERVER_TOOL_PATH, each part in class style
 * and so without underscores: no two tools can meet, and one tool can be read without the others.
 */
public final class DefinedTypes {

  private static final int MOST = 200;

  /** Where objects of a class come from, which decides what code can do with them. */
  public enum Form {
    /** Code writes it: a dict, checked key by key. */
    ARGUMENT,
    /** A tool gives it: a dict whose items are attributes as well. */
    VALUE
  }

  /**
   * What a class says of its objects.
   *
   * @param fields in the schema's order
   * @param others the type of items that are not listed, where the schema invites them
   */
  public record Shape(Form form, List<Field> fields, Optional<PythonType> others) {
    public Shape {
      fields = List.copyOf(fields);
    }
  }

  /**
   * One class.
   *
   * @param shown its name without server and tool
   */
  public record ObjectType(String name, String shown, Shape shape) {}

  /**
   * One key of an object.
   *
   * @param key as in the JSON object
   */
  public record Field(String key, PythonType type, Presence presence, PartNote note) {}

  /** Whether a key must be there. */
  public enum Presence {
    REQUIRED,
    OPTIONAL
  }

  private static final Shape UNKNOWN = new Shape(Form.VALUE, List.of(), Optional.empty());

  private final String prefix;
  private final Predicate<String> avoided;
  private final Map<String, Shape> shapes = new LinkedHashMap<>();
  private final Map<Shape, String> known = new HashMap<>();

  /**
   * @param prefix SERVER_TOOL
   * @param avoided names that the module gives to something else
   */
  DefinedTypes(String prefix, Predicate<String> avoided) {
    this.prefix = prefix;
    this.avoided = avoided;
  }

  boolean full() {
    return shapes.size() >= MOST;
  }

  /** Takes a name for a class whose fields come later with {@link #define}. */
  String reserve(String path) {
    String wish = prefix + "_" + (path.length() <= 60 ? path : path.substring(0, 60));
    String name = wish;
    for (int number = 2; avoided.test(name) || shapes.containsKey(name); number++) {
      name = wish + number;
    }
    shapes.put(name, UNKNOWN);
    return name;
  }

  /** The type that stands for a reserved or defined class. */
  PythonType.Defined type(String name) {
    return new PythonType.Defined(name, name.substring(prefix.length() + 1));
  }

  /**
   * Gives a reserved class its shape; the name to use is another one when there is a class of the
   * same shape already.
   *
   * @param shareable false when the name has been used by somebody (a recursive type)
   */
  String define(String name, Shape shape, boolean shareable) {
    String same = known.get(shape);
    if (same != null && shareable) {
      shapes.remove(name);
      return same;
    }
    shapes.put(name, shape);
    known.putIfAbsent(shape, name);
    return name;
  }

  List<Field> fields(String name) {
    return shapes.getOrDefault(name, UNKNOWN).fields();
  }

  List<ObjectType> all() {
    List<ObjectType> all = new ArrayList<>();
    shapes.forEach((name, shape) -> all.add(new ObjectType(name, type(name).shown(), shape)));
    return all;
  }
}
