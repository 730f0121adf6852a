package dev.caisson.mcp.demo;

import io.modelcontextprotocol.client.McpAsyncClient;
import io.modelcontextprotocol.client.McpClient;
import io.modelcontextprotocol.client.transport.ServerParameters;
import io.modelcontextprotocol.client.transport.StdioClientTransport;
import io.modelcontextprotocol.json.McpJsonDefaults;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.InitializeResult;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * An MCP client session with the frontend, by the SDK's client over the frontend's standard
 * streams. The asynchronous client is used, because only it hands progress on in the order in which
 * it came; every method here blocks.
 */
final class FrontendSession implements AutoCloseable {

  private static final Duration LONGEST = Duration.ofMinutes(5);

  private final McpAsyncClient client;
  private volatile Consumer<String> output = text -> {};

  FrontendSession(FrontendCommand command) {
    var parameters =
        ServerParameters.builder(command.program())
            .args(command.arguments())
            .env(Map.copyOf(System.getenv()))
            .build();
    var transport = new StdioClientTransport(parameters, McpJsonDefaults.getMapper());
    transport.setStdErrorHandler(line -> System.err.println("  [caisson mcp] " + line));
    client =
        McpClient.async(transport)
            .clientInfo(McpSchema.Implementation.builder("caisson-demo", "1").build())
            .requestTimeout(LONGEST)
            .initializationTimeout(Duration.ofSeconds(60))
            .progressConsumer(progress ->
                Mono.fromRunnable(
                    () -> output.accept(progress.message() == null ? "" : progress.message())))
            .build();
  }

  InitializeResult initialize() {
    var greeting = client.initialize().block(LONGEST);
    if (greeting == null) {
      throw new IllegalStateException("the frontend did not answer initialize");
    }
    return greeting;
  }

  List<String> tools() {
    var listed = client.listTools().block(LONGEST);
    return listed == null ? List.of() : listed.tools().stream().map(McpSchema.Tool::name).toList();
  }

  /** A tool's answer: what a model reads, and the same as data. */
  record Answer(boolean failed, String text, JsonNode data) {}

  Answer call(String tool, Map<String, Object> arguments) {
    return call(CallToolRequest.builder(tool).arguments(arguments).build());
  }

  /** Calls a tool and hands on its progress while it works. */
  Answer call(String tool, Map<String, Object> arguments, Consumer<String> onOutput) {
    output = onOutput;
    return call(CallToolRequest.builder(tool).arguments(arguments).progressToken("demo").build());
  }

  private Answer call(CallToolRequest request) {
    var result = client.callTool(request).block(LONGEST);
    if (result == null) {
      throw new IllegalStateException("the frontend did not answer " + request.name());
    }
    var text = new StringBuilder();
    for (var content : result.content()) {
      if (content instanceof McpSchema.TextContent part) {
        text.append(part.text());
      }
    }
    return new Answer(
        Boolean.TRUE.equals(result.isError()),
        text.toString(),
        JsonMapper.shared().valueToTree(result.structuredContent()));
  }

  @Override
  public void close() {
    client.closeGracefully().block(Duration.ofSeconds(15));
  }
}
