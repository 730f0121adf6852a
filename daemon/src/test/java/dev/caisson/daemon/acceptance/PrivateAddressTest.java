package dev.caisson.daemon.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import org.junit.jupiter.api.Test;

/** A machine without an address on a private network skips nothing: it gets one. */
class PrivateAddressTest {

  @Test
  void theEngineMakesOneForAsLongAsItIsNeeded() throws SocketException {
    InetAddress made;
    try (PrivateAddress own = PrivateAddress.ofNewNetwork()) {
      made = own.address();
      assertThat(made.isSiteLocalAddress()).as("%s is private", made).isTrue();
      assertThat(NetworkInterface.getByInetAddress(made)).isNotNull();
    }

    assertThat(NetworkInterface.getByInetAddress(made)).isNull();
  }
}
