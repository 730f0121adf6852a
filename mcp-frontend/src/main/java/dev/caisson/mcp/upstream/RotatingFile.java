package dev.caisson.mcp.upstream;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file of lines, each with its time, that only its user may read. When it is full it is renamed
 * to {@code NAME.1}, over the one before, and begun again. Several frontends may write the same
 * file.
 *
 * <p>A file that cannot be written is given up with one warning: nothing may fail by a log.
 */
final class RotatingFile {

  /** Bytes after which a file is full; a line more may be in it. */
  static final long FULL = 1024 * 1024;

  private static final Logger log = LoggerFactory.getLogger(RotatingFile.class);

  private final Path path;
  private final Clock clock;
  private final ReentrantLock lock = new ReentrantLock();
  // Guarded by lock; held over short writes to a local file, which nobody but its readers waits
  // for.
  private boolean givenUp;

  RotatingFile(Path path, Clock clock) {
    this.path = path;
    this.clock = clock;
  }

  /** The file of a server in this folder. Names that are no file names are made ones. */
  static RotatingFile ofServer(Path folder, String server) {
    var plain = server.replaceAll("[^A-Za-z0-9._-]", "_");
    var name =
        plain.equals(server) && !plain.startsWith(".")
            ? plain
            : "_" + plain + "-" + Integer.toHexString(server.hashCode());
    return new RotatingFile(folder.resolve(name + ".log"), Clock.systemUTC());
  }

  /** Adds a line. Characters that a terminal would act on are shown. */
  void write(String line) {
    lock.lock();
    try {
      if (!givenUp) {
        append(clock.instant().truncatedTo(ChronoUnit.MILLIS) + " " + visible(line) + "\n");
      }
    } catch (IOException problem) {
      givenUp = true;
      log.warn("{} cannot be written: {}", path, problem.toString());
    } finally {
      lock.unlock();
    }
  }

  private void append(String text) throws IOException {
    if (Files.exists(path) && Files.size(path) >= FULL) {
      var old = path.resolveSibling(path.getFileName() + ".1");
      Files.move(path, old, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }
    if (!Files.exists(path)) {
      create();
    }
    Files.writeString(path, text, StandardCharsets.UTF_8, StandardOpenOption.APPEND);
  }

  private void create() throws IOException {
    var folder = path.toAbsolutePath().getParent();
    if (folder != null) {
      Files.createDirectories(
          folder,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }
    try {
      Files.createFile(
          path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    } catch (java.nio.file.FileAlreadyExistsException another) {
      // Another frontend was faster.
    }
  }

  private static String visible(String line) {
    var shown = new StringBuilder(line.length());
    for (var c : line.toCharArray()) {
      if (Character.isISOControl(c) && c != '\t') {
        shown.append(String.format(Locale.ROOT, "\\x%02x", (int) c));
      } else {
        shown.append(c);
      }
    }
    return shown.toString();
  }
}
