package dev.caisson.client.command;

import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** How a terminal draws images among its text, as its environment tells. */
enum InlineImages {
  /** It does not, or nobody knows. */
  NONE,
  /** OSC 1337, of iTerm2 and WezTerm. */
  ITERM,
  /** The graphics protocol of kitty, which Ghostty has too. */
  KITTY;

  /**
   * The terminal unpacks what code nobody trusts has made: a small file may hold an image that
   * fills the memory.
   */
  private static final long MOST_PIXELS = 40_000_000;

  private static final int KITTY_PIECE = 4096;
  private static final Set<String> KITTY_TERMINALS = Set.of("xterm-kitty", "xterm-ghostty");
  private static final Set<String> ITERM_PROGRAMS = Set.of("iTerm.app", "WezTerm");

  static InlineImages of(Map<String, String> environment) {
    if (environment.containsKey("TMUX") || environment.containsKey("STY")) {
      return NONE; // A multiplexer stands between, and swallows the image.
    }
    if (ITERM_PROGRAMS.contains(environment.getOrDefault("TERM_PROGRAM", ""))) {
      return ITERM;
    }
    boolean kitty =
        environment.containsKey("KITTY_WINDOW_ID")
            || KITTY_TERMINALS.contains(environment.getOrDefault("TERM", ""));
    return kitty ? KITTY : NONE;
  }

  /** What draws the image and ends the line; empty when that cannot be, or is no PNG. */
  Optional<String> drawing(byte[] png) {
    if (PngSize.of(png).filter(size -> size.pixels() <= MOST_PIXELS).isEmpty()) {
      return Optional.empty();
    }
    String data = Base64.getEncoder().encodeToString(png);
    return switch (this) {
      case NONE -> Optional.empty();
      case ITERM ->
          Optional.of("\u001b]1337;File=inline=1;size=%d:%s\u0007\n".formatted(png.length, data));
      case KITTY -> Optional.of(kitty(data));
    };
  }

  /** In pieces; q=2 keeps the terminal from answering, which would be typed at the prompt. */
  private static String kitty(String data) {
    StringBuilder drawing = new StringBuilder();
    for (int at = 0; at < data.length(); at += KITTY_PIECE) {
      int end = Math.min(data.length(), at + KITTY_PIECE);
      drawing
          .append("\u001b_G")
          .append(at == 0 ? "a=T,f=100,q=2," : "q=2,")
          .append(end < data.length() ? "m=1;" : "m=0;")
          .append(data, at, end)
          .append("\u001b\\");
    }
    return drawing.append('\n').toString();
  }
}
