package dev.caisson.daemon.egress;

import dev.caisson.daemon.egress.RequestHead.Authority;
import dev.caisson.daemon.policy.Decision;
import dev.caisson.daemon.policy.NetworkRequest;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.util.Arrays;

/**
 * A connection whose bytes are carried as they are, once the first of them have shown what they
 * are: TLS for the host that was asked for, or a request in plain HTTP, which is then served as
 * such. Where the policy allows any bytes, nothing is looked at.
 */
final class Tunnel {

  private static final int PIECE = 16 << 10;

  private Tunnel() {}

  /**
   * @param begun what the client has said already
   */
  static void carry(Visit visit, Socket socket, Authority target, byte[] begun)
      throws IOException, InterruptedException {
    NetworkRequest anything = new NetworkRequest.Tcp(target.host(), target.port());
    if (visit.gate().would(anything)) {
      visit.decide(anything);
      both(visit, socket, begun);
      return;
    }
    byte[] first = begun.length > 0 ? begun : read(visit);
    if (first.length == 0) {
      return;
    }
    if (first[0] == ClientHello.HANDSHAKE) {
      tls(visit, socket, target, first);
    } else {
      HttpExchange.inTunnel(visit, socket, target, first);
    }
  }

  /**
   * Carries what the server says to the client, until it ends; then the client reads the end. What
   * breaks off is no end: the client reads a reset.
   */
  static Thread answers(Visit visit, Socket socket) {
    return Thread.ofVirtual()
        .name("gate-answers")
        .start(() -> {
          try {
            OutputStream client = visit.connection().output();
            visit.carry(socket.getInputStream(), client);
            client.close();
          } catch (IOException e) {
            visit.cut();
          }
        });
  }

  private static void tls(Visit visit, Socket socket, Authority target, byte[] first)
      throws IOException, InterruptedException {
    ClientHello hello = ClientHello.read(visit.input(), first);
    boolean named = hello.serverName().map(name -> target.isHost(name)).orElse(false);
    if (!named) {
      String said = hello.serverName().map(n -> "'" + n + "'").orElse("none");
      visit
          .gate()
          .log()
          .refused(
              target.host(),
              target.port(),
              "the TLS server name is %s, not '%s'".formatted(said, target.host()));
      visit.say(ClientHello.ACCESS_DENIED);
      return;
    }
    if (visit.decide(new NetworkRequest.Tls(target.host(), target.port()))
        instanceof Decision.Denied) {
      visit.say(ClientHello.ACCESS_DENIED);
      return;
    }
    both(visit, socket, hello.bytes());
  }

  private static void both(Visit visit, Socket socket, byte[] first)
      throws IOException, InterruptedException {
    visit.carrying();
    Thread answers = answers(visit, socket);
    OutputStream server = socket.getOutputStream();
    if (first.length > 0) {
      visit.carry(first, first.length, server);
    }
    visit.carry(visit.input(), server);
    socket.shutdownOutput();
    answers.join();
  }

  private static byte[] read(Visit visit) throws IOException {
    byte[] piece = new byte[PIECE];
    int count = visit.input().read(piece);
    return Arrays.copyOf(piece, Math.max(0, count));
  }
}
