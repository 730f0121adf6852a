package dev.caisson.mcp.relay;

import dev.caisson.client.TerminalText;

/** Text as a terminal would have it in the end; see {@link TerminalText}. For one thread. */
public final class ScreenText {

  private final TerminalText text = new TerminalText();

  /** The text that is settled by this piece. */
  public String add(String piece) {
    return text.add(piece);
  }

  /** What is left at the end. */
  public String end() {
    return text.finish();
  }
}
