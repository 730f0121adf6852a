package dev.caisson.mcp.app;

import dev.caisson.mcp.upstream.ServersFileException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What {@code --print-config} prints: the text for the client's file on standard output, and where
 * it belongs on standard error, so that the first can be sent to a file.
 */
final class PrintedConfig {

  private PrintedConfig() {}

  /**
   * @param options those of the command line, which the client is to start it with
   * @throws ServersFileException when the servers file cannot be used, which is better known now
   */
  static void print(
      McpClient client,
      ConnectionOptions options,
      boolean sessionPerConnection,
      Map<String, String> environment,
      PrintStream out,
      PrintStream err)
      throws ServersFileException {
    var unused = options.servers();
    List<String> command = new ArrayList<>();
    command.add(environment.getOrDefault("CAISSON_LAUNCHER", "caisson"));
    command.add("mcp");
    command.addAll(options.asArguments());
    if (sessionPerConnection) {
      command.add("--session-per-connection");
    }
    out.print(client.config(command));
    out.flush();
    err.println("caisson: put this into " + client.place());
  }
}
