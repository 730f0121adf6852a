package dev.caisson.daemon.channel;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Turns the bytes of one sender into messages. Pure: no I/O, no clock, one caller at a time.
 *
 * <p>Hostile input is the normal case. The header is checked before memory is taken for what it
 * announces: sender, frame size, the kind's limit over all parts, and how much all unfinished
 * messages of this sender hold together. Memory held is bounded by {@link #PENDING_BYTES} plus one
 * frame, whatever arrives.
 */
final class FrameDecoder {

  /** What all unfinished messages of one sender may hold together. */
  static final int PENDING_BYTES = 32 << 20;

  static final int HEADER = 9;
  static final int MORE = 0x80;
  static final int WORKER_FRAME = 4_096;
  static final int FRAME = 65_536;

  /** How many messages may be unfinished at once: more than any honest agent has calls open. */
  private static final int PENDING_MESSAGES = 4_096;

  private record Key(FrameKind kind, long stream) {}

  private final Sender sender;
  private final int frameBytes;
  private final byte[] header = new byte[HEADER];
  private final Map<Key, Parts> unfinished = new HashMap<>();
  private int headerFilled;
  private byte[] payload = new byte[0];
  private int payloadFilled;
  private boolean inPayload;
  private FrameKind kind = FrameKind.HELLO;
  private boolean more;
  private long stream;
  private int pendingBytes;

  FrameDecoder(Sender sender) {
    this.sender = sender;
    this.frameBytes = sender == Sender.WORKER ? WORKER_FRAME : FRAME;
  }

  /** Takes all of {@code bytes} and hands on each message that became whole. */
  void feed(ByteBuffer bytes, Consumer<Message> messages) {
    while (bytes.hasRemaining() || (inPayload && payloadFilled == payload.length)) {
      if (!inPayload) {
        int count = Math.min(HEADER - headerFilled, bytes.remaining());
        bytes.get(header, headerFilled, count);
        headerFilled += count;
        if (headerFilled < HEADER) {
          return;
        }
        readHeader();
      }
      int count = Math.min(payload.length - payloadFilled, bytes.remaining());
      bytes.get(payload, payloadFilled, count);
      payloadFilled += count;
      if (payloadFilled == payload.length) {
        inPayload = false;
        headerFilled = 0;
        finishFrame(messages);
      }
    }
  }

  /** True when the bytes so far end in the middle of a frame or of a message in parts. */
  boolean midway() {
    return headerFilled > 0 || inPayload || !unfinished.isEmpty();
  }

  private void readHeader() {
    ByteBuffer fields = ByteBuffer.wrap(header).order(ByteOrder.BIG_ENDIAN);
    long length = fields.getInt() & 0xFFFF_FFFFL;
    int kindByte = fields.get() & 0xFF;
    stream = fields.getInt() & 0xFFFF_FFFFL;
    more = (kindByte & MORE) != 0;
    int number = kindByte & ~MORE;
    kind =
        FrameKind.of(number)
            .orElseThrow(() -> Violation.of("unknown frame kind " + number + " from " + name()));
    if (kind.sender() != sender) {
      throw Violation.of("frame kind " + kind.wireName() + " may not come from " + name());
    }
    if (length < 5 || length + 4 > frameBytes) {
      throw Violation.of(
          "a %s frame of %d bytes from %s; the limit is %d"
              .formatted(kind.wireName(), length + 4, name(), frameBytes));
    }
    int size = (int) length - 5;
    Parts parts = unfinished.get(new Key(kind, stream));
    int before = parts == null ? 0 : parts.size;
    if (before + size > kind.limit()) {
      throw Violation.of(
          "a %s message of more than %d bytes from %s"
              .formatted(kind.wireName(), kind.limit(), name()));
    }
    if (more && pendingBytes + size > PENDING_BYTES) {
      throw Violation.of("more than %d bytes in unfinished messages".formatted(PENDING_BYTES));
    }
    if (more && size == 0) {
      throw Violation.of("an empty part of a " + kind.wireName() + " message from " + name());
    }
    payload = new byte[size];
    payloadFilled = 0;
    inPayload = true;
  }

  private void finishFrame(Consumer<Message> messages) {
    byte[] part = payload;
    payload = new byte[0];
    payloadFilled = 0;
    Key key = new Key(kind, stream);
    if (more) {
      Parts parts = unfinished.computeIfAbsent(key, k -> new Parts());
      if (unfinished.size() > PENDING_MESSAGES) {
        throw Violation.of("more than " + PENDING_MESSAGES + " unfinished messages");
      }
      parts.add(part);
      pendingBytes += part.length;
      return;
    }
    Parts parts = unfinished.remove(key);
    if (parts != null) {
      pendingBytes -= parts.size;
      part = parts.join(part);
    }
    if (kind == FrameKind.ENDED) {
      // The last message of a run. What is unfinished is of a worker that died in the middle of it.
      unfinished.clear();
      pendingBytes = 0;
    }
    messages.accept(new Message(kind, stream, part));
  }

  private String name() {
    return sender.name().toLowerCase(java.util.Locale.ROOT);
  }

  /** The parts of one unfinished message, in a buffer that grows by doubling. */
  private static final class Parts {
    private byte[] bytes = new byte[WORKER_FRAME];
    private int size;

    void add(byte[] part) {
      if (size + part.length > bytes.length) {
        bytes = java.util.Arrays.copyOf(bytes, Math.max(bytes.length * 2, size + part.length));
      }
      System.arraycopy(part, 0, bytes, size, part.length);
      size += part.length;
    }

    byte[] join(byte[] last) {
      byte[] whole = java.util.Arrays.copyOf(bytes, size + last.length);
      System.arraycopy(last, 0, whole, size, last.length);
      return whole;
    }
  }
}
