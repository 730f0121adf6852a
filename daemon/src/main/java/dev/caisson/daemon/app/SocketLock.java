package dev.caisson.daemon.app;

import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;

/**
 * The right to be the daemon of one socket. The lock goes with the process, however it ends, so a
 * socket file without a lock is a dead daemon's and may be replaced.
 */
final class SocketLock implements AutoCloseable {

  private final Path socket;
  private final FileChannel channel;
  private final FileLock lock;

  private SocketLock(Path socket, FileChannel channel, FileLock lock) {
    this.socket = socket;
    this.channel = channel;
    this.lock = lock;
  }

  /** Takes the lock and removes what a dead daemon left of the socket. */
  static SocketLock take(Path socket) {
    Path file = Path.of(socket + ".lock");
    try {
      createPrivate(socket);
      FileChannel channel =
          FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      Optional<FileLock> lock = tryLock(channel);
      if (lock.isEmpty()) {
        channel.close();
        throw new SandboxException(
            ErrorCode.FAILED_PRECONDITION,
            "another daemon serves "
                + socket
                + "; stop it with `caisson down`, or set"
                + " CAISSON_RUN_DIR to run a second one");
      }
      Files.deleteIfExists(socket);
      return new SocketLock(socket, channel, lock.get());
    } catch (IOException e) {
      throw new SandboxException(
          ErrorCode.INVALID_CONFIGURATION,
          "cannot prepare the socket %s: %s; set CAISSON_RUN_DIR to a folder you may write to"
              .formatted(socket, e),
          e);
    }
  }

  /**
   * Whose sandboxes a daemon of this socket owns on the engine: the same after a restart, so that
   * it finds what it left, and another for every other socket.
   */
  String owner() {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256")
              .digest(
                  socket.toAbsolutePath().normalize().toString().getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    try {
      Files.deleteIfExists(socket);
      lock.release();
      channel.close();
    } catch (IOException e) {
      throw new SandboxException(
          ErrorCode.INTERNAL, "cannot remove the socket " + socket + ": " + e, e);
    }
  }

  /** Who can open the socket can run code, so its folder is the owner's alone when we make it. */
  private static void createPrivate(Path socket) throws IOException {
    Path folder = Optional.ofNullable(socket.toAbsolutePath().getParent()).orElse(Path.of("/"));
    if (!Files.isDirectory(folder)) {
      Files.createDirectories(
          folder,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }
  }

  private static Optional<FileLock> tryLock(FileChannel channel) throws IOException {
    try {
      return Optional.ofNullable(channel.tryLock());
    } catch (OverlappingFileLockException e) {
      return Optional.empty();
    }
  }
}
