package dev.caisson.daemon.acceptance;

import com.github.dockerjava.api.model.Network;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;

/**
 * An address that this machine has on a private network. Most machines have one, and be it that of
 * their engine's bridge; on another the engine makes a network that lives as long as this.
 *
 * @param network what was made for it
 */
record PrivateAddress(InetAddress address, Optional<String> network) implements AutoCloseable {

  static PrivateAddress ofThisMachine() throws SocketException {
    return NetworkInterface.networkInterfaces()
        .flatMap(NetworkInterface::inetAddresses)
        .filter(address -> address instanceof Inet4Address && address.isSiteLocalAddress())
        .findFirst()
        .map(address -> new PrivateAddress(address, Optional.empty()))
        .orElseGet(PrivateAddress::ofNewNetwork);
  }

  /** The engine gives the machine the first address of each network that it makes. */
  static PrivateAddress ofNewNetwork() {
    String id =
        EngineView.<String>ask(engine ->
            engine
                .createNetworkCmd()
                .withName("caisson-test-" + UUID.randomUUID())
                .withDriver("bridge")
                .withLabels(Map.of("dev.caisson.test", "private-address"))
                .exec()
                .getId());
    Network made =
        EngineView.<Network>ask(engine -> engine.inspectNetworkCmd().withNetworkId(id).exec());
    String gateway = made.getIpam().getConfig().getFirst().getGateway();
    return new PrivateAddress(
        InetAddress.ofLiteral(Objects.requireNonNull(gateway)), Optional.of(id));
  }

  @Override
  public void close() {
    network.ifPresent(id ->
        EngineView.<Object>ask(engine -> {
          engine.removeNetworkCmd(id).exec();
          return id;
        }));
  }
}
