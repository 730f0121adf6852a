package dev.caisson.mcp.app;

import dev.caisson.client.ApprovalAnswer;
import dev.caisson.client.ApprovalRequest;
import dev.caisson.client.RunOptions;
import dev.caisson.client.ToolAnswer;
import dev.caisson.client.ToolCall;
import dev.caisson.client.command.RunTools;
import dev.caisson.client.command.ToolServers;
import dev.caisson.mcp.relay.CatalogueMessages;
import dev.caisson.mcp.relay.RelayedCalls;
import dev.caisson.mcp.upstream.ServersFile;
import dev.caisson.mcp.upstream.ServersFileException;
import dev.caisson.mcp.upstream.UpstreamServers;
import dev.caisson.v1.ToolCatalogue;
import java.nio.file.Path;
import java.time.Duration;

/** The tools of MCP servers for {@code caisson run --servers} and {@code caisson api}. */
record UpstreamTools(UpstreamServers upstream, RelayedCalls calls) implements RunTools {

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  static UpstreamTools open(Path file) throws ToolServers.UnusableException {
    try {
      var upstream =
          new UpstreamServers(
              ServersFile.read(file, System.getenv()), LogFolder.ofServers(System.getenv()));
      // A signal ends the JVM without closing anything; servers that we started must go too.
      Runtime.getRuntime().addShutdownHook(new Thread(upstream::close, "close-upstream"));
      upstream.connectAll();
      return new UpstreamTools(upstream, new RelayedCalls(upstream, TerminalApprovals.ofProcess()));
    } catch (ServersFileException wrong) {
      throw new ToolServers.UnusableException(String.valueOf(wrong.getMessage()), wrong);
    }
  }

  @Override
  public RunOptions addTo(RunOptions options) throws InterruptedException {
    return options.tools(catalogue()).withApprovals();
  }

  @Override
  public ToolCatalogue catalogue() throws InterruptedException {
    return CatalogueMessages.of(upstream.snapshot(PATIENCE).catalogue());
  }

  @Override
  public ToolAnswer call(ToolCall call) throws InterruptedException {
    return calls.call(call);
  }

  @Override
  public ApprovalAnswer approve(ApprovalRequest request) throws InterruptedException {
    return calls.approve(request);
  }

  @Override
  public void close() {
    upstream.close();
  }
}
