package dev.caisson.mcp.tools;

import dev.caisson.mcp.protocol.CompletionsFeature;
import dev.caisson.mcp.protocol.Dispatcher;
import dev.caisson.mcp.protocol.LoggingFeature;
import dev.caisson.mcp.protocol.PromptsFeature;
import dev.caisson.mcp.protocol.ResourcesFeature;
import dev.caisson.mcp.protocol.ServerIdentity;
import dev.caisson.mcp.protocol.ToolsFeature;
import dev.caisson.mcp.protocol.ToolsFeature.OfferedTool;
import dev.caisson.mcp.relay.Backend;
import dev.caisson.mcp.relay.RefusedException;
import dev.caisson.mcp.upstream.UpstreamServers;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The MCP server that clients see: {@code run_code}, {@code runs}, {@code search_tools}, {@code
 * generate_python_api}, {@code sessions}, {@code files} and {@code create_plot}; as resources a
 * guide for models and the files of sessions; and the guide as a prompt.
 */
public final class FrontendServer implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(FrontendServer.class);

  private final Dispatcher dispatcher;
  private final ConnectionSessions sessions;
  private final DetachedRuns runs = new DetachedRuns(System::nanoTime);

  public FrontendServer(
      Backend backend, UpstreamServers upstream, FrontendOptions options, String version) {
    this.sessions =
        new ConnectionSessions(backend.sessions(), options.sessions(), options.policy());
    var runCode = new RunCodeTool(backend.runner(), runs, sessions, upstream, options);
    var runsTool = new RunsTool(runs);
    var searchTools = new SearchToolsTool(backend.runner(), upstream, options.policy());
    var generateApi = new GeneratePythonApiTool(backend.runner(), upstream, options.policy());
    var sessionsTool = new SessionsTool(sessions, options.policy());
    var filesTool = new FilesTool(sessions, backend.files());
    var createPlot = new CreatePlotTool(backend.runner(), sessions, options.policy());
    var guide = new Guide(backend.runner(), upstream, options.policy());
    this.dispatcher =
        new Dispatcher(
            new ServerIdentity("caisson", version, instructions(options.sessions())),
            List.of(
                new LoggingFeature(),
                new ResourcesFeature(
                    new GuidedResources(guide, new FileResources(sessions, backend.files()))),
                new PromptsFeature(List.of(new GuidePrompt(guide, upstream).offered())),
                new CompletionsFeature(
                    new ArgumentCompletions(upstream, sessions, backend.files())),
                new ToolsFeature(
                    List.of(
                        new OfferedTool(runCode.definition(), runCode::call),
                        new OfferedTool(
                            runsTool.definition(), (client, call) -> runsTool.call(call)),
                        new OfferedTool(
                            searchTools.definition(), (client, call) -> searchTools.call(call)),
                        new OfferedTool(
                            generateApi.definition(), (client, call) -> generateApi.call(call)),
                        new OfferedTool(
                            sessionsTool.definition(), (client, call) -> sessionsTool.call(call)),
                        new OfferedTool(
                            filesTool.definition(), (client, call) -> filesTool.call(call)),
                        new OfferedTool(
                            createPlot.definition(), (client, call) -> createPlot.call(call))))));
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

  /** Where the requests of the client go, or of the clients that share their sessions. */
  public Dispatcher dispatcher() {
    return dispatcher;
  }

  /**
   * Ends the runs that go on and the session of the connection. Any thread; a second time does
   * nothing.
   */
  @Override
  public void close() {
    runs.close();
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
