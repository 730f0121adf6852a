package dev.caisson.daemon.egress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressBlockTest {

  @ParameterizedTest
  @CsvSource({
    "10.1.2.3,        10.1.2.3,         10.1.2.4",
    "10.1.2.0/24,     10.1.2.255,       10.1.3.0",
    "10.1.2.128/25,   10.1.2.128,       10.1.2.127",
    "10.1.2.4/30,     10.1.2.7,         10.1.2.8",
    "0.0.0.0/0,       255.255.255.255,  ::1",
    "fd00::/120,      fd00::ff,         fd00::100",
    "fc00::/7,        fdff:ffff::1,     fe00::1",
    "fd00::1,         fd00::1,          10.1.2.3"
  })
  void aBlockHoldsWhatSharesItsFirstBits(String block, String within, String outside) {
    assertThat(AddressBlock.of(block).contains(InetAddress.ofLiteral(within).getAddress()))
        .isTrue();
    assertThat(AddressBlock.of(block).contains(InetAddress.ofLiteral(outside).getAddress()))
        .isFalse();
  }

  @Test
  void aBlockHoldsSmallerOnesAndItself() {
    AddressBlock block = AddressBlock.of("10.1.0.0/16");

    assertThat(block.contains(block)).isTrue();
    assertThat(block.contains(AddressBlock.of("10.1.9.0/24"))).isTrue();
    assertThat(block.contains(AddressBlock.of("10.0.0.0/8"))).isFalse();
    assertThat(block.contains(AddressBlock.of("10.2.0.0/16"))).isFalse();
    assertThat(block.contains(AddressBlock.of("fd00::/64"))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/24",
        "10.1.2.3/24",
        "10.1.2.0/33",
        "10.1.2.0/-1",
        "10.1.2.0/024",
        "10.1.2.0/",
        "10.1.2",
        "10.1",
        "167838211",
        "0x0a010203",
        "host.test/32",
        "localhost",
        "fd00::1%lo",
        "fd00::1%1/128",
        "::ffff:10.1.2.3",
        " 10.1.2.3",
        "10.1.2.3/32/32"
      })
  void whatIsNotPlainlyABlockIsRefused(String text) {
    assertThatThrownBy(() -> AddressBlock.of(text)).isInstanceOf(IllegalArgumentException.class);
  }
}
