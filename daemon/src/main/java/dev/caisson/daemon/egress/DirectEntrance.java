package dev.caisson.daemon.egress;

import dev.caisson.daemon.egress.Dialer.Dialed;
import dev.caisson.daemon.egress.HostTable.Announced;
import dev.caisson.daemon.egress.RequestHead.Authority;
import java.io.IOException;
import java.net.Socket;
import java.util.Optional;

/**
 * Connections of plain sockets. Each was announced by its source port, and allowed, at {@link
 * AskEntrance}; one that was not is cut.
 */
final class DirectEntrance {

  private DirectEntrance() {}

  static void serve(Visit visit) throws IOException, InterruptedException {
    Optional<Announced> announced = visit.gate().hosts().take(visit.connection().source());
    if (announced.isEmpty()) {
      visit.gate().withPlace(visit, DirectEntrance::refuse, (v, why) -> v.cut());
      return;
    }
    visit.remember(announced.get().request());
    if (announced.get().upstream().isEmpty()) {
      visit.gate().withPlace(visit, v -> dial(v, announced.get()), (v, why) -> v.cut());
      return;
    }
    try {
      Socket socket = announced.get().upstream().get();
      visit.owns(socket);
      Tunnel.carry(visit, socket, target(announced.get()), new byte[0]);
    } finally {
      visit.gate().traffic().closed();
    }
  }

  private static void refuse(Visit visit) {
    visit.gate().log().refused("", 0, "a direct connection that was not announced");
    visit.cut();
  }

  private static void dial(Visit visit, Announced announced)
      throws IOException, InterruptedException {
    Authority target = target(announced);
    switch (visit.gate().dialer().dial(target.host(), target.port(), visit::owns)) {
      case Dialed.Connected(var socket, var ignored) ->
          Tunnel.carry(visit, socket, target, new byte[0]);
      case Dialed.Refused(String reason) -> {
        visit.gate().log().refused(target.host(), target.port(), reason);
        visit.cut();
      }
      case Dialed.Failed failed -> visit.cut();
    }
  }

  private static Authority target(Announced announced) {
    return new Authority(announced.host(), announced.port());
  }
}
