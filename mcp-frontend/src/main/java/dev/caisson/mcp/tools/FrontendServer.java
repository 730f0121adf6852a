package dev.caisson.mcp.tools;

import dev.caisson.mcp.relay.Backend;
import dev.caisson.mcp.relay.RefusedException;
import dev.caisson.mcp.upstream.UpstreamServers;
import io.modelcontextprotocol.server.McpServer;
import io.modelcontextprotocol.spec.McpSchema;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The MCP server that clients see: {@code run_code}, {@code search_tools}, {@code sessions}, {@code
 * files} and {@code create_plot}, and the files of sessions as resources.
 */
public final class FrontendServer implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(FrontendServer.class);

  private final StdioServerTransport transport;
  private final ConnectionSessions sessions;

  public FrontendServer(
      StdioServerTransport transport,
      Backend backend,
      UpstreamServers upstream,
      FrontendOptions options,
      String version) {
    this.transport = transport;
    this.sessions =
        new ConnectionSessions(backend.sessions(), options.sessions(), options.policy());
    var runCode = new RunCodeTool(backend.runner(), sessions, upstream, options);
    var searchTools = new SearchToolsTool(backend.runner(), upstream, options.policy());
    var sessionsTool = new SessionsTool(sessions, options.policy());
    var filesTool = new FilesTool(sessions, backend.files());
    var createPlot = new CreatePlotTool(backend.runner(), sessions, options.policy());
    transport.answerDirectly(new FileResources(sessions, backend.files()).answers());
    var ignored =
        McpServer.sync(transport)
            .serverInfo("caisson", version)
            .instructions(instructions(options.sessions()))
            .capabilities(
                McpSchema.ServerCapabilities.builder().tools(false).resources(false, false).build())
            // On the request's own thread: that is where a cancellation arrives.
            .immediateExecution(true)
            .toolCall(runCode.definition(), runCode::call)
            .toolCall(searchTools.definition(), (exchange, request) -> searchTools.call(request))
            .toolCall(sessionsTool.definition(), (exchange, request) -> sessionsTool.call(request))
            .toolCall(filesTool.definition(), (exchange, request) -> filesTool.call(request))
            .toolCall(createPlot.definition(), (exchange, request) -> createPlot.call(request))
            .build();
  }

  private static String instructions(SessionPerConnection sessions) {
    return "Run Python in an isolated sandbox with run_code. With MCP servers configured, the"
        + " program calls their tools as functions; find them with search_tools. "
        + switch (sessions) {
          case NO ->
              "To keep variables and files from run to run, make a session with sessions; read and"
                  + " write its files with files.";
          case YES ->
              "Variables and files stay from run to run; read and write the files with files.";
        };
  }

  /** Serves one client until the end of input. */
  public void serve() {
    transport.serve();
  }

  /** Ends the session of the connection. Any thread; a second time does nothing. */
  @Override
  public void close() {
    try {
      sessions.close();
    } catch (RefusedException refusal) {
      // It ends by itself when it is idle for long enough.
      log.warn("the session of the connection was not ended: {}", refusal.explanation());
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    }
  }
}
