package dev.caisson.daemon.egress;

import dev.caisson.daemon.egress.Dialer.Dialed;
import dev.caisson.daemon.egress.RequestHead.Authority;
import dev.caisson.daemon.policy.Decision;
import dev.caisson.daemon.policy.NetworkRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * The HTTP proxy of a sandbox. CONNECT opens a tunnel; a request in plain is served itself, one for
 * each connection, so that no second request can hide behind the first.
 */
final class HttpEntrance {

  private HttpEntrance() {}

  static void serve(Visit visit) throws IOException, InterruptedException {
    RequestReader reader = new RequestReader(visit.input(), new byte[0]);
    RequestHead head;
    try {
      head = reader.head();
    } catch (RequestHead.Unfit e) {
      unfit(visit, e);
      return;
    }
    if (head.target().isEmpty()) {
      unfit(visit, new RequestHead.Unfit("this is a proxy: the target has to name a host"));
    } else if (head.connect()) {
      connect(visit, reader, head.target().get());
    } else {
      HttpExchange.serve(visit, reader, head, head.target().get());
    }
  }

  /** There is no place for one more connection. */
  static void full(Visit visit, String reason) throws IOException {
    answer(visit, 429, reason);
  }

  private static void connect(Visit visit, RequestReader reader, Authority target)
      throws IOException, InterruptedException {
    if (visit.decide(new NetworkRequest.Opening(target.host(), target.port()))
        instanceof Decision.Denied denied) {
      denied(visit, denied);
      return;
    }
    switch (visit.gate().dialer().dial(target.host(), target.port(), visit::owns)) {
      case Dialed.Connected(var socket, var ignored) -> {
        visit.say("HTTP/1.1 200 Connection established\r\n\r\n");
        Tunnel.carry(visit, socket, target, reader.unread());
      }
      case Dialed.Refused(String reason) -> refused(visit, target, reason);
      case Dialed.Failed failed -> failed(visit, failed);
    }
  }

  static void unfit(Visit visit, RequestHead.Unfit e) throws IOException {
    String reason = DecisionLog.printable(String.valueOf(e.getMessage()));
    visit.gate().log().refused("", 0, reason);
    answer(visit, 400, reason);
  }

  static void denied(Visit visit, Decision.Denied denied) throws IOException {
    answer(visit, 403, "denied by the network policy: " + denied.message());
  }

  static void refused(Visit visit, Authority target, String reason) throws IOException {
    visit.gate().log().refused(target.host(), target.port(), reason);
    answer(visit, 403, "denied by the network gate: " + reason);
  }

  static void failed(Visit visit, Dialed.Failed failed) throws IOException {
    answer(visit, failed.failure() == Dialer.Failure.TIMED_OUT ? 504 : 502, failed.message());
  }

  /** The reason is the status line's too, because that is what most clients show. */
  private static void answer(Visit visit, int status, String reason) throws IOException {
    String shown = DecisionLog.printable(reason);
    byte[] body = (shown + "\n").getBytes(StandardCharsets.US_ASCII);
    visit.say(
        """
        HTTP/1.1 %d %s\r
        X-Caisson-Reason: %s\r
        Content-Type: text/plain; charset=us-ascii\r
        Content-Length: %d\r
        Connection: close\r
        \r
        """
            .formatted(status, shown, shown, body.length));
    visit.say(body);
  }
}
