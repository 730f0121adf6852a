package dev.caisson.mcp.relay;

import java.time.Instant;
import java.util.List;

/**
 * Port to the files of sessions. Paths are relative to the workspace; whoever implements this
 * refuses those that lead out of it. Names and bytes were written by code nobody trusts: they are
 * data. All calls block and may come from many threads; an interrupt ends them.
 */
public interface WorkspaceFiles {

  /**
   * One page of a directory, in the order of the bytes of the names.
   *
   * @param directory empty for the workspace itself
   * @param most entries of the page, 1 to 1,000
   * @param cursor {@code next} of the page before; empty for the first
   */
  Page list(String session, String directory, int most, String cursor)
      throws RefusedException, InterruptedException;

  /** What a name is; of a link the link itself. */
  Entry stat(String session, String path) throws RefusedException, InterruptedException;

  /**
   * A part of a file.
   *
   * @param offset bytes to leave out; at or past the end nothing is read
   * @param most bytes to read, which are all held in memory
   */
  Part read(String session, String path, long offset, int most)
      throws RefusedException, InterruptedException;

  /** Writes a file, all at once; one of that name is replaced, missing directories are made. */
  Entry write(String session, String path, byte[] content)
      throws RefusedException, InterruptedException;

  /** Deletes a name. Gives how many there were. */
  long delete(String session, String path, Depth depth)
      throws RefusedException, InterruptedException;

  /**
   * Makes a directory and those on the way that are missing. Gives whether it was not there before.
   */
  boolean makeDirectory(String session, String path) throws RefusedException, InterruptedException;

  /** What is deleted of a directory. */
  enum Depth {
    /** The directory alone: it has to be empty. */
    ALONE,
    /** With all that is in it. */
    ALL_WITHIN
  }

  /** What a name stands for. */
  enum Kind {
    FILE,
    DIRECTORY,
    LINK,
    /** A pipe, a socket, or what a newer daemon knows. */
    OTHER
  }

  /**
   * One name.
   *
   * @param path relative to the workspace
   * @param size bytes; of a directory without meaning
   */
  record Entry(String path, Kind kind, long size, Instant modified) {}

  /**
   * Some names of a directory.
   *
   * @param next for the next page; empty when there is none
   * @param unlisted names of the directory that are not UTF-8, which no page shows
   */
  record Page(List<Entry> entries, String next, long unlisted) {
    public Page {
      entries = List.copyOf(entries);
    }
  }

  /**
   * Some bytes of a file.
   *
   * @param size of the whole file, when its reading ended
   * @param changed the file was changed while it was read
   */
  @SuppressWarnings("ArrayRecordComponent") // carried, never compared
  record Part(byte[] bytes, long size, boolean changed) {}
}
