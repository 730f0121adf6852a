package dev.caisson.client.command;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a duration with its unit. A bare number is refused: nobody knows what it counts. */
final class TimeSpan implements ITypeConverter<Duration> {

  private static final Pattern TEXT = Pattern.compile("(\\d{1,9})\\s*(ms|s|m|h)");
  private static final Pattern BARE = Pattern.compile("\\d{1,9}");

  @Override
  public Duration convert(String text) {
    String span = text.strip();
    if (BARE.matcher(span).matches()) {
      throw new TypeConversionException(
          "'%s' has no unit; write %ss for seconds, or use ms, m or h".formatted(span, span));
    }
    Matcher matcher = TEXT.matcher(span);
    if (!matcher.matches()) {
      throw new TypeConversionException(
          "'%s' is not a duration; write a whole number and ms, s, m or h, e.g. 10s"
              .formatted(span));
    }
    long count = Long.parseLong(matcher.group(1));
    return switch (matcher.group(2)) {
      case "ms" -> Duration.ofMillis(count);
      case "s" -> Duration.ofSeconds(count);
      case "m" -> Duration.ofMinutes(count);
      default -> Duration.ofHours(count);
    };
  }
}
