package dev.caisson.daemon.channel;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * Which frame may arrive in which state, and where it leads. Read from {@code turns.json} of the
 * specification, so there is one table and not two that drift apart.
 */
final class TurnTable {

  private static final String RESOURCE = "/caisson/channel/turns.json";

  static final TurnTable SPECIFIED = load();

  /** What a frame does in a state. */
  sealed interface Turn {
    /** The channel goes on in this state. */
    record Next(ChannelState state) implements Turn {}

    /** The frame comes too late to mean anything: counted and dropped. */
    record Ignored() implements Turn {}
  }

  private final Map<ChannelState, Map<FrameKind, Turn>> turns;

  private TurnTable(Map<ChannelState, Map<FrameKind, Turn>> turns) {
    this.turns = turns;
  }

  /** The turn; empty when the frame is a violation in this state. */
  Optional<Turn> turn(ChannelState state, FrameKind kind) {
    return Optional.ofNullable(turns.getOrDefault(state, Map.of()).get(kind));
  }

  private static TurnTable load() {
    try (InputStream in = TurnTable.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IllegalStateException(RESOURCE + " is not on the class path");
      }
      byte[] bytes = in.readAllBytes();
      Map<ChannelState, Map<FrameKind, Turn>> turns = new EnumMap<>(ChannelState.class);
      for (JsonNode row : Json.read(bytes, 0, bytes.length).get("turns")) {
        ChannelState state = ChannelState.valueOf(upper(row.get(0)));
        FrameKind kind = FrameKind.valueOf(upper(row.get(1)));
        String next = upper(row.get(2));
        Turn turn =
            next.equals("IGNORED") ? new Turn.Ignored() : new Turn.Next(ChannelState.valueOf(next));
        turns.computeIfAbsent(state, s -> new EnumMap<>(FrameKind.class)).put(kind, turn);
      }
      return new TurnTable(turns);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String upper(JsonNode node) {
    return node.stringValue().toUpperCase(Locale.ROOT);
  }
}
