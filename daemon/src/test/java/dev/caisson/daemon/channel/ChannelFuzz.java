package dev.caisson.daemon.channel;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/**
 * The channel's decoder and what stands behind it, with inputs that Jazzer changes for coverage.
 * Their seeds, the transcripts of the specification and streams that are nearly right, run in every
 * build; {@code caisson test fuzz} goes on from them.
 */
final class ChannelFuzz {

  private static final int NEARLY_RIGHT = 40;

  @MethodSource("streams")
  @FuzzTest(maxDuration = "1m")
  void decoder(byte[] bytes) {
    HostileBytes.decode(bytes);
  }

  /** The first byte chooses the state, the next two how much is the worker's. */
  @MethodSource("conversations")
  @FuzzTest(maxDuration = "1m")
  void conversation(byte[] bytes) {
    if (bytes.length < 3) {
      return;
    }
    HostileBytes.State[] states = HostileBytes.State.values();
    HostileBytes.State state = states[(bytes[0] & 0xFF) % states.length];
    int rest = bytes.length - 3;
    int ofWorker = Math.min(ByteBuffer.wrap(bytes).getShort(1) & 0xFFFF, rest);
    HostileBytes.converse(
        Arrays.copyOfRange(bytes, 3, 3 + ofWorker),
        Arrays.copyOfRange(bytes, 3 + ofWorker, bytes.length),
        state);
  }

  static Stream<byte[]> streams() throws IOException {
    List<byte[]> streams = new ArrayList<>();
    for (JsonNode transcript : transcripts()) {
      streams.add(said(transcript, "worker"));
      streams.add(said(transcript, "supervisor"));
    }
    for (int seed = 0; seed < NEARLY_RIGHT; seed++) {
      streams.add(HostileBytes.nearlyRight(new Random(seed), seed % 2 == 0));
    }
    return streams.stream();
  }

  static Stream<byte[]> conversations() throws IOException {
    List<byte[]> conversations = new ArrayList<>();
    for (JsonNode transcript : transcripts()) {
      // The test's agent has greeted already.
      for (HostileBytes.State state : HostileBytes.State.values()) {
        conversations.add(
            together(state, said(transcript, "worker"), said(transcript, "supervisor")));
      }
    }
    for (int seed = 0; seed < NEARLY_RIGHT; seed++) {
      Random random = new Random(seed);
      conversations.add(
          together(
              HostileBytes.State.values()[seed % HostileBytes.State.values().length],
              HostileBytes.nearlyRight(random, true),
              HostileBytes.nearlyRight(random, false)));
    }
    return conversations.stream();
  }

  private static byte[] together(HostileBytes.State state, byte[] ofWorker, byte[] ofSupervisor) {
    return ByteBuffer.allocate(3 + ofWorker.length + ofSupervisor.length)
        .put((byte) state.ordinal())
        .putShort((short) ofWorker.length)
        .put(ofWorker)
        .put(ofSupervisor)
        .array();
  }

  /** What one side says in a transcript, the greeting left out. */
  private static byte[] said(JsonNode transcript, String sender) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (JsonNode frame : transcript.get("frames")) {
      String kind = frame.path("kind").asString("");
      boolean greeting = kind.equals("agent_hello") || kind.equals("ready");
      if (frame.path("from").asString("").equals(sender) && !greeting) {
        bytes.writeBytes(HexFormat.of().parseHex(frame.get("hex").stringValue()));
      }
    }
    return bytes.toByteArray();
  }

  private static List<JsonNode> transcripts() throws IOException {
    try (Stream<Path> files = Files.list(TranscriptsTest.FOLDER)) {
      List<JsonNode> transcripts = new ArrayList<>();
      for (Path file : files.sorted().toList()) {
        byte[] bytes = Files.readAllBytes(file);
        transcripts.add(Json.read(bytes, 0, bytes.length));
      }
      return transcripts;
    }
  }
}
