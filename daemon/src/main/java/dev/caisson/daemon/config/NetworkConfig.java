package dev.caisson.daemon.config;

import dev.caisson.daemon.egress.AddressBlock;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What this installation's own servers need of the network gate. No policy and no run can say it.
 *
 * @param caFile certificates in PEM format that code with a network trusts beside its image's
 * @param privateAddresses where the gate may connect to although it is on a private network
 */
public record NetworkConfig(Optional<Path> caFile, List<AddressBlock> privateAddresses) {

  public static final NetworkConfig DEFAULT = new NetworkConfig(Optional.empty(), List.of());

  public NetworkConfig {
    privateAddresses = List.copyOf(privateAddresses);
    caFile
        .filter(file -> !file.isAbsolute())
        .ifPresent(file -> {
          throw new IllegalArgumentException("a path must be absolute, got '" + file + "'");
        });
  }
}
