package dev.caisson.daemon.model;

import java.time.Instant;
import java.util.Optional;

/**
 * What a sandbox says of one name of its workspace. Its form was checked, its truth cannot be.
 *
 * @param path relative to the workspace; in a deep directory longer than what can be asked for
 * @param size in bytes
 * @param mode the permission bits
 * @param links how many names the file has
 */
public record FileEntry(String path, Kind kind, long size, Instant modified, int mode, long links) {

  /** What a name stands for. */
  public enum Kind {
    FILE,
    DIRECTORY,
    /** A symbolic link, which nobody follows. */
    LINK,
    /** A pipe or a socket. */
    OTHER
  }

  public FileEntry {
    if (size < 0 || links < 0 || mode < 0 || mode > 07777) {
      throw new IllegalArgumentException(
          "an entry has no negative size or links, and a mode of 0 to 07777");
    }
  }

  /** The last name of the path; empty for the workspace itself. */
  public String name() {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  /** Where it is; empty when its path is too long or too deep to be asked for. */
  public Optional<WorkspacePath> place() {
    return WorkspacePath.ifAllowed(path);
  }
}
