package dev.caisson.mcp.app;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.caisson.mcp.relay.DaemonAccess;
import dev.caisson.mcp.relay.RefusedException;
import dev.caisson.mcp.text.BoundedLines;
import java.io.IOException;
import java.io.PrintStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Has the launcher start a daemon when none listens, beside everything else: clients are answered
 * meanwhile, and only what needs the daemon waits for it. What could not be set up or started is
 * told to the request that waits; the next one tries again, because somebody may have mended it.
 *
 * <p>Any thread. One attempt at a time, on a virtual thread of its own; the lock is never held over
 * it. What the launcher says goes on to standard error as it is said.
 */
final class DaemonStart implements DaemonAccess.Readiness, AutoCloseable {

  private static final int LINE_LIMIT = 500;
  private static final int LAST_WORDS = 12;

  private final Path socket;
  private final List<String> command;
  private final PrintStream err;
  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock")
  private @Nullable FutureTask<Optional<String>> attempt;

  @GuardedBy("lock")
  private @Nullable Process process;

  @GuardedBy("lock")
  private boolean closed;

  /**
   * @param command returns with status 0 when a daemon serves at the socket; empty when somebody
   *     else sees to that
   */
  DaemonStart(Path socket, List<String> command, PrintStream err) {
    this.socket = socket;
    this.command = List.copyOf(command);
    this.err = err;
  }

  /** By the launcher that started us, unless it was told of a daemon of somebody else's. */
  static DaemonStart by(Map<String, String> environment, Path socket, PrintStream err) {
    var launcher = environment.getOrDefault("CAISSON_LAUNCHER", "");
    var may = environment.getOrDefault("CAISSON_MAY_START_DAEMON", "").equals("yes");
    return new DaemonStart(
        socket, may && !launcher.isEmpty() ? List.of(launcher, "ready") : List.of(), err);
  }

  /** Begins, and returns at once. */
  void begin() {
    var unused = currentAttempt();
  }

  @Override
  public void await() throws RefusedException, InterruptedException {
    try {
      var trouble = currentAttempt().get();
      if (trouble.isPresent()) {
        throw new RefusedException(RefusedException.Reason.UNREACHABLE, trouble.get());
      }
    } catch (ExecutionException bug) {
      throw new IllegalStateException("the start of a daemon failed", bug.getCause());
    }
  }

  private FutureTask<Optional<String>> currentAttempt() {
    lock.lock();
    try {
      if (attempt == null || isInVain(attempt)) {
        attempt = new FutureTask<>(this::tryOnce);
        Thread.ofVirtual().name("daemon-start").start(attempt);
      }
      return attempt;
    } finally {
      lock.unlock();
    }
  }

  private static boolean isInVain(FutureTask<Optional<String>> attempt) {
    return switch (attempt.state()) {
      case RUNNING -> false;
      case SUCCESS -> attempt.resultNow().isPresent();
      case FAILED, CANCELLED -> true;
    };
  }

  /** Why there is no daemon; nothing when there is one. */
  private Optional<String> tryOnce() throws InterruptedException {
    if (command.isEmpty() || listens()) {
      return Optional.empty();
    }
    var last = new ArrayDeque<String>();
    try {
      var launcher = started();
      var said = new BoundedLines(launcher.getErrorStream(), LINE_LIMIT);
      for (var line = said.next(); line != null; line = said.next()) {
        err.println(line.text());
        last.add(line.text());
        if (last.size() > LAST_WORDS) {
          last.remove();
        }
      }
      var status = launcher.waitFor();
      return status == 0
          ? Optional.empty()
          : Optional.of(
              "no daemon could be started (status %d):\n%s".formatted(status, words(last)));
    } catch (IOException failure) {
      return Optional.of(
          "no daemon could be started: %s\n%s"
              .formatted(failure.getMessage(), words(last))
              .strip());
    }
  }

  private static String words(ArrayDeque<String> lines) {
    return String.join("\n", lines);
  }

  /** Whether somebody listens; whether it is well is for its answers to show. */
  private boolean listens() {
    try (var channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      return channel.connect(UnixDomainSocketAddress.of(socket));
    } catch (IOException nobody) {
      return false;
    }
  }

  private Process started() throws IOException {
    var builder =
        new ProcessBuilder(command)
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .redirectOutput(ProcessBuilder.Redirect.DISCARD);
    // To the launcher this names a daemon that somebody else starts.
    builder.environment().remove("CAISSON_SOCKET");
    lock.lock();
    try {
      if (closed) {
        throw new IOException("the frontend is ending");
      }
      var begun = builder.start();
      process = begun;
      return begun;
    } finally {
      lock.unlock();
    }
  }

  /** Ends the launcher if it is still at work. A daemon that it has started stays. */
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      if (process != null) {
        process.destroy();
      }
    } finally {
      lock.unlock();
    }
  }
}
