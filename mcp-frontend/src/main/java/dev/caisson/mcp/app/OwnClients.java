package dev.caisson.mcp.app;

import dev.caisson.client.CaissonClient;
import dev.caisson.mcp.http.Clients;
import dev.caisson.mcp.protocol.Dispatcher;
import dev.caisson.mcp.relay.Backend;
import dev.caisson.mcp.relay.OwnSessions;
import dev.caisson.mcp.tools.FrontendOptions;
import dev.caisson.mcp.tools.FrontendServer;
import dev.caisson.mcp.tools.SessionPerConnection;
import dev.caisson.mcp.upstream.UpstreamServers;

/**
 * Clients that know nothing of each other: each sees the sessions that it has made, and no others,
 * and they end with it. They share the daemon's connection and the upstream servers.
 */
public record OwnClients(Backend backend, UpstreamServers upstream, FrontendOptions options)
    implements Clients {

  @Override
  public Client connected() {
    return client(options);
  }

  @Override
  public Client stateless() {
    // A session that nobody names would be everybody's.
    return client(new FrontendOptions(options.policy(), SessionPerConnection.NO));
  }

  private Client client(FrontendOptions options) {
    var sessions = new OwnSessions(backend.sessions());
    var own = new Backend(backend.runner(), sessions, backend.files());
    return new OneClient(
        new FrontendServer(own, upstream, options, CaissonClient.version()), sessions);
  }

  private record OneClient(FrontendServer frontend, OwnSessions sessions) implements Client {

    @Override
    public Dispatcher dispatcher() {
      return frontend.dispatcher();
    }

    @Override
    public void close() {
      frontend.close();
      sessions.close();
    }
  }
}
