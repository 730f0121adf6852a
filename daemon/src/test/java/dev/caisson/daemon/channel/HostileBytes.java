package dev.caisson.daemon.channel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.Deadline;
import dev.caisson.daemon.runtime.SandboxConnection.Origin;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What must hold of the channel whatever bytes a sandbox sends: the oracles of its fuzz targets.
 */
public final class HostileBytes {

  private static final Duration SOON = Duration.ofSeconds(20);

  private HostileBytes() {}

  /**
   * The decoder gives messages or one violation, the same ones however the bytes are cut, and what
   * it gives can be encoded and read again.
   */
  public static void decode(byte[] bytes) {
    for (Sender sender : List.of(Sender.WORKER, Sender.SUPERVISOR)) {
      Decoded whole = decode(sender, bytes, bytes.length);
      assertThat(decode(sender, bytes, 1)).isEqualTo(whole);
      assertThat(decode(sender, bytes, 7)).isEqualTo(whole);
      long held = whole.messages().stream().mapToLong(message -> message.payload().length).sum();
      assertThat(held).isLessThanOrEqualTo(bytes.length);
      for (Message message : whole.messages()) {
        List<Message> again = new ArrayList<>();
        FrameDecoder decoder = new FrameDecoder(sender);
        int frame = sender == Sender.WORKER ? FrameDecoder.WORKER_FRAME : FrameDecoder.FRAME;
        FrameEncoder.frames(message, frame).forEach(part -> decoder.feed(part, again::add));
        assertThat(again).hasSize(1);
        assertThat(same(again.getFirst(), message)).isTrue();
      }
    }
  }

  /**
   * A run with an agent that says just this: it ends once, by a violation or by the end of the
   * streams, and never by an error of ours.
   *
   * @param ran whether the bytes come during a run, or to an idle channel
   */
  public static void converse(byte[] ofWorker, byte[] ofSupervisor, boolean ran) {
    converse(ofWorker, ofSupervisor, ran ? State.RUNNING : State.IDLE);
  }

  /** What the channel is in when the bytes come. */
  public enum State {
    IDLE,
    RUNNING,
    RUNNING_WITH_NETWORK,
    ENDED
  }

