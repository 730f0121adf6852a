package dev.caisson.daemon.tools;

import dev.caisson.daemon.tools.DefinedTypes.Field;
import dev.caisson.daemon.tools.DefinedTypes.Form;
import dev.caisson.daemon.tools.DefinedTypes.ObjectType;
import dev.caisson.daemon.tools.DefinedTypes.Presence;
import dev.caisson.daemon.tools.DefinedTypes.Shape;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Writes the classes of objects as Python source. */
final class TypeSource {

  /** Words that a class body speaks of and a key could hide. */
  private static final Set<String> WORDS =
      Set.of(
          "str",
          "int",
          "float",
          "bool",
          "list",
          "dict",
          "tuple",
          "Any",
          "Literal",
          "NotRequired",
          "TypedDict");

  /** What a dict has by these names stays what it is. */
  private static final Set<String> METHODS_OF_DICT =
      Set.of(
          "clear",
          "copy",
          "fromkeys",
          "get",
          "items",
          "keys",
          "pop",
          "popitem",
          "setdefault",
          "update",
          "values");

  private final StringBuilder out = new StringBuilder();

  void add(ObjectType type) {
    out.append("\n\n");
    if (type.shape().form() == Form.VALUE) {
      addValue(type);
    } else if (type.shape().fields().stream().allMatch(field -> isItem(field, type.name()))) {
      addDictionary(type);
    } else {
      addDictionaryByCall(type);
    }
  }

  @Override
  public String toString() {
    return out.toString();
  }

  /** Whether a key can be a name in a class body. A name in two underscores would be changed. */
  static boolean isPlain(String key) {
    return key.matches("(?!__)[A-Za-z_][A-Za-z0-9_]{0,79}") && !PythonNames.isKeyword(key);
  }

  /** Whether it can be one without hiding a class of the module. */
  private static boolean isPlain(String key, String typeName) {
    String server = typeName.substring(0, typeName.indexOf('_') + 1);
    return isPlain(key) && !key.startsWith(server) && !ModuleHead.NAMES.contains(key);
  }

  private static boolean isItem(Field field, String typeName) {
    return isPlain(field.key(), typeName) && !WORDS.contains(field.key());
  }

  private void addDictionary(ObjectType type) {
    out.append("class ").append(type.name()).append("(TypedDict):\n");
    for (Field field : type.shape().fields()) {
      String annotation = presence(field, field.type().text(Set.of()));
      out.append("    ").append(field.key()).append(": ").append(annotation).append('\n');
      addNote(field.note().brief());
    }
    addPass(type.shape());
  }

  /** For keys that no class body can hold. */
  private void addDictionaryByCall(ObjectType type) {
    String name = type.name();
    out.append(name).append(" = TypedDict(\n    \"").append(name).append("\",\n    {\n");
    StringBuilder notes = new StringBuilder();
    for (Field field : type.shape().fields()) {
      if (field.key().isEmpty()) {
        continue; // no TypedDict has one
      }
      String annotation = presence(field, PythonText.literal(field.type().text(Set.of())));
      String key = PythonText.literal(field.key());
      out.append("        ").append(key).append(": ").append(annotation).append(",\n");
      String note = field.note().brief();
      notes.append(note.isEmpty() ? "" : "\n    " + key + ": " + note);
    }
    out.append("    },\n)\n");
    if (!notes.isEmpty()) {
      out.append(PythonText.docstring(PythonText.prose("Keys:" + notes), ""));
    }
  }

  /** A dict whose items are attributes as well, both with their types. */
  private void addValue(ObjectType type) {
    Shape shape = type.shape();
    Set<String> hidden =
        shape.fields().stream().map(Field::key).collect(Collectors.toCollection(TreeSet::new));
    hidden.retainAll(WORDS);
    out.append("class ").append(type.name()).append("(").append(ModuleHead.OBJECT).append("):\n");
    for (Field field : shape.fields()) {
      if (isPlain(field.key(), type.name()) && !METHODS_OF_DICT.contains(field.key())) {
        String annotation = field.type().text(hidden);
        out.append("    ").append(field.key()).append(": ").append(annotation).append('\n');
        String missing = field.presence() == Presence.OPTIONAL ? "May be missing. " : "";
        addNote((missing + field.note().brief()).strip());
      }
    }
    addAccess(shape, hidden);
    addPass(shape);
  }

  private void addAccess(Shape shape, Set<String> hidden) {
    Map<String, String> keys = new LinkedHashMap<>();
    for (Field field : shape.fields()) {
      keys.merge(
          field.type().text(hidden),
          PythonText.literal(field.key()),
          (left, right) -> left + ", " + right);
    }
    if (keys.isEmpty()) {
      return;
    }
    out.append("\n    if _typing.TYPE_CHECKING:\n");
    String literal = TypeText.qualified("Literal", hidden);
    String text = TypeText.qualified("str", hidden);
    keys.forEach((type, names) -> addItem(literal + "[" + names + "]", type));
    // A schema lists what there is at least; as any dict it can be unpacked into another.
    String other = shape.others().orElse(PythonType.ANY).text(hidden);
    addItem(text, other);
    if (shape.others().isPresent()) {
      out.append("        def __getattr__(self, name: ").append(text).append(") -> ");
      out.append(other).append(": ...\n");
    }
  }

  private void addItem(String key, String type) {
    out.append("        @_typing.overload\n");
    out.append("        def __getitem__(self, key: ").append(key).append(", /) -> ");
    out.append(type).append(": ...\n");
  }

  private void addNote(String note) {
    if (!note.isEmpty()) {
      out.append(PythonText.docstring(PythonText.prose(note), "    "));
    }
  }

  private void addPass(Shape shape) {
    if (shape.fields().isEmpty() && shape.others().isEmpty()) {
      out.append("    pass\n");
    }
  }

  private static String presence(Field field, String type) {
    return field.presence() == Presence.REQUIRED ? type : "NotRequired[" + type + "]";
  }
}
