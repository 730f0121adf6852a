package dev.caisson.daemon.tools;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/**
 * What a schema says about one argument or key beside its type.
 *
 * @param description on one line
 * @param limits what the type does not say: "at least 1"
 * @param defaultValue as Python
 * @param example as Python
 */
public record PartNote(
    String description,
    boolean deprecated,
    List<String> limits,
    Optional<String> defaultValue,
    Optional<String> example) {

  static final int LONGEST_LITERAL = 100;

  private static final int LONGEST_DESCRIPTION = 2_000;
  private static final int LONGEST_DEFAULT = 200;
  private static final int LONGEST_EXAMPLE = 80;

  public PartNote {
    limits = List.copyOf(limits);
  }

  /**
   * @param part as it stands in the document
   * @param schema the same with references followed
   */
  static PartNote of(JsonNode part, JsonNode schema) {
    String description = part.path("description").asString(schema.path("description").asString(""));
    JsonNode value = part.has("default") ? part.path("default") : schema.path("default");
    return new PartNote(
        PythonText.cut(PythonText.line(description), LONGEST_DESCRIPTION),
        part.path("deprecated").asBoolean(schema.path("deprecated").asBoolean(false)),
        limits(schema),
        Optional.of(value).filter(v -> !v.isMissingNode()).map(PythonText::literal),
        example(part).or(() -> example(schema)));
  }

  /** All of it. */
  String full() {
    return joined(
        description,
        defaultValue.map(value -> "Default: " + PythonText.cut(value, LONGEST_DEFAULT)));
  }

  /** Enough to write a value: the first sentence, and no default, which the signature shows. */
  String brief() {
    return joined(PythonText.firstSentence(description), Optional.empty());
  }

  private String joined(String text, Optional<String> value) {
    return Stream.of(
            deprecated ? "Deprecated." : "",
            text,
            limits.isEmpty() ? "" : "(" + String.join(", ", limits) + ")",
            value.orElse(""),
            example.map(one -> "Example: " + one).orElse(""))
        .filter(part -> !part.isEmpty())
        .reduce((left, right) -> left + " " + right)
        .orElse("");
  }

  private static Optional<String> example(JsonNode schema) {
    JsonNode examples = schema.path("examples");
    JsonNode first = examples.isArray() ? examples.path(0) : schema.path("example");
    return Optional.of(first)
        .filter(value -> !value.isMissingNode())
        .map(PythonText::literal)
        // Half an example is none.
        .filter(text -> text.length() <= LONGEST_EXAMPLE);
  }

  private static List<String> limits(JsonNode schema) {
    List<String> limits = new ArrayList<>();
    if (schema.path("format").isString()) {
      limits.add("format " + PythonText.cut(PythonText.line(schema.path("format").asString()), 60));
    }
    limit(schema, "minimum", "at least ", limits);
    limit(schema, "exclusiveMinimum", "more than ", limits);
    limit(schema, "maximum", "at most ", limits);
    limit(schema, "exclusiveMaximum", "less than ", limits);
    if (schema.path("enum").size() > PythonType.MOST_LITERALS) {
      limits.add("one of " + fewOf(schema.path("enum")));
    }
    return limits;
  }

  private static void limit(JsonNode schema, String keyword, String words, List<String> limits) {
    if (schema.path(keyword).isNumber()) {
      limits.add(words + schema.path(keyword));
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
