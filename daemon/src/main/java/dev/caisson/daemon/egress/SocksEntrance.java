package dev.caisson.daemon.egress;

import dev.caisson.daemon.egress.Dialer.Dialed;
import dev.caisson.daemon.egress.RequestHead.Authority;
import dev.caisson.daemon.policy.Decision;
import dev.caisson.daemon.policy.NetworkRequest;
import java.io.IOException;
import java.util.Optional;

/** The SOCKS5 proxy of a sandbox: CONNECT without a password, to hosts that the gate looks up. */
final class SocksEntrance {

  private static final byte OK = 0;
  private static final byte FAILED = 1;
  private static final byte DENIED = 2;
  private static final byte UNREACHABLE = 4;
  private static final byte REFUSED = 5;
  private static final byte TIMED_OUT = 6;
  private static final byte NOT_SUPPORTED = 7;

  private SocksEntrance() {}

  static void serve(Visit visit) throws IOException, InterruptedException {
    SocksReader reader = new SocksReader(visit.input());
    if (!reader.greeting()) {
      visit.gate().log().refused("", 0, "only SOCKS5 without a password is served");
      visit.say(new byte[] {5, (byte) 0xFF});
      return;
    }
    visit.say(new byte[] {5, 0});
    Optional<SocksReader.Command> command = reader.command();
    if (command.isEmpty() || !command.get().connect()) {
      visit.gate().log().refused("", 0, "the only command of SOCKS5 that is served is CONNECT");
      reply(visit, command.isEmpty() ? FAILED : NOT_SUPPORTED);
      return;
    }
    connect(visit, command.get());
  }

  /** There is no place for one more connection. */
  static void full(Visit visit, String reason) throws IOException {
    visit.say(new byte[] {5, (byte) 0xFF});
  }

  private static void connect(Visit visit, SocksReader.Command command)
      throws IOException, InterruptedException {
    Authority target = new Authority(visit.gate().hosts().nameOf(command.host()), command.port());
    if (visit.decide(new NetworkRequest.Opening(target.host(), target.port()))
        instanceof Decision.Denied) {
      reply(visit, DENIED);
      return;
    }
    switch (visit.gate().dialer().dial(target.host(), target.port(), visit::owns)) {
      case Dialed.Connected(var socket, var ignored) -> {
        reply(visit, OK);
        Tunnel.carry(visit, socket, target, new byte[0]);
      }
      case Dialed.Refused(String reason) -> {
        visit.gate().log().refused(target.host(), target.port(), reason);
        reply(visit, DENIED);
      }
      case Dialed.Failed failed ->
          reply(
              visit,
              switch (failed.failure()) {
                case UNRESOLVED, UNREACHABLE -> UNREACHABLE;
                case REFUSED -> REFUSED;
                case TIMED_OUT -> TIMED_OUT;
              });
    }
  }

  /** The address of a reply is that of our end, which is nobody's business. */
  private static void reply(Visit visit, byte code) throws IOException {
    visit.say(new byte[] {5, code, 0, 1, 0, 0, 0, 0, 0, 0});
  }
}
