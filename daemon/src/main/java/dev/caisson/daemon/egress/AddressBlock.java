package dev.caisson.daemon.egress;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * Addresses that share their first bits: "10.1.2.0/24".
 *
 * @param text as it is written
 * @param prefix the first address as hexadecimal digits, two for each of its bytes
 * @param bits how many of them are shared
 */
public record AddressBlock(String text, String prefix, int bits) {

  /**
   * Reads "ADDRESS/BITS", or "ADDRESS" for that one alone.
   *
   * @throws IllegalArgumentException when it is not one, or when bits behind the prefix are set
   */
  public static AddressBlock of(String text) {
    int slash = text.indexOf('/');
    byte[] address = literal(slash < 0 ? text : text.substring(0, slash));
    int most = 8 * address.length;
    String bits = slash < 0 ? String.valueOf(most) : text.substring(slash + 1);
    if (!bits.matches("0|[1-9][0-9]{0,2}") || Integer.parseInt(bits) > most) {
      throw new IllegalArgumentException("'" + text + "' has no number of bits up to " + most);
    }
    AddressBlock block =
        new AddressBlock(text, HexFormat.of().formatHex(address), Integer.parseInt(bits));
    if (!Arrays.equals(address, first(address, block.bits))) {
      throw new IllegalArgumentException("'" + text + "' is not the first address of a block");
    }
    return block;
  }

  /** Whether it is one address alone. */
  boolean single() {
    return bits == 4 * prefix.length();
  }

  /** How many bits the addresses of the block may differ in. */
  int freeBits() {
    return 4 * prefix.length() - bits;
  }

  boolean contains(byte[] address) {
    byte[] start = HexFormat.of().parseHex(prefix);
    return address.length == start.length && Arrays.equals(first(address, bits), start);
  }

  /** Whether each address of the other is one of this block. */
  boolean contains(AddressBlock other) {
    return other.bits >= bits && contains(HexFormat.of().parseHex(other.prefix));
  }

  @Override
  public String toString() {
    return text;
  }

  private static byte[] first(byte[] address, int bits) {
    byte[] first = address.clone();
    for (int i = 0; i < first.length; i++) {
      int kept = Math.clamp(bits - 8L * i, 0, 8);
      first[i] &= (byte) (0xFF << (8 - kept));
    }
    return first;
  }

  /** The address that is written, never one that is looked up. */
  private static byte[] literal(String text) {
    InetAddress address;
    try {
      address = InetAddress.ofLiteral(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("'" + text + "' is not an address", e);
    }
    boolean asWritten =
        text.contains(":")
            ? address instanceof Inet6Address six && six.getScopeId() == 0 && !text.contains("%")
            : address instanceof Inet4Address && text.matches("[0-9]+(\\.[0-9]+){3}");
    if (!asWritten) {
      throw new IllegalArgumentException("'" + text + "' is not an address written plainly");
    }
    return address.getAddress();
  }
}
