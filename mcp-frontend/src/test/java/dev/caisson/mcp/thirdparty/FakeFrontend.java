package dev.caisson.mcp.thirdparty;

import dev.caisson.mcp.protocol.StdioServerTransport;
import dev.caisson.mcp.relay.Backend;
import dev.caisson.mcp.relay.FakeCodeRunner;
import dev.caisson.mcp.relay.FakeSessionHost;
import dev.caisson.mcp.tools.FrontendOptions;
import dev.caisson.mcp.tools.FrontendServer;
import dev.caisson.mcp.tools.SessionPerConnection;
import dev.caisson.mcp.upstream.ServersFile;
import dev.caisson.mcp.upstream.ServersFileException;
import dev.caisson.mcp.upstream.UpstreamServers;
import java.nio.file.Path;
import java.time.Duration;

/** {@code caisson mcp} with the real transport and real upstream servers, and no daemon. */
public final class FakeFrontend {

  private FakeFrontend() {}

  public static void main(String[] arguments) throws ServersFileException {
    var output = System.out;
    System.setOut(System.err);
    var definitions = ServersFile.read(Path.of(arguments[0]), System.getenv());
    var host = new FakeSessionHost();
    var transport = new StdioServerTransport(System.in, output, Duration.ofSeconds(5));
    try (var upstream = new UpstreamServers(definitions);
        var server =
            new FrontendServer(
                new Backend(new FakeCodeRunner(), host, host),
                upstream,
                new FrontendOptions("", SessionPerConnection.NO),
                "test")) {
      transport.serve(server.dispatcher());
    }
  }
}
