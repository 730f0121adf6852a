package dev.caisson.daemon.egress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.UnknownHostException;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AddressRulesTest {

  private final AddressRules rules = AddressRules.strict();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0.0.0.0",
        "0.255.255.255",
        "10.0.0.0",
        "10.255.255.255",
        "100.64.0.0",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.255",
        "169.254.0.0",
        "169.254.169.254",
        "169.254.255.255",
        "172.16.0.0",
        "172.31.255.255",
        "192.0.0.1",
        "192.88.99.1",
        "192.168.0.0",
        "192.168.255.255",
        "198.18.0.0",
        "198.19.255.255",
        "224.0.0.0",
        "239.255.255.255",
        "240.0.0.0",
        "255.255.255.255",
        "168.63.129.16",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:8.8.8.8",
        "::ffff:0:7f00:1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:1ff:ffff::1",
        "2002:7f00:1::",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
        "fdff::1",
        "fe80::1",
        "febf::1",
        "fec0::1",
        "ff02::1",
        "ffff::1"
      })
  void addressesWithinAreRefused(String address) {
    // Java reads a mapped address as the IPv4 address in it: public ones are then just that.
    boolean publicInDisguise = address.equals("::ffff:8.8.8.8");

    assertThat(rules.refusal(InetAddress.ofLiteral(address)).isPresent())
        .isEqualTo(!publicInDisguise);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1.1.1.1",
        "8.8.8.8",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "169.253.255.255",
        "169.255.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "192.167.255.255",
        "192.169.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "168.63.129.15",
        "2001:200::1",
        "2606:4700::1111",
        "2003::1",
        "64:ff9a::1",
        "101::1",
        "fbff::1"
      })
  void theirPublicNeighboursAreNot(String address) {
    assertThat(rules.refusal(InetAddress.ofLiteral(address))).isEmpty();
  }

  /** Nothing of value answers there but what a network's own operator put there, as some do. */
  @ParameterizedTest
  @ValueSource(strings = {"192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1", "3fff::1"})
  void addressesForDocumentationAreNotRefused(String address) {
    assertThat(rules.refusal(InetAddress.ofLiteral(address))).isEmpty();
  }

  @Test
  void anIpv4AddressThatWasMadeIntoIpv6ByHandIsRefused() throws UnknownHostException {
    byte[] mapped = HexFormat.of().parseHex("00000000000000000000ffff08080808");

    assertThat(rules.refusal(Inet6Address.getByAddress("x", mapped, -1)))
        .hasValueSatisfying(reason -> assertThat(reason).contains("in disguise"));
  }

  @Test
  void everyAddressOfThisMachineIsRefused() throws Exception {
    assertThat(
            NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .filter(address -> rules.refusal(address).isEmpty()))
        .isEmpty();
  }

  @Test
  void onlyPermittedAddressesOfAPrivateNetworkArePermitted() {
    AddressRules permitting = permitting("10.1.2.3", "192.168.7.0/24", "fd00:1::/120");

    for (String address : List.of("10.1.2.3", "192.168.7.0", "192.168.7.255", "fd00:1::ff")) {
      assertThat(permitting.refusal(InetAddress.ofLiteral(address))).as(address).isEmpty();
    }
    for (String address :
        List.of(
            "10.1.2.2", "10.1.2.4", "192.168.6.255", "192.168.8.0", "fd00:1::100", "127.0.0.1")) {
      assertThat(permitting.refusal(InetAddress.ofLiteral(address))).as(address).isPresent();
    }
  }

  @Test
  void theMetadataOfACloudStaysRefusedWithinAPermittedBlock() {
    AddressRules permitting = permitting("100.100.100.0/24");

    assertThat(permitting.refusal(InetAddress.ofLiteral("100.100.100.199"))).isEmpty();
    assertThat(permitting.refusal(InetAddress.ofLiteral("100.100.100.200"))).isPresent();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1",
        "127.0.0.0/24",
        "0.0.0.0/24",
        "169.254.169.254",
        "169.254.169.0/24",
        "100.100.100.200",
        "fd00:ec2::254",
        "fd20:ce::254",
        "fe80::1",
        "ff02::1",
        "::1",
        "::ffff:10.1.2.3",
        "8.8.8.8",
        "168.63.129.16",
        "198.18.0.1",
        "224.0.0.1",
        "10.0.0.0/8",
        "10.0.0.0/23",
        "192.168.0.0/16",
        "fc00::/7",
        "fd00:1::/119",
        "::/0",
        "0.0.0.0/0"
      })
  void nothingElseCanBePermitted(String block) {
    assertThatThrownBy(() -> permitting(block)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void anAddressOfThisMachineHasToBeNamedAlone() {
    for (String text : List.of("10.1.2.3", "fd00:1::3")) {
      InetAddress own = InetAddress.ofLiteral(text);
      InetAddress beside = InetAddress.ofLiteral(text.replaceFirst("3$", "4"));
      AddressBlock alone = AddressBlock.of(text);
      AddressBlock around =
          AddressBlock.of(text.replaceFirst("3$", text.contains(":") ? "0/120" : "0/24"));

      assertThat(AddressRules.permitting(List.of(alone), own::equals).refusal(own)).isEmpty();
      AddressRules permitting = AddressRules.permitting(List.of(around), own::equals);
      assertThat(permitting.refusal(own)).as(text).isPresent();
      assertThat(permitting.refusal(beside)).as(text).isEmpty();
    }
  }

  @Test
  void theAddressesOfThisMachineAreThoseOfItsInterfaces() throws Exception {
    assertThat(NetworkInterface.networkInterfaces().flatMap(NetworkInterface::inetAddresses))
        .isNotEmpty()
        .allMatch(AddressRules::isOfThisMachine);
    assertThat(AddressRules.isOfThisMachine(InetAddress.ofLiteral("240.0.0.1"))).isFalse();
  }

  private static AddressRules permitting(String... blocks) {
    return AddressRules.permitting(Stream.of(blocks).map(AddressBlock::of).toList());
  }

  @Test
  void onlyTheExemptedAddressIsExempted() {
    AddressRules exempting = AddressRules.exempting(Set.of(InetAddress.ofLiteral("127.0.0.1")));

    assertThat(exempting.refusal(InetAddress.ofLiteral("127.0.0.1"))).isEmpty();
    assertThat(exempting.refusal(InetAddress.ofLiteral("127.0.0.2"))).isPresent();
  }
}
