package dev.caisson.daemon.egress;

import dev.caisson.daemon.egress.Dialer.Dialed;
import dev.caisson.daemon.egress.RequestHead.Authority;
import dev.caisson.daemon.policy.Decision;
import dev.caisson.daemon.policy.NetworkRequest;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/**
 * One request in plain HTTP and its answer, on a connection to the server that carries nothing
 * else. The request goes out as we write it, not as it came; the answer comes back as it is, up to
 * its end, which is the end of the connection.
 */
final class HttpExchange {

  private HttpExchange() {}

  /** Decides, connects and carries. */
  static void serve(Visit visit, RequestReader reader, RequestHead head, Authority target)
      throws IOException, InterruptedException {
    if (visit.decide(new NetworkRequest.Http(target.host(), target.port(), head.method()))
        instanceof Decision.Denied denied) {
      HttpEntrance.denied(visit, denied);
      return;
    }
    switch (visit.gate().dialer().dial(target.host(), target.port(), visit::owns)) {
      case Dialed.Connected(var socket, var ignored) -> {
        exchange(visit, socket, reader, head, target);
      }
      case Dialed.Refused(String reason) -> HttpEntrance.refused(visit, target, reason);
      case Dialed.Failed failed -> HttpEntrance.failed(visit, failed);
    }
  }

  /** The first bytes in a tunnel are no TLS: they have to be a request for the tunnel's host. */
  static void inTunnel(Visit visit, Socket socket, Authority target, byte[] begun)
      throws IOException, InterruptedException {
    RequestReader reader = new RequestReader(visit.input(), begun);
    try {
      RequestHead head = reader.head();
      Authority named = head.hostHeader().orElse(target);
      if (head.connect() || !named.equals(target) || !head.target().orElse(target).equals(target)) {
        throw new RequestHead.Unfit(
            "the request names another host than the connection was opened for");
      }
      if (visit.decide(new NetworkRequest.Http(target.host(), target.port(), head.method()))
          instanceof Decision.Denied denied) {
        HttpEntrance.denied(visit, denied);
        return;
      }
      exchange(visit, socket, reader, head, target);
    } catch (RequestHead.Unfit e) {
      HttpEntrance.unfit(visit, e);
    }
  }

  private static void exchange(
      Visit visit, Socket socket, RequestReader reader, RequestHead head, Authority target)
      throws IOException, InterruptedException {
    visit.carrying();
    OutputStream server = socket.getOutputStream();
    Thread answers = Tunnel.answers(visit, socket);
    try {
      byte[] first = head.forServer(target);
      visit.carry(first, first.length, server);
      reader.body(data -> {
        if (head.chunked()) {
          server.write(
              (Integer.toHexString(data.length) + "\r\n").getBytes(StandardCharsets.US_ASCII));
        }
        visit.carry(data, data.length, server);
        if (head.chunked()) {
          server.write(new byte[] {'\r', '\n'});
        }
      });
      if (head.chunked()) {
        server.write("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      }
    } catch (RequestHead.Unfit e) {
      visit.gate().log().refused(target.host(), target.port(), String.valueOf(e.getMessage()));
      visit.cut();
    } catch (IOException e) {
      // The server may answer before it has read all, and hang up: its answer is still coming.
      answers.join();
      throw e;
    }
    answers.join();
  }
}
