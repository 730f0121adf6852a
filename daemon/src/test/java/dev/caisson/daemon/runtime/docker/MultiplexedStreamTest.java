package dev.caisson.daemon.runtime.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caisson.daemon.runtime.SandboxConnection.Inbound;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class MultiplexedStreamTest {

  private final MultiplexedStream stream = new MultiplexedStream();

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7, 8, 9, 11, 100})
  void framesComeApartTheSameHoweverTheyAreCut(int cut) throws IOException {
    byte[] bytes = frames();
    StringBuilder worker = new StringBuilder();
    StringBuilder supervisor = new StringBuilder();
    for (int at = 0; at < bytes.length; at += cut) {
      ByteBuffer piece = ByteBuffer.wrap(bytes, at, Math.min(cut, bytes.length - at));
      for (Optional<Inbound> next = stream.next(piece);
          next.isPresent();
          next = stream.next(piece)) {
        String text = StandardCharsets.UTF_8.decode(next.get().bytes()).toString();
        switch (next.get().origin()) {
          case WORKER -> worker.append(text);
          case SUPERVISOR -> supervisor.append(text);
        }
      }
    }
    assertThat(worker).hasToString("hello, world");
    assertThat(supervisor).hasToString("ready");
    assertThat(stream.midFrame()).isFalse();
  }

  @Test
  void aPieceIsACopyThatLaterBytesDoNotTouch() throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(frames());
    ByteBuffer piece = stream.next(bytes).orElseThrow().bytes();
    bytes.array()[8] = 'X';
    assertThat(StandardCharsets.UTF_8.decode(piece).toString()).isEqualTo("hello, ");
  }

  @Test
  void anEndInsideAFrameIsKnown() throws IOException {
    assertThat(stream.next(ByteBuffer.wrap(new byte[] {1, 0, 0}))).isEmpty();
    assertThat(stream.midFrame()).isTrue();
  }

  @Test
  void aStreamThatNobodyHasIsAnError() {
    ByteBuffer bytes = ByteBuffer.wrap(new byte[] {3, 0, 0, 0, 0, 0, 0, 1, 65});
    assertThatThrownBy(() -> stream.next(bytes))
        .isInstanceOf(IOException.class)
        .hasMessage("the engine sent a frame that begins with 0x03000000");
  }

  private static byte[] frames() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    frame(bytes, 1, "hello, ");
    frame(bytes, 2, "ready");
    frame(bytes, 1, "");
    frame(bytes, 1, "world");
    return bytes.toByteArray();
  }

  private static void frame(ByteArrayOutputStream bytes, int stream, String text) {
    bytes.writeBytes(new byte[] {(byte) stream, 0, 0, 0, 0, 0, 0, (byte) text.length()});
    bytes.writeBytes(text.getBytes(StandardCharsets.UTF_8));
  }
}
