package dev.caisson.mcp.relay;

import java.util.Optional;

/**
 * A file that a run gives back.
 *
 * @param path relative to the workspace, chosen by the program
 * @param size bytes that came
 * @param content all of them; absent when they are more than {@value #MOST_HELD}
 * @param changed the file was changed while it was read
 */
@SuppressWarnings("ArrayRecordComponent") // carried, never compared
public record OutputFile(String path, long size, Optional<byte[]> content, boolean changed) {

  /** The most bytes of one file that are held in memory. */
  public static final int MOST_HELD = 4 << 20;
}
