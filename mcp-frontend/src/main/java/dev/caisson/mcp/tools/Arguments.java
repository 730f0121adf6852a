package dev.caisson.mcp.tools;

import dev.caisson.mcp.text.Durations;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The arguments of a tool call by name and type. What is wrong with one is an
 * IllegalArgumentException that says which, what it is, and what is allowed. Clients send what
 * their schema does not know as null or as an empty text: both are as good as nothing.
 */
record Arguments(Map<String, Object> values) {

  /** MCP allows a call without arguments. */
  static Arguments of(@Nullable Map<String, Object> values) {
    return new Arguments(values == null ? Map.of() : values);
  }

  /** A text; empty when there is none. */
  String text(String name) {
    var value = values.get(name);
    if (value == null) {
      return "";
    }
    if (value instanceof String text) {
      return text;
    }
    throw wrong(name, value, "a text");
  }

  /** A text that has to be there. */
  String required(String name, String use) {
    var text = text(name);
    if (text.isEmpty()) {
      throw new IllegalArgumentException("'%s' is missing: %s".formatted(name, use));
    }
    return text;
  }

  /** A whole number, or what is given when there is none. */
  long number(String name, long least, long most, long otherwise) {
    var value = values.get(name);
    if (value == null) {
      return otherwise;
    }
    var whole = value instanceof Number number ? whole(number) : OptionalLong.empty();
    if (whole.isEmpty() || whole.getAsLong() < least || whole.getAsLong() > most) {
      throw wrong(name, value, "a whole number from " + least + " to " + most);
    }
    return whole.getAsLong();
  }

  /** Its value, when it is whole and a long can hold it; JSON knows numbers of any size. */
  private static OptionalLong whole(Number number) {
    try {
      return OptionalLong.of(new BigDecimal(number.toString()).longValueExact());
    } catch (ArithmeticException | NumberFormatException none) {
      return OptionalLong.empty();
    }
  }

  boolean has(String name) {
    return values.get(name) != null;
  }

  /** False when it is not there. */
  boolean flag(String name) {
    return switch (values.get(name)) {
      case null -> false;
      case Boolean flag -> flag;
      case Object other -> throw wrong(name, other, "true or false");
    };
  }

  /** A time as people write it: "10s", "1.5h"; a number is seconds. */
  Optional<Duration> time(String name) {
    var value = values.get(name);
    return value == null || value.equals("")
        ? Optional.empty()
        : Optional.of(Durations.parse(String.valueOf(value)));
  }

  /** Texts; none when it is not there. */
  List<String> texts(String name) {
    var value = values.get(name);
    if (value == null) {
      return List.of();
    }
    if (value instanceof List<?> list && list.stream().allMatch(String.class::isInstance)) {
      return list.stream().map(String.class::cast).toList();
    }
    throw wrong(name, value, "a list of texts");
  }

  /** Texts, of which one may stand alone; none when it is not there. */
  List<String> textOrTexts(String name) {
    if (values.get(name) instanceof String text) {
      return text.isEmpty() ? List.of() : List.of(text);
    }
    return texts(name);
  }

  /** One of the constants of an enum, in small letters. */
  <E extends Enum<E>> E choice(String name, Class<E> choices) {
    var text = text(name);
    return Arrays.stream(choices.getEnumConstants())
        .filter(constant -> constant.name().toLowerCase(Locale.ROOT).equals(text))
        .findFirst()
        .orElseThrow(() ->
            wrong(
                name,
                text,
                "one of "
                    + Arrays.stream(choices.getEnumConstants())
                        .map(constant -> constant.name().toLowerCase(Locale.ROOT))
                        .collect(Collectors.joining(", "))));
  }

  private static IllegalArgumentException wrong(String name, Object value, String allowed) {
    var shown = String.valueOf(value);
    return new IllegalArgumentException(
        "'%s' is '%s'; it has to be %s"
            .formatted(name, shown.length() > 80 ? shown.substring(0, 80) + "…" : shown, allowed));
  }
}
