package dev.caisson.mcp.http;

import dev.caisson.mcp.http.Tokens.Principal;
import dev.caisson.mcp.protocol.Connection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What clients since revision 2026-07-28 work with. Nothing but the token tells one from another,
 * so whoever shows the same one is the same client. Any thread.
 */
final class ModernClients {

  private final Clients clients;
  private final Map<Principal, Clients.Client> byPrincipal = new ConcurrentHashMap<>();

  ModernClients(Clients clients) {
    this.clients = clients;
  }

  /** For one request: ids of requests may be used again by others at the same time. */
  Connection connect(Principal who) {
    return byPrincipal.computeIfAbsent(who, first -> clients.stateless()).dispatcher().connect();
  }

  void endAll() {
    byPrincipal
        .keySet()
        .forEach(who -> {
          var client = byPrincipal.remove(who);
          if (client != null) {
            client.close();
          }
        });
  }
}
