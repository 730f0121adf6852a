package dev.caisson.daemon.tools;

import dev.caisson.daemon.tools.PythonType.Applied;
import dev.caisson.daemon.tools.PythonType.Defined;
import dev.caisson.daemon.tools.PythonType.Literals;
import dev.caisson.daemon.tools.PythonType.Union;
import dev.caisson.daemon.tools.PythonType.Values;
import dev.caisson.daemon.tools.PythonType.Word;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Writes types: in one place of a module, or for a reader who has no module before him. */
final class TypeText {

  /** Short names of classes, and nothing that only the module defines. */
  static final TypeText FOR_READERS = new TypeText(Set.of(), Place.READER);

  private enum Place {
    MODULE,
    READER
  }

  private final Set<String> hidden;
  private final Place place;

  private TypeText(Set<String> hidden, Place place) {
    this.hidden = hidden;
    this.place = place;
  }

  /** Words in {@code hidden} mean something else there and are reached through their modules. */
  static TypeText inModule(Set<String> hidden) {
    return new TypeText(hidden, Place.MODULE);
  }

  String of(PythonType type) {
    return switch (type) {
      case Word(String word) -> qualified(word, hidden);
      case Defined(String name, String shown) -> place == Place.MODULE ? name : shown;
      case Values(PythonType value) ->
          place == Place.MODULE
              ? ModuleHead.RECORD + "[" + of(value) + "]"
              : "dict[str, " + of(value) + "]";
      case Literals(List<String> values) ->
          values.stream()
              .collect(Collectors.joining(", ", qualified("Literal", hidden) + "[", "]"));
      case Applied(String word, List<PythonType> arguments) ->
          arguments.isEmpty()
              ? qualified(word, hidden) + "[()]"
              : arguments.stream()
                  .map(this::of)
                  .collect(Collectors.joining(", ", qualified(word, hidden) + "[", "]"));
      case Union(List<PythonType> parts) ->
          parts.stream().map(this::of).collect(Collectors.joining(" | "));
    };
  }

  /** A word, through its module when something nearer has the same name. */
  static String qualified(String word, Set<String> hidden) {
    if (!hidden.contains(word)) {
      return word;
    }
    return Character.isUpperCase(word.charAt(0)) ? "_typing." + word : "_builtins." + word;
  }
}
