package dev.caisson.daemon.settings;

import dev.caisson.daemon.model.ByteSize;
import dev.caisson.daemon.model.CpuMillis;
import dev.caisson.daemon.model.DurationText;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.function.Function;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/**
 * One key that may be written, with the way to read its value.
 *
 * @param key the key, sections joined by dots
 * @param allowed what may be written, for messages: "a size from 1 MiB to 64 GiB"
 * @param example a value that is right
 * @param reader value → what it means; throws IllegalArgumentException for what is not allowed
 */
public record Setting<T>(String key, String allowed, String example, Function<JsonNode, T> reader) {

  /** A size with its unit, both ends included. */
  public static Setting<ByteSize> size(String key, ByteSize least, ByteSize most) {
    return new Setting<>(
        key,
        "a size from " + least + " to " + most,
        most.compareTo(ByteSize.ofMebibytes(64)) < 0 ? most.toString() : "64 MiB",
        node -> within(ByteSize.parse(text(node)), least, most));
  }

  /** A duration with its unit, both ends included. */
  public static Setting<Duration> duration(String key, Duration least, Duration most) {
    return new Setting<>(
        key,
        "a duration from " + DurationText.of(least) + " to " + DurationText.of(most),
        DurationText.of(most),
        node -> within(DurationText.parse(text(node)), least, most));
  }

  /** A whole number, both ends included. */
  public static Setting<Integer> count(String key, int least, int most) {
    return new Setting<>(
        key,
        "a whole number from " + least + " to " + most,
        String.valueOf(least),
        node ->
            within(number(node), BigDecimal.valueOf(least), BigDecimal.valueOf(most))
                .intValueExact());
  }

  /** A number of cores in steps of a thousandth. */
  public static Setting<CpuMillis> cores(String key) {
    return new Setting<>(
        key,
        "a number of cores from 0.01 to 1000, with at most three decimals",
        "1.0",
        node ->
            new CpuMillis(
                within(number(node), new BigDecimal("0.01"), BigDecimal.valueOf(1000))
                    .movePointRight(3)
                    .intValueExact()));
  }

  /** A text that matches {@code pattern} as a whole. */
  public static Setting<String> text(String key, String allowed, String example, Pattern pattern) {
    return new Setting<>(
        key,
        allowed,
        example,
        node -> {
          String text = node.isNumber() ? node.asString() : text(node);
          if (!pattern.matcher(text).matches()) {
            throw new IllegalArgumentException(allowed);
          }
          return text;
        });
  }

  /** The section that the key is in; empty for a key at the top. */
  public String section() {
    int dot = key.lastIndexOf('.');
    return dot < 0 ? "" : key.substring(0, dot);
  }

  private static String text(JsonNode node) {
    if (!node.isString()) {
      throw new IllegalArgumentException("not a text");
    }
    return node.asString();
  }

  private static BigDecimal number(JsonNode node) {
    if (!node.isNumber()) {
      throw new IllegalArgumentException("not a number");
    }
    return node.decimalValue();
  }

  private static <V extends Comparable<? super V>> V within(V value, V least, V most) {
    if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
      throw new IllegalArgumentException("out of range");
    }
    return value;
  }
}
