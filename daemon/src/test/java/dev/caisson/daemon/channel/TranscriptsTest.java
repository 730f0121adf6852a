package dev.caisson.daemon.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The byte-exact sessions of the specification, which the agent's codec is held to as well: what
 * the bytes decode to, that the same bytes come out again, and the state after each frame.
 */
class TranscriptsTest {

  /** What we say that changes the state. */
  private static final Set<FrameKind> MOVES = EnumSet.of(FrameKind.RUN, FrameKind.RESET);

  static final Path FOLDER = folder();

  /** One reading of a transcript: a decoder for each sender, and the daemon's state. */
  private static final class Replay {
    private final Map<Sender, FrameDecoder> decoders = new EnumMap<>(Sender.class);
    private ChannelState state = ChannelState.GREETING;

    List<Message> feed(Sender sender, byte[] bytes, int step) {
      List<Message> whole = new ArrayList<>();
      FrameDecoder decoder = decoders.computeIfAbsent(sender, FrameDecoder::new);
      for (int from = 0; from < bytes.length; from += step) {
        int size = Math.min(step, bytes.length - from);
        decoder.feed(ByteBuffer.wrap(bytes, from, size), whole::add);
      }
      whole.forEach(this::turn);
      return whole;
    }

    /** Reads what is JSON, and moves on; what the daemon sends may come at any time but a run. */
    private void turn(Message message) {
      boolean settled = false;
      switch (message.kind().payload()) {
        case JSON -> Json.readObject(message);
        case HEADED -> settled = Json.readHeaded(message).header().path("settled").asBoolean(false);
        case RAW, EMPTY -> {}
      }
      if (message.kind().sender() == Sender.DAEMON && !MOVES.contains(message.kind())) {
        return;
      }
      turn(message.kind());
      if (settled) {
        turn(FrameKind.DRAINED);
      }
    }

    private void turn(FrameKind kind) {
      switch (TurnTable.SPECIFIED
          .turn(state, kind)
          .orElseThrow(() -> Violation.of(kind + " in state " + state))) {
        case TurnTable.Turn.Next(ChannelState next) -> state = next;
        case TurnTable.Turn.Ignored() -> {}
      }
    }
  }

