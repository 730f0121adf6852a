package dev.caisson.daemon.egress;

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Which addresses the gate may connect to: those of the public internet, and none that a name could
 * be pointed at to reach this machine, its network or its cloud's metadata, but for servers that
 * the operator names by their addresses. Checked on the address that is then connected to, so there
 * is no moment between in which a name could change.
 *
 * <p>The networks for documentation are not among the refused: the internet does not route them,
 * and some networks put their mirrors and proxies there, which a rule may well name.
 */
public final class AddressRules {

  private record Refused(AddressBlock block, String what) {

    static Refused of(String text, String what) {
      return new Refused(AddressBlock.of(text), what);
    }
  }

  private static final List<Refused> REFUSED =
      List.of(
          Refused.of("0.0.0.0/8", "this network"),
          Refused.of("10.0.0.0/8", "a private network"),
          Refused.of("100.64.0.0/10", "shared address space of a provider"),
          Refused.of("127.0.0.0/8", "loopback"),
          Refused.of("169.254.0.0/16", "link-local, where clouds serve their metadata"),
          Refused.of("172.16.0.0/12", "a private network"),
          Refused.of("192.0.0.0/24", "protocol assignments"),
          Refused.of("192.88.99.0/24", "6to4 relays"),
          Refused.of("192.168.0.0/16", "a private network"),
          Refused.of("198.18.0.0/15", "benchmarking"),
          Refused.of("224.0.0.0/4", "multicast"),
          Refused.of("240.0.0.0/4", "reserved or broadcast"),
          // Metadata and platform services of clouds that sit on public addresses.
          Refused.of("168.63.129.16/32", "a cloud's platform service"),
          Refused.of("::/96", "unspecified, loopback or IPv4-compatible"),
          Refused.of("::ffff:0:0:0/96", "IPv4-translated"),
          Refused.of("64:ff9b::/96", "IPv4 by NAT64"),
          Refused.of("64:ff9b:1::/48", "IPv4 by NAT64"),
          Refused.of("100::/64", "discard-only"),
          Refused.of("2001::/23", "protocol assignments, Teredo among them"),
          Refused.of("2002::/16", "IPv4 by 6to4"),
          Refused.of("5f00::/16", "segment routing"),
          Refused.of("fc00::/7", "a private network"),
          Refused.of("fe80::/10", "link-local"),
          Refused.of("fec0::/10", "site-local"),
          Refused.of("ff00::/8", "multicast"));

  /** What an operator may permit blocks of: networks that no cloud uses for itself. */
  private static final List<AddressBlock> PRIVATE =
      Stream.of("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
          .map(AddressBlock::of)
          .toList();

  /** Where clouds serve credentials within those networks. Nobody may permit these. */
  private static final List<AddressBlock> METADATA =
      Stream.of("100.100.100.200", "fd00:ec2::/32", "fd20:ce::/32").map(AddressBlock::of).toList();

  /** A permitted block has at most 256 addresses. */
  private static final int FREE_BITS = 8;

  private final Set<InetAddress> exempt;
  private final List<AddressBlock> permitted;
  private final Predicate<InetAddress> ofThisMachine;

  private AddressRules(
      Set<InetAddress> exempt, List<AddressBlock> permitted, Predicate<InetAddress> ofThisMachine) {
    this.exempt = Set.copyOf(exempt);
    this.permitted = List.copyOf(permitted);
    this.ofThisMachine = ofThisMachine;
  }

  /** The rules of a daemon whose operator permits nothing. */
  public static AddressRules strict() {
    return new AddressRules(Set.of(), List.of(), AddressRules::isOfThisMachine);
  }

  /**
   * The rules of a daemon whose operator has servers on a private network.
   *
   * @param blocks each one that {@link #permissible} takes
   */
  public static AddressRules permitting(List<AddressBlock> blocks) {
    return permitting(blocks, AddressRules::isOfThisMachine);
  }

  /** The same on a machine that has these addresses. */
  static AddressRules permitting(List<AddressBlock> blocks, Predicate<InetAddress> ofThisMachine) {
    blocks.forEach(AddressRules::permissible);
    return new AddressRules(Set.of(), blocks, ofThisMachine);
  }

  /**
   * The block, when an operator may permit it: addresses of a private network, 256 at most.
   *
   * @throws IllegalArgumentException with the reason otherwise
   */
  public static AddressBlock permissible(AddressBlock block) {
    if (PRIVATE.stream().noneMatch(network -> network.contains(block))) {
      throw new IllegalArgumentException("'" + block + "' is not of a private network");
    }
    if (block.freeBits() > FREE_BITS) {
      throw new IllegalArgumentException("'" + block + "' has more than 256 addresses");
    }
    if (METADATA.stream().anyMatch(metadata -> metadata.contains(block))) {
      throw new IllegalArgumentException("'" + block + "' is where a cloud serves its metadata");
    }
    return block;
  }

  /**
   * For tests, whose servers are on this machine: the same, but for these addresses. Nothing in the
   * configuration leads here, and a rule of the architecture keeps the product's code away.
   */
  public static AddressRules exempting(Set<InetAddress> addresses) {
    return new AddressRules(addresses, List.of(), AddressRules::isOfThisMachine);
  }

  /** Why this address may not be connected to; empty when it may. */
  public Optional<String> refusal(InetAddress address) {
    if (exempt.contains(address)) {
      return Optional.empty();
    }
    byte[] bytes = address.getAddress();
    if (isPermitted(address, bytes)) {
      return Optional.empty();
    }
    Optional<String> block =
        REFUSED.stream()
            .filter(refused -> refused.block().contains(bytes))
            .findFirst()
            .map(refused ->
                "%s is %s (%s)".formatted(shown(address), refused.what(), refused.block()));
    if (block.isPresent()) {
      return block;
    }
    if (isMapped(bytes)) {
      return Optional.of(shown(address) + " is an IPv4 address in disguise");
    }
    return ofThisMachine.test(address)
        ? Optional.of(shown(address) + " is an address of this machine")
        : Optional.empty();
  }

  /** An address of this machine has to be named alone: nobody means it by a whole network. */
  private boolean isPermitted(InetAddress address, byte[] bytes) {
    if (METADATA.stream().anyMatch(metadata -> metadata.contains(bytes))) {
      return false;
    }
    return permitted.stream()
        .filter(block -> block.contains(bytes))
        .anyMatch(block -> block.single() || !ofThisMachine.test(address));
  }

  static String shown(InetAddress address) {
    String text = address.getHostAddress();
    int zone = text.indexOf('%');
    return zone < 0 ? text : text.substring(0, zone);
  }

  /** Java turns mapped addresses into IPv4 when it reads them; one that was made by hand stays. */
  private static boolean isMapped(byte[] bytes) {
    if (bytes.length != 16) {
      return false;
    }
    for (int i = 0; i < 10; i++) {
      if (bytes[i] != 0) {
        return false;
      }
    }
    return bytes[10] == -1 && bytes[11] == -1;
  }

  static boolean isOfThisMachine(InetAddress address) {
    try {
      return NetworkInterface.getByInetAddress(address) != null;
    } catch (SocketException e) {
      return true; // cannot be told: as if it were
    }
  }
}
