package dev.caisson.mcp.thirdparty;

import dev.caisson.mcp.app.OwnClients;
import dev.caisson.mcp.http.HttpLimits;
import dev.caisson.mcp.http.McpHttpServer;
import dev.caisson.mcp.http.Places;
import dev.caisson.mcp.http.Tokens;
import dev.caisson.mcp.relay.Backend;
import dev.caisson.mcp.relay.FakeCodeRunner;
import dev.caisson.mcp.relay.FakeSessionHost;
import dev.caisson.mcp.tools.FrontendOptions;
import dev.caisson.mcp.tools.SessionPerConnection;
import dev.caisson.mcp.upstream.ServersFile;
import dev.caisson.mcp.upstream.ServersFileException;
import dev.caisson.mcp.upstream.UpstreamServers;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** {@code caisson mcp --http} in this process, with real upstream servers and no daemon. */
public final class FakeHttpFrontend implements AutoCloseable {

  private static final String TOKEN = "a-token-for-these-tests";

  private final FakeCodeRunner runner = new FakeCodeRunner();
  private final UpstreamServers upstream;
  private final McpHttpServer server;

  public FakeHttpFrontend(Path servers) throws ServersFileException, IOException {
    this(servers, SessionPerConnection.NO);
  }

  public FakeHttpFrontend(Path servers, SessionPerConnection mode)
      throws ServersFileException, IOException {
    upstream = new UpstreamServers(ServersFile.read(servers, System.getenv()));
    var host = new FakeSessionHost();
    server =
        new McpHttpServer(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            Places.of(List.of(), List.of()),
            Tokens.of(List.of(TOKEN)),
            new OwnClients(
                new Backend(runner, host, host), upstream, new FrontendOptions("", mode)),
            () -> true,
            HttpLimits.usual());
    server.start();
  }

  public FakeCodeRunner runner() {
    return runner;
  }

  public String url() {
    return "http://127.0.0.1:" + server.port() + "/mcp";
  }

  public Map<String, String> headers() {
    return Map.of("Authorization", "Bearer " + TOKEN);
  }

  @Override
  public void close() {
    server.close();
    upstream.close();
  }
}
