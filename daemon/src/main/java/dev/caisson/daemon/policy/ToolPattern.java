package dev.caisson.daemon.policy;

import java.util.Optional;

/**
 * Tools by server and name, as the catalogue names them: "files.read_*". {@code *} stands for any
 * characters, none included, {@code ?} for one; neither crosses from the server's name into the
 * tool's, so "mail.*" never means a server called "mail.evil". The first dot parts the two: a dot
 * in a server's name is written as {@code ?}.
 */
public record ToolPattern(String server, String tool) {

  private static final int LONGEST = 512;

  public ToolPattern {
    if (server.isEmpty() || tool.isEmpty()) {
      throw new IllegalArgumentException("a pattern names a server and a tool");
    }
  }

  /** "server.tool", or "*" for all tools of all servers; nothing for any other text. */
  public static Optional<ToolPattern> of(String text) {
    if (text.equals("*")) {
      return Optional.of(new ToolPattern("*", "*"));
    }
    int dot = text.indexOf('.');
    return dot < 1 || dot == text.length() - 1 || text.length() > LONGEST
        ? Optional.empty()
        : Optional.of(new ToolPattern(text.substring(0, dot), text.substring(dot + 1)));
  }

  public boolean matches(String serverName, String toolName) {
    return NamePattern.matches(server, serverName) && NamePattern.matches(tool, toolName);
  }

  @Override
  public String toString() {
    return server + "." + tool;
  }
}
