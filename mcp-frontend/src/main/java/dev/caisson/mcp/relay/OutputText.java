package dev.caisson.mcp.relay;

import dev.caisson.client.Utf8Pieces;
import dev.caisson.mcp.relay.RunListener.Stream;

/**
 * The text of a run's output, stream by stream; a character that is split between two pieces comes
 * with the second. For one thread.
 */
public final class OutputText {

  private final Utf8Pieces stdout = new Utf8Pieces();
  private final Utf8Pieces stderr = new Utf8Pieces();

  /** The text that is complete with this piece. */
  public String add(Stream stream, byte[] piece) {
    return of(stream).decode(piece);
  }

  /** What is left at the end: nothing, or a replacement for half a character. */
  public String end(Stream stream) {
    return of(stream).finish();
  }

  private Utf8Pieces of(Stream stream) {
    return switch (stream) {
      case STDOUT -> stdout;
      case STDERR -> stderr;
    };
  }
}
