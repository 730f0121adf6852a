package dev.caisson.daemon.model;

import java.util.List;

/**
 * A part of a directory, in the order of the bytes of its names.
 *
 * @param more whether there are names behind the last of these
 * @param unlisted names of the directory that are not UTF-8
 */
public record FilePage(List<FileEntry> entries, boolean more, long unlisted) {

  public FilePage {
    entries = List.copyOf(entries);
  }
}
