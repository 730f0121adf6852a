package dev.caisson.daemon.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FrameDecoderTest {

  private final List<Message> messages = new ArrayList<>();

  @Test
  void aMessageInOneFrameComesOutAsItWentIn() {
    byte[] payload = {1, 2, 3};

    feed(new FrameDecoder(Sender.WORKER), new Message(FrameKind.CALL, 7, payload));

    assertThat(messages).hasSize(1);
    assertThat(messages.getFirst().kind()).isEqualTo(FrameKind.CALL);
    assertThat(messages.getFirst().stream()).isEqualTo(7);
    assertThat(messages.getFirst().payload()).isEqualTo(payload);
  }

  @Test
  void theLargestStreamNumberStaysPositive() {
    feed(new FrameDecoder(Sender.WORKER), Message.empty(FrameKind.CALL_CANCEL, 0xFFFF_FFFFL));

    assertThat(messages.getFirst().stream()).isEqualTo(0xFFFF_FFFFL);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void messagesComeOutTheSameHoweverTheBytesAreCut(long seed) {
    Random random = new Random(seed);
    List<Message> sent = new ArrayList<>();
    ByteBuffer bytes = ByteBuffer.allocate(1 << 20);
    for (int i = 0; i < 40; i++) {
      byte[] payload = new byte[random.nextInt(12_000)];
      random.nextBytes(payload);
      Message message = new Message(FrameKind.CALL, i, payload);
      sent.add(message);
      FrameEncoder.frames(message, FrameDecoder.WORKER_FRAME).forEach(bytes::put);
    }
    bytes.flip();
    FrameDecoder decoder = new FrameDecoder(Sender.WORKER);

    while (bytes.hasRemaining()) {
      int size = Math.min(bytes.remaining(), 1 + random.nextInt(random.nextBoolean() ? 3 : 9_000));
      decoder.feed(bytes.slice(bytes.position(), size), messages::add);
      bytes.position(bytes.position() + size);
    }

    assertThat(messages).hasSameSizeAs(sent);
    for (int i = 0; i < sent.size(); i++) {
      assertThat(messages.get(i).payload()).isEqualTo(sent.get(i).payload());
    }
    assertThat(decoder.midway()).isFalse();
  }

  @Test
  void partsOfTwoMessagesMayBeInterleaved() {
    FrameDecoder decoder = new FrameDecoder(Sender.WORKER);
    List<ByteBuffer> first =
        FrameEncoder.frames(new Message(FrameKind.CALL, 1, new byte[9_000]), 4_096);
    List<ByteBuffer> second =
        FrameEncoder.frames(new Message(FrameKind.CALL, 2, new byte[5_000]), 4_096);

    decoder.feed(first.get(0), messages::add);
    decoder.feed(second.get(0), messages::add);
    decoder.feed(first.get(1), messages::add);
    decoder.feed(second.get(1), messages::add);
    assertThat(decoder.midway()).isTrue();
    decoder.feed(first.get(2), messages::add);

    assertThat(messages).extracting(m -> m.payload().length).containsExactly(5_000, 9_000);
  }

  @Test
  void aFrameLargerThanTheSenderMayWriteIsRefusedAtItsHeader() {
    assertRefused(
        Sender.WORKER,
        header(4_093, FrameKind.CALL.number(), 1),
        "a call frame of 4097 bytes from worker; the limit is 4096");
  }

  @Test
  void aLengthOfFourGigabytesIsRefusedAtItsHeader() {
    assertRefused(
        Sender.SUPERVISOR,
        header(-1, FrameKind.PONG.number(), 0),
        "a pong frame of 4294967299 bytes from supervisor; the limit is 65536");
  }

  @Test
  void aLengthTooSmallForAHeaderIsRefused() {
    assertRefused(
        Sender.WORKER,
        header(4, FrameKind.CALL.number(), 1),
        "a call frame of 8 bytes from worker; the limit is 4096");
  }

  @Test
  void anUnknownKindIsRefused() {
    assertRefused(Sender.WORKER, header(5, 127, 1), "unknown frame kind 127 from worker");
  }

  @Test
  void aKindOfAnotherSenderIsRefused() {
    assertRefused(
        Sender.WORKER,
        header(5, FrameKind.READY.number(), 0),
        "frame kind ready may not come from worker");
    assertRefused(
        Sender.SUPERVISOR,
        header(5, FrameKind.RUN.number(), 0),
        "frame kind run may not come from supervisor");
  }

  @Test
  void aMessageOverItsLimitIsRefusedBeforeItIsHeld() {
    FrameDecoder decoder = new FrameDecoder(Sender.WORKER);
    ByteBuffer full = header(5 + 4_087, FrameKind.OUTPUT.number() | FrameDecoder.MORE, 1);
    decoder.feed(full, messages::add);
    decoder.feed(ByteBuffer.allocate(4_087), messages::add);

    assertThatThrownBy(() -> decoder.feed(header(6, FrameKind.OUTPUT.number(), 1), messages::add))
        .isInstanceOf(SandboxException.class)
        .hasMessage("a output message of more than 4087 bytes from worker");
  }

  @Test
  void unfinishedMessagesTogetherHaveALimit() {
    FrameDecoder decoder = new FrameDecoder(Sender.WORKER);
    int part = 4_087;
    assertThatThrownBy(
            () -> {
              for (int i = 0; i < FrameDecoder.PENDING_BYTES / part + 2; i++) {
                decoder.feed(
                    header(5 + part, FrameKind.CALL.number() | FrameDecoder.MORE, i % 1_000),
                    messages::add);
                decoder.feed(ByteBuffer.allocate(part), messages::add);
              }
            })
        .hasMessage("more than 33554432 bytes in unfinished messages");
  }

  @Test
  void anEmptyPartIsRefusedBecauseItCouldGoOnForEver() {
    assertRefused(
        Sender.WORKER,
        header(5, FrameKind.CALL.number() | FrameDecoder.MORE, 1),
        "an empty part of a call message from worker");
  }

  @ParameterizedTest
  @ValueSource(longs = {11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
  void randomBytesGiveMessagesOrAViolationAndNothingElse(long seed) {
    Random random = new Random(seed);
    byte[] bytes = new byte[4_096];
    random.nextBytes(bytes);
    bytes[0] = 0;
    bytes[1] = 0;
    bytes[2] = (byte) random.nextInt(16);
    bytes[4] = (byte) (64 + random.nextInt(5));
    FrameDecoder decoder = new FrameDecoder(Sender.WORKER);

    try {
      decoder.feed(ByteBuffer.wrap(bytes), messages::add);
    } catch (SandboxException e) {
      assertThat(e.code()).isEqualTo(ErrorCode.CHANNEL_VIOLATION);
    }
  }

  private void assertRefused(Sender sender, ByteBuffer bytes, String message) {
    assertThatThrownBy(() -> new FrameDecoder(sender).feed(bytes, messages::add))
        .isInstanceOf(SandboxException.class)
        .hasMessage(message)
        .extracting(e -> ((SandboxException) e).code())
        .isEqualTo(ErrorCode.CHANNEL_VIOLATION);
    assertThat(messages).isEmpty();
  }

  private void feed(FrameDecoder decoder, Message message) {
    for (ByteBuffer frame : FrameEncoder.frames(message, FrameDecoder.WORKER_FRAME)) {
      decoder.feed(frame, messages::add);
    }
  }

  private static ByteBuffer header(int length, int kind, int stream) {
    return ByteBuffer.allocate(9).putInt(length).put((byte) kind).putInt(stream).flip();
  }
}
