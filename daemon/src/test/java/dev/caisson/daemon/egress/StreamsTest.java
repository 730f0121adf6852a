package dev.caisson.daemon.egress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class StreamsTest {

  private static final int MORE_THAN_THE_OTHER_SIDE_HOLDS = 256 << 10;

  private final Socket near = new Socket();
  private Socket far = near;

  @BeforeEach
  void connect() throws IOException {
    try (ServerSocket listener = new ServerSocket()) {
      listener.setReceiveBufferSize(8 << 10);
      listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      near.setSendBufferSize(2 * MORE_THAN_THE_OTHER_SIDE_HOLDS);
      near.connect(listener.getLocalSocketAddress());
      far = listener.accept();
    }
  }

  @AfterEach
  void close() throws IOException {
    near.close();
    far.close();
  }

  @Test
  void theOtherSideReadsThatItBrokeOff() throws IOException {
    near.getOutputStream().write("half".getBytes(StandardCharsets.US_ASCII));

    Streams.reset(near);

    assertThatExceptionOfType(SocketException.class)
        .isThrownBy(() -> far.getInputStream().readAllBytes());
  }

  @Test
  void whatWasSaidToItsEndStillArrives() throws IOException {
    near.getOutputStream().write(new byte[MORE_THAN_THE_OTHER_SIDE_HOLDS]);
    near.shutdownOutput();

    Streams.reset(near);

    assertThat(far.getInputStream().readAllBytes()).hasSize(MORE_THAN_THE_OTHER_SIDE_HOLDS);
  }
}
