package dev.caisson.mcp.relay;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * Decorator for {@link ToolRelay} that writes down which calls were made, when, and how they went.
 * Calls come on many threads; the notes are kept under one lock, which is never held over a call.
 */
public final class ToolCallLog implements ToolRelay {

  private static final int MOST_KEPT = 200;

  private final ToolRelay relay;
  private final LongSupplier nanoTime;
  private final long start;
  private final ReentrantLock lock = new ReentrantLock();
  // Guarded by lock.
  private final List<Entry> entries = new ArrayList<>();
  private int total;

  /** One call; times count from the beginning of the run. */
  public record Entry(
      String server, String tool, long startedMillis, long durationMillis, boolean ok) {}

  /** The first calls in the order in which they began, and how many there were in all. */
  public record Summary(List<Entry> entries, int total) {
    public Summary {
      entries = List.copyOf(entries);
    }
  }

  public ToolCallLog(ToolRelay relay, LongSupplier nanoTime) {
    this.relay = relay;
    this.nanoTime = nanoTime;
    this.start = nanoTime.getAsLong();
  }

  @Override
  public ToolAnswer call(String server, String tool, String argumentsJson)
      throws InterruptedException {
    var began = nanoTime.getAsLong();
    var ok = false;
    try {
      var answer = relay.call(server, tool, argumentsJson);
      ok = answer.ok();
      return answer;
    } finally {
      note(server, tool, began, ok);
    }
  }

  private void note(String server, String tool, long began, boolean ok) {
    var now = nanoTime.getAsLong();
    var entry = new Entry(server, tool, millis(began - start), millis(now - began), ok);
    lock.lock();
    try {
      total++;
      if (entries.size() < MOST_KEPT) {
        entries.add(entry);
      }
    } finally {
      lock.unlock();
    }
  }

  private static long millis(long nanos) {
    return TimeUnit.NANOSECONDS.toMillis(nanos);
  }

  public Summary summary() {
    lock.lock();
    try {
      var ordered = new ArrayList<>(entries);
      ordered.sort(java.util.Comparator.comparingLong(Entry::startedMillis));
      return new Summary(ordered, total);
    } finally {
      lock.unlock();
    }
  }
}
