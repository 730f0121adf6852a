package dev.caisson.mcp.http;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What the events of a session are named by: the stream, and the event's place in it.
 *
 * @param stream 0 for the one that belongs to no request
 * @param event 0 for before the first one
 */
record EventId(long stream, long event) {

  private static final Pattern TEXT = Pattern.compile("(\\d{1,18})-(\\d{1,18})");

  static String text(long stream, long event) {
    return stream + "-" + event;
  }

  /** Empty for a text that is none of ours. */
  static Optional<EventId> parse(String text) {
    var parts = TEXT.matcher(text);
    return parts.matches()
        ? Optional.of(new EventId(Long.parseLong(parts.group(1)), Long.parseLong(parts.group(2))))
        : Optional.empty();
  }
}