  @ParameterizedTest
  @MethodSource("names")
  void itReplaysToItsStates(String name) throws IOException {
    replay(transcript(name), 1 << 20);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 4096})
  void howTheBytesAreSplitMakesNoDifference(int step) throws IOException {
    for (String name : names().toList()) {
      replay(transcript(name), step);
    }
  }

  @ParameterizedTest
  @MethodSource("names")
  void itsFieldsEncodeToItsBytes(String name) throws IOException {
    Map<String, List<String>> parts = new HashMap<>();
    Replay replay = new Replay();
    for (JsonNode frame : transcript(name).get("frames")) {
      if (frame.get("state").stringValue().equals("violation")) {
        return;
      }
      String message = frame.get("kind").stringValue() + " " + frame.get("stream").longValue();
      parts.computeIfAbsent(message, key -> new ArrayList<>()).add(frame.get("hex").stringValue());
      List<Message> whole = replay.feed(sender(frame), bytes(frame), 1 << 20);
      if (frame.path("more").asBoolean(false)) {
        assertThat(whole).isEmpty();
        continue;
      }
      List<String> hexes = parts.remove(message);
      Message meant = hexes.size() == 1 ? meant(frame) : whole.getFirst();
      int frameBytes =
          sender(frame) == Sender.WORKER ? FrameDecoder.WORKER_FRAME : FrameDecoder.FRAME;
      assertThat(
              FrameEncoder.frames(meant, frameBytes).stream()
                  .map(b -> HexFormat.of().formatHex(b.array()))
                  .toList())
          .containsExactlyElementsOf(hexes);
    }
  }

  @Test
  void thereAreGoodOnesAndBadOnes() throws IOException {
    int good = 0;
    int bad = 0;
    for (String name : names().toList()) {
      switch (transcript(name).get("expect").stringValue()) {
        case "ok" -> good++;
        case "violation" -> bad++;
        default -> throw new AssertionError(name);
      }
    }
    assertThat(good).isGreaterThanOrEqualTo(6);
    assertThat(bad).isGreaterThanOrEqualTo(6);
  }

  private static void replay(JsonNode transcript, int step) {
    Replay replay = new Replay();
    for (JsonNode frame : transcript.get("frames")) {
      if (frame.get("state").stringValue().equals("violation")) {
        assertThat(transcript.get("expect").stringValue()).isEqualTo("violation");
        assertThatThrownBy(() -> replay.feed(sender(frame), bytes(frame), step))
            .isInstanceOfSatisfying(
                SandboxException.class,
                e -> assertThat(e.code()).isEqualTo(ErrorCode.CHANNEL_VIOLATION));
        return;
      }
      List<Message> messages = replay.feed(sender(frame), bytes(frame), step);
      assertThat(replay.state.name().toLowerCase(Locale.ROOT))
          .isEqualTo(frame.get("state").stringValue());
      messages.forEach(message -> check(frame, message));
    }
    assertThat(transcript.get("expect").stringValue()).isEqualTo("ok");
  }

  private static void check(JsonNode frame, Message message) {
    assertThat(message.kind().wireName()).isEqualTo(frame.get("kind").stringValue());
    assertThat(message.stream()).isEqualTo(frame.get("stream").longValue());
    if (!frame.has("header")) {
      assertThat(HexFormat.of().formatHex(message.payload()))
          .endsWith(HexFormat.of().formatHex(bulk(frame)));
      return;
    }
    if (message.kind().payload() == FrameKind.Payload.JSON) {
      assertThat(Json.readObject(message)).isEqualTo(frame.get("header"));
    } else {
      assertThat(Json.readHeaded(message).header()).isEqualTo(frame.get("header"));
      assertThat(Json.readHeaded(message).bulk()).isEqualTo(bulk(frame));
    }
  }

  /** The message that the fields of a frame stand for. */
  private static Message meant(JsonNode frame) {
    FrameKind kind = FrameKind.valueOf(frame.get("kind").stringValue().toUpperCase(Locale.ROOT));
    byte[] payload = bulk(frame);
    if (frame.get("header") instanceof ObjectNode header) {
      payload =
          kind.payload() == FrameKind.Payload.JSON
              ? Json.bytes(header)
              : Json.headed(header, payload);
    }
    return new Message(kind, frame.get("stream").longValue(), payload);
  }

  private static byte[] bulk(JsonNode frame) {
    return frame.has("bulk_hex")
        ? HexFormat.of().parseHex(frame.get("bulk_hex").stringValue())
        : frame.path("bulk").asString("").getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] bytes(JsonNode frame) {
    return HexFormat.of().parseHex(frame.get("hex").stringValue());
  }

  private static Sender sender(JsonNode frame) {
    return Sender.valueOf(frame.get("from").stringValue().toUpperCase(Locale.ROOT));
  }

  static Stream<String> names() throws IOException {
    try (Stream<Path> files = Files.list(FOLDER)) {
      return files
          .map(file -> String.valueOf(file.getFileName()))
          .filter(file -> file.endsWith(".json"))
          .sorted()
          .toList()
          .stream();
    }
  }

  private static JsonNode transcript(String name) throws IOException {
    byte[] bytes = Files.readAllBytes(FOLDER.resolve(name));
    return Json.read(bytes, 0, bytes.length);
  }

  private static Path folder() {
    try {
      var url = TranscriptsTest.class.getResource("/caisson/channel/transcripts/");
      assertThat(url).isNotNull();
      Path folder =
          url.getProtocol().equals("file")
              ? Path.of(url.toURI())
              // From a jar, as in a build of this module alone.
              : java.nio.file.FileSystems.newFileSystem(url.toURI(), Map.of())
                  .getPath("/caisson/channel/transcripts/");
      return folder;
    } catch (URISyntaxException | IOException e) {
      throw new ExceptionInInitializerError(e);
    }
  }
}