  /** As {@link #converse(byte[], byte[], boolean)}, in any state. */
  public static void converse(byte[] ofWorker, byte[] ofSupervisor, State state) {
    boolean ran = state != State.IDLE;
    ScriptedAgent agent = ScriptedAgent.ready();
    AgentChannel channel = AgentChannel.greet(agent, Deadline.after(SOON));
    Ends ends = new Ends();
    try {
      if (ran) {
        channel.start(frame(state == State.RUNNING_WITH_NETWORK), run -> ends);
      }
      if (state == State.ENDED) {
        agent.ends("{\"how\":\"completed\"}");
        agent.drains(0);
        ends.await();
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    } catch (SandboxException e) {
      throw new AssertionError("a good agent could not be given a run", e);
    }
    agent.says(Origin.WORKER, ByteBuffer.wrap(ofWorker));
    agent.says(Origin.SUPERVISOR, ByteBuffer.wrap(ofSupervisor));
    agent.dies();
    if (ran) {
      ends.await();
    }
    Optional<SandboxException> why = failure(channel);
    assertThat(why).isPresent();
    assertThat(why.get().code())
        .as(why.get().toString())
        .isIn(ErrorCode.CHANNEL_VIOLATION, ErrorCode.CHANNEL_CLOSED);
    assertThat(ends.count.get()).isLessThanOrEqualTo(1);
    channel.close();
  }

  /** Frames that are nearly right, which random bytes never are. */
  public static byte[] nearlyRight(Random random, boolean ofWorker) {
    ByteBuffer out = ByteBuffer.allocate(64 << 10);
    List<FrameKind> kinds =
        Arrays.stream(FrameKind.values())
            .filter(kind -> (kind.sender() == Sender.WORKER) == ofWorker)
            .filter(kind -> kind.sender() != Sender.DAEMON)
            .toList();
    int call = 0;
    for (int i = random.nextInt(12); i >= 0; i--) {
      FrameKind kind = kinds.get(random.nextInt(kinds.size()));
      int stream =
          switch (kind) {
            case CALL -> random.nextInt(8) == 0 ? random.nextInt() : ++call;
            case CALL_CANCEL -> random.nextInt(3);
            default -> random.nextInt(8) == 0 ? random.nextInt() : 1;
          };
      byte[] payload = payload(random, kind);
      int more = random.nextInt(10) == 0 ? FrameDecoder.MORE : 0;
      int length = 5 + payload.length + (random.nextInt(20) == 0 ? random.nextInt(5) - 2 : 0);
      out.putInt(length).put((byte) (kind.number() | more)).putInt(stream).put(payload);
    }
    byte[] bytes = Arrays.copyOf(out.array(), out.position());
    for (int i = random.nextInt(10) - 7; i > 0; i--) {
      bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
    }
    return bytes;
  }

  private static byte[] payload(Random random, FrameKind kind) {
    String[] headers = {
      "{}",
      "{\"how\":\"completed\"}",
      "{\"how\":\"completed\",\"value_repr\":\"x\",\"value_repr_cut\":3}",
      "{\"how\":\"exit\",\"exit_code\":99999999999,\"message\":{}}",
      "{\"how\":\"exception\",\"exception\":{\"type\":null,\"message\":[],\"traceback\":1}}",
      "{\"how\":\"refused\",\"findings\":[{\"kind\":\"import\",\"name\":\"x\",\"line\":-1}]}",
      "{\"how\":\"refused\",\"findings\":{\"kind\":3}}",
      "{\"service\":\"tools\",\"method\":\"call\",\"server\":\"\\ud800\",\"tool\":1e999}",
      "{\"exit_code\":1,\"cause\":\"exit\"}",
      "{\"signal\":-1,\"cause\":\"killed\"}",
      "{\"signal\":11,\"exit_code\":\"x\",\"cause\":{}}",
      "[1",
      "null",
      "{\"a\":" + "[".repeat(70) + "]".repeat(70) + "}"
    };
    byte[] header =
        headers[random.nextInt(headers.length)].getBytes(java.nio.charset.StandardCharsets.UTF_8);
    return switch (kind.payload()) {
      case EMPTY -> new byte[random.nextInt(20) == 0 ? 1 : 0];
      case JSON -> header;
      case HEADED ->
          ByteBuffer.allocate(4 + header.length)
              .putInt(header.length + (random.nextInt(10) == 0 ? random.nextInt(9) - 4 : 0))
              .put(header)
              .array();
      case RAW -> {
        byte[] bytes = new byte[random.nextInt(40)];
        random.nextBytes(bytes);
        if (bytes.length > 5 && random.nextBoolean()) {
          Arrays.fill(bytes, 0, 5, (byte) 0);
          bytes[0] = (byte) (1 + random.nextInt(4));
        }
        yield bytes;
      }
    };
  }

  /** What came of some bytes. */
  private record Decoded(List<Message> messages, Optional<String> violation) {

    @Override
    public boolean equals(Object other) {
      return other instanceof Decoded(List<Message> theirs, Optional<String> violated)
          && violated.equals(violation)
          && theirs.size() == messages.size()
          && java.util.stream.IntStream.range(0, theirs.size())
              .allMatch(i -> same(theirs.get(i), messages.get(i)));
    }

    @Override
    public int hashCode() {
      return violation.hashCode();
    }
  }

  private static Decoded decode(Sender sender, byte[] bytes, int step) {
    FrameDecoder decoder = new FrameDecoder(sender);
    List<Message> messages = new ArrayList<>();
    try {
      for (int at = 0; at < bytes.length; at += step) {
        int size = Math.min(step, bytes.length - at);
        decoder.feed(ByteBuffer.wrap(bytes, at, size), messages::add);
      }
      return new Decoded(messages, Optional.empty());
    } catch (SandboxException e) {
      assertThat(e.code()).isEqualTo(ErrorCode.CHANNEL_VIOLATION);
      return new Decoded(messages, Optional.of(String.valueOf(e.getMessage())));
    }
  }

  private static boolean same(Message one, Message other) {
    return one.kind() == other.kind()
        && one.stream() == other.stream()
        && Arrays.equals(one.payload(), other.payload());
  }

  /** Why the channel is over; waits until it is. */
  private static Optional<SandboxException> failure(AgentChannel channel) {
    try {
      channel.ping(Deadline.after(SOON));
      return Optional.empty();
    } catch (SandboxException e) {
      return Optional.of(e);
    }
  }

  static RunFrame frame() {
    return frame(false);
  }

  private static RunFrame frame(boolean network) {
    return new RunFrame(
        "1",
        "<code>",
        List.of(),
        Map.of(),
        false,
        List.of(),
        65_536,
        4,
        1000,
        new RunFrame.RefusedCode(List.of(), List.of(), List.of()),
        network,
        false);
  }

  /** Counts how often the run ended. */
  private static final class Ends extends IdleListener {
    final AtomicInteger count = new AtomicInteger();
    final CountDownLatch first = new CountDownLatch(1);

    void await() {
      try {
        assertThat(first.await(SOON.toSeconds(), TimeUnit.SECONDS)).as("the run ends").isTrue();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }

    @Override
    public void settled(ProgramEnd end) {
      count.incrementAndGet();
      first.countDown();
    }

    @Override
    public void lost(SandboxException why) {
      count.incrementAndGet();
      first.countDown();
    }
  }
}
