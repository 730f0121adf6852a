package dev.caisson.mcp.http;

import java.util.List;
import java.util.Locale;

/** What a client reads, as its {@code Accept} says; without one, everything. */
record Accepted(boolean json, boolean events) {

  static Accepted of(List<String> ranges) {
    if (ranges.isEmpty()) {
      return new Accepted(true, true);
    }
    return new Accepted(
        ranges.stream().anyMatch(range -> covers(range, "application/", "json")),
        ranges.stream().anyMatch(range -> covers(range, "text/", "event-stream")));
  }

  private static boolean covers(String range, String type, String subtype) {
    var parts = range.toLowerCase(Locale.ROOT).split(";", -1);
    for (var i = 1; i < parts.length; i++) {
      if (parts[i].strip().matches("q=0(\\.0*)?")) {
        return false;
      }
    }
    var name = parts[0].strip();
    return name.equals(type + subtype) || name.equals(type + "*") || name.equals("*/*");
  }
}
