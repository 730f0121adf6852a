package dev.caisson.client.command;

import java.nio.file.Path;

/** Opens the tool servers that a run names. Only a program that speaks their protocol has one. */
@FunctionalInterface
public interface ToolServers {

  /**
   * Begins to connect, and does not wait for it.
   *
   * @param file which servers, in the mcpServers format
   * @throws UnusableException when the file cannot be used; the message says all that is wrong
   */
  RunTools open(Path file) throws UnusableException;

  /** The servers' file cannot be used. */
  final class UnusableException extends Exception {

    private static final long serialVersionUID = 1L;

    public UnusableException(String message, Exception cause) {
      super(message, cause);
    }
  }
}
