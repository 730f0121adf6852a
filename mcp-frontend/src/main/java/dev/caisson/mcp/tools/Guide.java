package dev.caisson.mcp.tools;

import dev.caisson.mcp.relay.CodeRunner;
import dev.caisson.mcp.relay.CodeRunner.ApiStyle;
import dev.caisson.mcp.relay.RefusedException;
import dev.caisson.mcp.stubs.Catalogue;
import dev.caisson.mcp.stubs.Catalogue.ServerTools;
import dev.caisson.mcp.text.BundledText;
import dev.caisson.mcp.upstream.UpstreamServers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What a model has to know to write programs: the rules, and the functions that there are now, as
 * many as a number of tokens has room for. Any thread.
 */
final class Guide {

  /** Where nothing else is asked for. */
  static final int TOKENS = 4_000;

  /** The rules alone, and the names of some servers. */
  static final int FEWEST_TOKENS = 1_000;

  static final int MOST_TOKENS = 100_000;

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private static final String RULES = BundledText.of("/caisson/guide.md");

  /**
   * Bytes of UTF-8 for each token, at the least: tokenizers take more of English and of Python, and
   * one character of other scripts, which is three bytes, for a token.
   */
  private static final double BYTES_EACH_TOKEN = 2.5;

  private static final String MORE = "and more";

  /** Kept for the names of servers whose functions do not fit. */
  private static final int NAMES_BYTES = 400;

  private final CodeRunner runner;
  private final UpstreamServers upstream;
  private final String policy;

  /** Tools that the policy denies are left out; the empty policy is the daemon's default. */
  Guide(CodeRunner runner, UpstreamServers upstream, String policy) {
    this.runner = runner;
    this.upstream = upstream;
    this.policy = policy;
  }

  /**
   * The guide, in Markdown.
   *
   * @param tokens what it may have at the most, {@link #FEWEST_TOKENS} to {@link #MOST_TOKENS}
   * @param servers whose functions it has; empty for all
   */
  String text(int tokens, List<String> servers) throws RefusedException, InterruptedException {
    var snapshot = upstream.snapshot(PATIENCE);
    var wanted = new ArrayList<ServerTools>();
    for (var server : snapshot.catalogue().servers()) {
      if (servers.isEmpty() || servers.contains(server.name())) {
        wanted.add(server);
      }
    }
    var text = new Bounded((int) (tokens * BYTES_EACH_TOKEN));
    text.add(RULES);
    if (wanted.isEmpty()) {
      text.add("\nNo MCP server is configured, so there are no functions of tools.\n");
      return text.toString();
    }
    addFunctions(text, snapshot.catalogue(), wanted);
    snapshot
        .troubles()
        .forEach((server, why) -> text.add("\n`%s` cannot be called: %s\n".formatted(server, why)));
    return text.toString();
  }

  /** Whole servers, and of those that do not fit the names, for which there is always some room. */
  private void addFunctions(Bounded text, Catalogue catalogue, List<ServerTools> wanted)
      throws RefusedException, InterruptedException {
    text.add("\n## Functions\n");
    var others = new ArrayList<String>();
    for (var server : wanted) {
      if (!server.unavailable().isEmpty()) {
        continue;
      }
      var functions =
          runner.render(catalogue, policy, server.name(), "", ApiStyle.SIGNATURES).text();
      if (functions.isBlank()) {
        continue;
      }
      if (!text.addIfRoom("\n```python\n" + functions.stripTrailing() + "\n```\n", NAMES_BYTES)) {
        others.add(server.name());
      }
    }
    if (!others.isEmpty()) {
      text.add(
          "\nFunctions of further servers are not listed here; find them with `search_tools`: ");
      for (var name : others) {
        if (!text.addIfRoom("`" + name + "` ", MORE.length())) {
          text.add(MORE);
          break;
        }
      }
      text.add("\n");
    }
  }

  /** A text that stays within a number of bytes of UTF-8. */
  private static final class Bounded {
    private final StringBuilder text = new StringBuilder();
    private int left;

    Bounded(int bytes) {
      left = bytes;
    }

    /** Adds it whole if {@code kept} bytes are left then. */
    boolean addIfRoom(String more, int kept) {
      var bytes = more.getBytes(StandardCharsets.UTF_8).length;
      if (bytes + kept > left) {
        return false;
      }
      left -= bytes;
      text.append(more);
      return true;
    }

    /** Adds what there is room for: nothing, if it is too long. */
    void add(String more) {
      addIfRoom(more, 0);
    }

    @Override
    public String toString() {
      return text.toString();
    }
  }
}
