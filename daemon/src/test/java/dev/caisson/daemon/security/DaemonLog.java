package dev.caisson.daemon.security;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caisson.daemon.acceptance.DaemonProcess;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The log of a daemon, read on from where it was read last. Fails when a line is not a JSON object.
 * For one thread.
 */
final class DaemonLog {

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final DaemonProcess daemon;
  private final List<JsonNode> lines = new ArrayList<>();
  private int read;

  DaemonLog(DaemonProcess daemon) {
    this.daemon = daemon;
  }

  /** All lines so far. */
  List<JsonNode> lines() {
    String text = daemon.log();
    // Read while it is written: the last line may not be whole yet.
    int end = text.lastIndexOf('\n') + 1;
    text.substring(read, end)
        .lines()
        .filter(line -> !line.startsWith("WARNING: ")) // of the JVM itself, before ours begins
        .forEach(line -> {
          assertThat(line).as("a line of the log").startsWith("{").endsWith("}");
          lines.add(JSON.readTree(line));
        });
    read = end;
    return List.copyOf(lines);
  }

  /** The audit lines of one run. */
  List<JsonNode> audit(String run) {
    return lines().stream()
        .filter(line -> line.path("loggerName").asString("").equals("caisson.audit"))
        .filter(line -> value(line, "run").equals(run))
        .toList();
  }

  /** The value of a key of an audit line; empty when it has none. */
  static String value(JsonNode line, String key) {
    for (JsonNode pair : line.path("kvpList")) {
      if (pair.has(key)) {
        return pair.path(key).asString("");
      }
    }
    return "";
  }
}
