package dev.caisson.daemon.policy;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Reads the policies again when somebody asks, and when the files of their folder have changed and
 * then stayed the same for one look: an editor that writes in two steps is not met between them.
 *
 * <p>It looks at names, sizes and times a few times a second instead of being told by the kernel:
 * that works for folders that are replaced, links that point elsewhere and network file systems,
 * and costs a few system calls.
 *
 * <p>Threads: one of its own from {@link #start} to {@link #close}, on which all reading is done.
 * {@link #request} may be called by any thread, a signal's too.
 */
public final class PolicyWatch implements AutoCloseable {

  /** A change holds after two looks at most: well below the second that is promised. */
  private static final Duration LOOK = Duration.ofMillis(150);

  private final LivePolicies policies;
  private final Optional<Path> folder;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  @GuardedBy("lock")
  private boolean requested;

  @GuardedBy("lock")
  private boolean closed;

  // Of the watch's own thread alone. What was read at the start is not known here, and may have
  // changed since: the first looks read once more.
  private Map<String, Stamp> read = Map.of();
  private Map<String, Stamp> seen = Map.of();

  private record Stamp(long size, long modified, String key) {}

  /**
   * @param folder where files may change; without one only requests count
   */
  public PolicyWatch(LivePolicies policies, Optional<Path> folder) {
    this.policies = policies;
    this.folder = folder;
  }

  /** Begins. Once. */
  public void start() {
    Thread.ofVirtual().name("policy-watch").start(this::watch);
  }

  /** Has the files read again soon, changed or not. */
  public void request() {
    lock.lock();
    try {
      requested = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void watch() {
    while (true) {
      boolean asked;
      lock.lock();
      try {
        if (!requested && !closed) {
          var unused = changed.await(LOOK.toNanos(), TimeUnit.NANOSECONDS);
        }
        if (closed) {
          return;
        }
        asked = requested;
        requested = false;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      } finally {
        lock.unlock();
      }
      look(asked);
    }
  }

  /** One look at the folder. */
  void look(boolean asked) {
    Map<String, Stamp> now = stamps();
    boolean settled = now.equals(seen) && !now.equals(read);
    seen = now;
    if (asked || settled) {
      read = now;
      policies.reload();
    }
  }

  private Map<String, Stamp> stamps() {
    Map<String, Stamp> stamps = new TreeMap<>();
    if (folder.isEmpty()) {
      return stamps;
    }
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder.get(), "*.{yaml,yml}")) {
      for (Path entry : entries) {
        stamps.put(entry.toString(), stamp(entry));
      }
    } catch (IOException e) {
      // The folder is away: the reading says so, and the look after it is back reads again.
      stamps.put("", new Stamp(0, 0, "away"));
    }
    return stamps;
  }

  private static Stamp stamp(Path file) {
    try {
      BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
      return new Stamp(
          attributes.size(),
          attributes.lastModifiedTime().to(TimeUnit.NANOSECONDS),
          String.valueOf(attributes.fileKey()));
    } catch (IOException e) {
      return new Stamp(0, 0, "away");
    }
  }
}
