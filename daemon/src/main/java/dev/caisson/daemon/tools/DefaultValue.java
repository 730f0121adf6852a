package dev.caisson.daemon.tools;

import dev.caisson.daemon.tools.PythonType.Literals;
import dev.caisson.daemon.tools.PythonType.Union;
import dev.caisson.daemon.tools.PythonType.Word;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** What a signature says an argument is when it is not given. */
final class DefaultValue {

  private static final int LONGEST = 60;

  /** It is the tool that decides. */
  private static final String TOOLS_OWN = "...";

  private DefaultValue() {}

  /** For readers: the schema's default, or that there is one. */
  static String shown(PythonType type, Optional<JsonNode> value) {
    return value.flatMap(v -> literal(type, v)).orElse(TOOLS_OWN);
  }

  /** For a type checker: type and default. None may be given for what need not be given. */
  static String declared(PythonType type, String typeText, Optional<JsonNode> value) {
    Optional<String> literal = value.flatMap(v -> literal(type, v));
    if (type.takesNone()) {
      return typeText + " = " + literal.orElse(TOOLS_OWN);
    }
    return typeText + " | None = " + literal.orElse("None");
  }

  /** A short plain value that is of the type; others would be wrong or too long to read. */
  private static Optional<String> literal(PythonType type, JsonNode value) {
    if (value.isContainer() || !fits(type, value)) {
      return Optional.empty();
    }
    return Optional.of(PythonText.literal(value)).filter(text -> text.length() <= LONGEST);
  }

  private static boolean fits(PythonType type, JsonNode value) {
    return switch (type) {
      case Word(String word) ->
          switch (word) {
            case "Any" -> true;
            case "str" -> value.isString();
            case "int" -> value.isIntegralNumber();
            case "float" -> value.isNumber();
            case "bool" -> value.isBoolean();
            case "None" -> value.isNull();
            default -> false;
          };
      case Literals(List<String> values) -> values.contains(PythonText.literal(value));
      case Union(List<PythonType> parts) -> parts.stream().anyMatch(part -> fits(part, value));
      case PythonType.Defined _, PythonType.Values _, PythonType.Applied _ -> false;
    };
  }
}
