package dev.caisson.mcp.protocol;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** How grave a log message for the client is, in rising order (RFC 5424). */
public enum LogLevel {
  DEBUG,
  INFO,
  NOTICE,
  WARNING,
  ERROR,
  CRITICAL,
  ALERT,
  EMERGENCY;

  String onTheWire() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The level of that name. */
  static LogLevel named(@Nullable Object name) throws RequestRefusedException {
    for (var level : values()) {
      if (level.onTheWire().equals(name)) {
        return level;
      }
    }
    throw new RequestRefusedException(
        ErrorCodes.INVALID_PARAMS,
        "the log level has to be one of "
            + Arrays.stream(values()).map(LogLevel::onTheWire).collect(Collectors.joining(", ")));
  }
}
