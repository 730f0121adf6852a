package dev.caisson.daemon.runtime.docker;

import dev.caisson.daemon.model.Deadline;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Remembers past the death of a sandbox whether the kernel killed in it for memory.
 *
 * <p>Needed because the engine's own word is false now and then when the machine is busy, and the
 * control group with its counters is gone before the streams have ended. In version 1 of control
 * groups the kernel adds one to a counter of ours at each such event, and one more when the group
 * is removed; the counter outlives the group, so two or more means that memory ran out. In version
 * 2 there is no such counter and the engine's word stands.
 *
 * <p>Threads: safe for use by several; the lock guards fields only and is not kept over a wait.
 */
final class MemoryDeathWatch implements AutoCloseable {

  /** How long the kernel may take to report that it removed the group. */
  private static final Duration REMOVAL = Duration.ofMillis(500);

  private static final long PAUSE_NANOS = Duration.ofMillis(5).toNanos();
  private static final int NONE = -1;

  private final @Nullable Path group;
  private int counter;
  private long events;

  private MemoryDeathWatch(@Nullable Path group, int counter) {
    this.group = group;
    this.counter = counter;
  }

  /** Begins to watch. Watches nothing where that is not possible, and says then "not seen". */
  static MemoryDeathWatch over(SandboxCgroup cgroup) {
    return switch (cgroup) {
      case SandboxCgroup.Version1 version1 -> register(version1.memory());
      case SandboxCgroup.Version2 version2 -> new MemoryDeathWatch(null, NONE);
      case SandboxCgroup.Unreadable unreadable -> new MemoryDeathWatch(null, NONE);
    };
  }

  /**
   * Whether the kernel killed for memory. After a death this waits for the group's removal to be
   * reported, shortly, before it says no.
   */
  boolean sawKill(Deadline deadline) {
    if (group == null) {
      return false;
    }
    Deadline patience = Deadline.after(min(REMOVAL, deadline.remaining()));
    while (true) {
      long seen = events();
      // In this order: an event that was there before the group was seen alive is no removal.
      if (seen >= 2 || (seen == 1 && Files.exists(group))) {
        return true;
      }
      if (patience.passed() || Thread.currentThread().isInterrupted()) {
        return false;
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }

  @Override
  public synchronized void close() {
    if (counter != NONE) {
      KernelEvents.close(counter);
      counter = NONE;
    }
  }

  private synchronized long events() {
    if (counter != NONE) {
      events += KernelEvents.take(counter);
    }
    return events;
  }

  private static MemoryDeathWatch register(Path group) {
    int counter = NONE;
    try {
      counter = KernelEvents.counter();
      int control = KernelEvents.open(group.resolve("memory.oom_control").toString());
      try {
        Files.writeString(
            group.resolve("cgroup.event_control"),
            counter + " " + control,
            StandardOpenOption.WRITE);
      } finally {
        KernelEvents.close(control);
      }
      return new MemoryDeathWatch(group, counter);
    } catch (IOException e) {
      // Not permitted, or dead already: the engine's word has to do.
      if (counter != NONE) {
        KernelEvents.close(counter);
      }
      return new MemoryDeathWatch(null, NONE);
    }
  }

  private static Duration min(Duration one, Duration other) {
    return one.compareTo(other) <= 0 ? one : other;
  }
}
