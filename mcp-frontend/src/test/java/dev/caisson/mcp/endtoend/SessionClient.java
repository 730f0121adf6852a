package dev.caisson.mcp.endtoend;

import io.modelcontextprotocol.client.McpClient;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.client.transport.ServerParameters;
import io.modelcontextprotocol.client.transport.StdioClientTransport;
import io.modelcontextprotocol.json.McpJsonDefaults;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.TextContent;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A client that does all that it does in one session, {@code work}, of a frontend of its own. */
final class SessionClient implements AutoCloseable {

  private final McpSyncClient client;

  SessionClient(Path socket) {
    var command = FrontendProcess.command("--socket", socket.toString());
    var parameters =
        ServerParameters.builder(command.getFirst())
            .args(command.subList(1, command.size()))
            .build();
    client =
        McpClient.sync(new StdioClientTransport(parameters, McpJsonDefaults.getMapper()))
            .requestTimeout(Duration.ofMinutes(1))
            .initializationTimeout(Duration.ofMinutes(1))
            .build();
    client.initialize();
  }

  /** Makes the session anew. */
  void begin(String policy) {
    call("sessions", Map.of("action", "end", "session", "work"));
    var made = call("sessions", Map.of("action", "create", "name", "work", "policy", policy));
    if (Boolean.TRUE.equals(made.isError())) {
      throw new AssertionError(text(made));
    }
  }

  CallToolResult run(String code) {
    return inSession("run_code", "code", code);
  }

  void write(String path, String content) {
    inSession("files", "action", "write", "path", path, "content", content);
  }

  String read(String path) {
    return text(inSession("files", "action", "read", "path", path));
  }

  /**
   * Asks for a plot.
   *
   * @param more names and values of arguments
   */
  CallToolResult plot(String kind, Object... more) {
    var arguments = new Object[more.length + 2];
    arguments[0] = "kind";
    arguments[1] = kind;
    System.arraycopy(more, 0, arguments, 2, more.length);
    return inSession("create_plot", arguments);
  }

  private CallToolResult inSession(String tool, Object... namesAndValues) {
    var arguments = new LinkedHashMap<String, Object>(Map.of("session", "work"));
    for (var i = 0; i < namesAndValues.length; i += 2) {
      arguments.put(String.valueOf(namesAndValues[i]), namesAndValues[i + 1]);
    }
    return call(tool, arguments);
  }

  private CallToolResult call(String tool, Map<String, Object> arguments) {
    return client.callTool(CallToolRequest.builder(tool).arguments(arguments).build());
  }

  static String text(CallToolResult result) {
    return result.content().getFirst() instanceof TextContent text ? text.text() : "(no text)";
  }

  /** The lines of the text. */
  static List<String> lines(CallToolResult result) {
    return text(result).lines().toList();
  }

  @Override
  public void close() {
    client.closeGracefully();
  }
}
