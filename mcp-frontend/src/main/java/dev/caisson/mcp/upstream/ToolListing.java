package dev.caisson.mcp.upstream;

import dev.caisson.mcp.stubs.Catalogue.Annotations;
import dev.caisson.mcp.stubs.Catalogue.ToolSignature;
import dev.caisson.mcp.text.Shown;
import io.modelcontextprotocol.spec.McpSchema;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads all pages of a server's tools. A server is not trusted: pages and tools are counted, and a
 * tool that breaks a limit of the daemon's catalogue is left out with a warning, because one such
 * tool would make every run fail.
 */
final class ToolListing {

  private static final Logger log = LoggerFactory.getLogger(ToolListing.class);
  private static final int MOST_PAGES = 1000;
  private static final int MOST_TOOLS = 10_000;
  private static final int LONGEST_NAME = 256;
  private static final int LONGEST_SCHEMA = 256 * 1024;
  private static final int LONGEST_DESCRIPTION = 16 * 1024;

  private final Conversation conversation;
  private final String server;

  ToolListing(Conversation conversation, String server) {
    this.conversation = conversation;
    this.server = server;
  }

  /**
   * All tools, and how long the list may be used.
   *
   * @param timeToLive as the server says, the shortest of all pages; empty when it does not
   */
  record Listed(List<ToolSignature> tools, Optional<Duration> timeToLive) {}

  /** All tools, in the server's order, each name once. The time limit is for all pages together. */
  Listed all(Duration limit)
      throws LostConnectionException, RpcErrorException, TimeoutException, InterruptedException {
    var deadline = System.nanoTime() + limit.toNanos();
    var tools = new LinkedHashMap<String, ToolSignature>();
    var parameters = "{}";
    var timeToLive = Optional.<Duration>empty();
    for (var page = 0; page < MOST_PAGES; page++) {
      var left = Duration.ofNanos(Math.max(deadline - System.nanoTime(), 1));
      var answer =
          RawJson.members(conversation.request(McpSchema.METHOD_TOOLS_LIST, parameters, left));
      timeToLive = shorter(timeToLive, timeToLive(answer));
      RawJson.elements(answer.raw("tools").orElse("[]"))
          .forEach(tool -> add(RawJson.members(tool), tools));
      var cursor = answer.text("nextCursor").orElse("");
      if (cursor.isEmpty()) {
        return new Listed(new ArrayList<>(tools.values()), timeToLive);
      }
      parameters = "{\"cursor\":" + RawJson.quoted(cursor) + "}";
    }
    throw new RpcErrorException(
        McpSchema.ErrorCodes.INTERNAL_ERROR,
        "tools/list does not end after " + MOST_PAGES + " pages");
  }

  /** In milliseconds; what is no number of them is as if it were 0. */
  private static Optional<Duration> timeToLive(RawJson.Members page) {
    return page.raw("ttlMs")
        .map(raw ->
            raw.matches("[0-9]{1,15}") ? Duration.ofMillis(Long.parseLong(raw)) : Duration.ZERO);
  }

  private static Optional<Duration> shorter(Optional<Duration> one, Optional<Duration> other) {
    return Stream.of(one, other).flatMap(Optional::stream).min(Comparator.naturalOrder());
  }

  private void add(RawJson.Members tool, Map<String, ToolSignature> tools) {
    var name = tool.text("name").orElse("");
    if (name.isEmpty()) {
      log.warn("MCP server '{}' lists a tool without a name; left out", server);
      return;
    }
    var input = schema(tool, "inputSchema");
    var output = schema(tool, "outputSchema");
    if (name.length() > LONGEST_NAME
        || input.length() > LONGEST_SCHEMA
        || output.length() > LONGEST_SCHEMA
        || tools.size() >= MOST_TOOLS) {
      log.warn("MCP server '{}' lists a tool that is over a limit; left out", server);
      return;
    }
    var problem = conversation.learn(name, input);
    if (problem.isPresent()) {
      log.warn(
          "MCP server '{}': tool '{}' is left out: {}", server, Shown.name(name), problem.get());
      return;
    }
    var annotations = annotations(RawJson.members(tool.raw("annotations").orElse("{}")));
    var title = text(tool, "title");
    tools.putIfAbsent(
        name,
        new ToolSignature(
            name,
            title.isEmpty() ? annotations.title() : title,
            text(tool, "description"),
            input,
            output,
            annotations));
  }

  private static Annotations annotations(RawJson.Members given) {
    return new Annotations(
        text(given, "title"),
        hint(given, "readOnlyHint"),
        hint(given, "destructiveHint"),
        hint(given, "idempotentHint"),
        hint(given, "openWorldHint"));
  }

  /** A hint of another kind than true and false says nothing. */
  private static Optional<Boolean> hint(RawJson.Members given, String key) {
    return given.raw(key).filter(raw -> raw.matches("true|false")).map(Boolean::valueOf);
  }

  private static String text(RawJson.Members tool, String key) {
    var text = tool.text(key).orElse("");
    return text.length() > LONGEST_DESCRIPTION ? text.substring(0, LONGEST_DESCRIPTION) : text;
  }

  private static String schema(RawJson.Members tool, String key) {
    return tool.begins(key, "{") ? tool.raw(key).orElse("") : "";
  }
}
