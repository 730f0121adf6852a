package dev.caisson.mcp.upstream;

import java.util.List;

/** The servers file cannot be used. The message lists every problem at once. */
public final class ServersFileException extends Exception {

  private static final long serialVersionUID = 1L;

  public ServersFileException(String file, List<String> problems) {
    super(file + ":\n  " + String.join("\n  ", problems));
  }
}
