package dev.caisson.mcp.tools;

import dev.caisson.mcp.relay.CodeRunner;
import dev.caisson.mcp.upstream.UpstreamServers;
import io.modelcontextprotocol.server.McpServer;
import io.modelcontextprotocol.spec.McpSchema;

/** The MCP server that clients see: {@code run_code} and {@code search_tools}. */
public final class FrontendServer {

  private final StdioServerTransport transport;

  /** A fixed policy may be empty; then each request may name its own. */
  public FrontendServer(
      StdioServerTransport transport,
      CodeRunner runner,
      UpstreamServers upstream,
      String fixedPolicy,
      String version) {
    this.transport = transport;
    var runCode = new RunCodeTool(runner, upstream, fixedPolicy);
    var searchTools = new SearchToolsTool(runner, upstream, fixedPolicy);
    var ignored =
        McpServer.sync(transport)
            .serverInfo("caisson", version)
            .instructions(
                "Run Python in an isolated sandbox with run_code. With MCP servers configured, the"
                    + " program calls their tools as functions; find them with search_tools.")
            .capabilities(McpSchema.ServerCapabilities.builder().tools(false).build())
            // On the request's own thread: that is where a cancellation arrives.
            .immediateExecution(true)
            .toolCall(runCode.definition(), runCode::call)
            .toolCall(searchTools.definition(), (exchange, request) -> searchTools.call(request))
            .build();
  }

  /** Serves one client until the end of input. */
  public void serve() {
    transport.serve();
  }
}
