package dev.caisson.mcp.app;

import dev.caisson.mcp.http.HttpLimits;
import dev.caisson.mcp.http.McpHttpServer;
import dev.caisson.mcp.relay.Backend;
import dev.caisson.mcp.relay.DaemonAccess;
import dev.caisson.mcp.tools.FrontendOptions;
import dev.caisson.mcp.upstream.ServersFileException;
import dev.caisson.mcp.upstream.UpstreamServers;
import java.io.IOException;
import java.io.PrintStream;

/** Serves over HTTP until a signal comes. Nothing else names what only that needs. */
final class HttpStart {

  private HttpStart() {}

  /**
   * @param out told where clients reach it
   */
  static int serve(
      HttpOptions.Served served,
      ConnectionOptions connection,
      FrontendOptions options,
      PrintStream out)
      throws ServersFileException {
    var address = connection.daemon();
    try (var start = DaemonStart.by(System.getenv(), address.socket(), System.err);
        var daemon = new DaemonAccess(address, start);
        var upstream =
            new UpstreamServers(connection.servers(), LogFolder.ofServers(System.getenv()));
        var server =
            new McpHttpServer(
                served.address(),
                served.places(),
                served.tokens(),
                new OwnClients(Backend.of(daemon), upstream, options),
                daemon::isServing,
                HttpLimits.usual())) {
      // A signal ends the JVM without the end of this block; what we started must go too.
      Runtime.getRuntime().addShutdownHook(new Thread(upstream::close, "close-upstream"));
      Runtime.getRuntime().addShutdownHook(new Thread(server::close, "close-http"));
      server.start();
      start.begin();
      upstream.connectAll();
      out.println("caisson mcp: serving at " + url(served, server.port()));
      out.flush();
      server.join();
      return 0;
    } catch (IOException problem) {
      System.err.println(
          "caisson: cannot listen on %s:%d: %s"
              .formatted(
                  served.address().getHostString(),
                  served.address().getPort(),
                  problem.getMessage()));
      return 1;
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
      return 1;
    }
  }

  private static String url(HttpOptions.Served served, int port) {
    var host = served.address().getAddress().getHostAddress();
    return "http://%s:%d/mcp".formatted(host.contains(":") ? "[" + host + "]" : host, port);
  }
}
