package dev.caisson.client.command;

import java.util.Map;
import java.util.Objects;
import org.jline.keymap.KeyMap;
import org.jline.reader.Binding;
import org.jline.reader.LineReader;
import org.jline.reader.Reference;

/**
 * Keys of a line editor under every name that terminals have for them. The editor knows those of
 * the terminal's description alone, and terminals send others when they are in another mode, or
 * when nobody has described them.
 */
final class TerminalKeys {

  private static final String ESCAPE = "\u001b";

  private static final Map<String, String> ARROWS =
      Map.of(
          "A", LineReader.UP_LINE_OR_SEARCH,
          "B", LineReader.DOWN_LINE_OR_SEARCH,
          "C", LineReader.FORWARD_CHAR,
          "D", LineReader.BACKWARD_CHAR,
          "H", LineReader.BEGINNING_OF_LINE,
          "F", LineReader.END_OF_LINE);

  /** With Ctrl and with Alt, and the keys above the arrows. */
  private static final Map<String, String> OTHERS =
      Map.of(
          "[1;5C", LineReader.FORWARD_WORD,
          "[1;3C", LineReader.FORWARD_WORD,
          "[1;5D", LineReader.BACKWARD_WORD,
          "[1;3D", LineReader.BACKWARD_WORD,
          "[1~", LineReader.BEGINNING_OF_LINE,
          "[4~", LineReader.END_OF_LINE,
          "[3~", LineReader.DELETE_CHAR);

  private TerminalKeys() {}

  static void bind(LineReader reader) {
    KeyMap<Binding> keys = Objects.requireNonNull(reader.getKeyMaps().get(LineReader.MAIN));
    ARROWS.forEach((letter, widget) ->
        keys.bind(new Reference(widget), ESCAPE + "[" + letter, ESCAPE + "O" + letter));
    OTHERS.forEach((sequence, widget) -> keys.bind(new Reference(widget), ESCAPE + sequence));
  }
}
