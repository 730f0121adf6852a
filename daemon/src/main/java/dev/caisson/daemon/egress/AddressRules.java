package dev.caisson.daemon.egress;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Which addresses the gate may connect to: those of the public internet, and none that a name could
 * be pointed at to reach this machine, its network or its cloud's metadata. Checked on the address
 * that is then connected to, so there is no moment between in which a name could change.
 */
public final class AddressRules {

  private record Block(String text, byte[] prefix, int bits, String what) {

    static Block of(String text, String what) {
      int slash = text.indexOf('/');
      return new Block(
          text,
          literal(text.substring(0, slash)),
          Integer.parseInt(text.substring(slash + 1)),
          what);
    }

    boolean contains(byte[] address) {
      if (address.length != prefix.length) {
        return false;
      }
      int whole = bits / 8;
      if (!Arrays.equals(address, 0, whole, prefix, 0, whole)) {
        return false;
      }
      int rest = bits % 8;
      return rest == 0 || ((address[whole] ^ prefix[whole]) & 0xFF) >> (8 - rest) == 0;
    }
  }

  private static final List<Block> REFUSED =
      List.of(
          Block.of("0.0.0.0/8", "this network"),
          Block.of("10.0.0.0/8", "a private network"),
          Block.of("100.64.0.0/10", "shared address space of a provider"),
          Block.of("127.0.0.0/8", "loopback"),
          Block.of("169.254.0.0/16", "link-local, where clouds serve their metadata"),
          Block.of("172.16.0.0/12", "a private network"),
          Block.of("192.0.0.0/24", "protocol assignments"),
          Block.of("192.88.99.0/24", "6to4 relays"),
          Block.of("192.168.0.0/16", "a private network"),
          Block.of("198.18.0.0/15", "benchmarking"),
          Block.of("224.0.0.0/4", "multicast"),
          Block.of("240.0.0.0/4", "reserved or broadcast"),
          // Metadata and platform services of clouds that sit on public addresses.
          Block.of("168.63.129.16/32", "a cloud's platform service"),
          Block.of("::/96", "unspecified, loopback or IPv4-compatible"),
          Block.of("::ffff:0:0:0/96", "IPv4-translated"),
          Block.of("64:ff9b::/96", "IPv4 by NAT64"),
          Block.of("64:ff9b:1::/48", "IPv4 by NAT64"),
          Block.of("100::/64", "discard-only"),
          Block.of("2001::/23", "protocol assignments, Teredo among them"),
          Block.of("2002::/16", "IPv4 by 6to4"),
          Block.of("5f00::/16", "segment routing"),
          Block.of("fc00::/7", "a private network"),
          Block.of("fe80::/10", "link-local"),
          Block.of("fec0::/10", "site-local"),
          Block.of("ff00::/8", "multicast"));

  private final Set<InetAddress> exempt;

  private AddressRules(Set<InetAddress> exempt) {
    this.exempt = Set.copyOf(exempt);
  }

  /** The rules of every daemon that serves. */
  public static AddressRules strict() {
    return new AddressRules(Set.of());
  }

  /**
   * For tests, whose servers are on this machine: the same, but for these addresses. Nothing in the
   * configuration leads here, and a rule of the architecture keeps the product's code away.
   */
  public static AddressRules exempting(Set<InetAddress> addresses) {
    return new AddressRules(addresses);
  }

  /** Why this address may not be connected to; empty when it may. */
  public Optional<String> refusal(InetAddress address) {
    if (exempt.contains(address)) {
      return Optional.empty();
    }
    byte[] bytes = address.getAddress();
    Optional<String> block =
        REFUSED.stream()
            .filter(b -> b.contains(bytes))
            .findFirst()
            .map(b -> "%s is %s (%s)".formatted(shown(address), b.what(), b.text()));
    if (block.isPresent()) {
      return block;
    }
    if (isMapped(bytes)) {
      return Optional.of(shown(address) + " is an IPv4 address in disguise");
    }
    return isOfThisMachine(address)
        ? Optional.of(shown(address) + " is an address of this machine")
        : Optional.empty();
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

  private static boolean isOfThisMachine(InetAddress address) {
    try {
      return NetworkInterface.getByInetAddress(address) != null;
    } catch (SocketException e) {
      return true; // cannot be told: as if it were
    }
  }

  private static byte[] literal(String text) {
    try {
      InetAddress address = InetAddress.ofLiteral(text);
      if (text.contains(":")
          ? !(address instanceof Inet6Address)
          : !(address instanceof Inet4Address)) {
        throw new UnknownHostException(text);
      }
      return address.getAddress();
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
