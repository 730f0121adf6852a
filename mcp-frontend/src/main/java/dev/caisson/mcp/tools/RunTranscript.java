package dev.caisson.mcp.tools;

import dev.caisson.mcp.relay.OutputText;
import dev.caisson.mcp.relay.RunListener;
import dev.caisson.mcp.text.HeadAndTail;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What a run said, kept within limits, and when. Written by the run's thread; read when the run is
 * over.
 */
final class RunTranscript implements RunListener {

  private static final int HEAD = 24 * 1024;
  private static final int TAIL = 8 * 1024;

  private final LongSupplier nanoTime;
  private final long start;
  private final @Nullable ProgressFeed feed;
  private final HeadAndTail both = new HeadAndTail(HEAD, TAIL);
  private final Map<Stream, HeadAndTail> each = new EnumMap<>(Stream.class);
  private final OutputText text = new OutputText();
  private volatile @Nullable Accepted accepted;
  private volatile long acceptedAfter = -1;
  private volatile long firstOutputAfter = -1;

  RunTranscript(LongSupplier nanoTime, @Nullable ProgressFeed feed) {
    this.nanoTime = nanoTime;
    this.start = nanoTime.getAsLong();
    this.feed = feed;
    for (var stream : Stream.values()) {
      each.put(stream, new HeadAndTail(HEAD, TAIL));
    }
  }

  @Override
  public void accepted(Accepted event) {
    accepted = event;
    acceptedAfter = elapsed();
  }

  @Override
  public void output(Stream stream, byte[] bytes) {
    if (firstOutputAfter < 0) {
      firstOutputAfter = elapsed();
    }
    append(stream, text.add(stream, bytes));
  }

  /** To be called once, when the run is over. */
  void end() {
    for (var stream : Stream.values()) {
      append(stream, text.end(stream));
    }
  }

  private void append(Stream stream, String text) {
    if (text.isEmpty()) {
      return;
    }
    both.append(text);
    of(stream).append(text);
    if (feed != null) {
      try {
        feed.offer(text);
      } catch (InterruptedException stop) {
        // The run ends by this interrupt; whoever runs it sees the flag.
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Both streams, in the order in which they were written. */
  HeadAndTail both() {
    return both;
  }

  HeadAndTail of(Stream stream) {
    var text = each.get(stream);
    if (text == null) {
      throw new IllegalStateException("no text for " + stream);
    }
    return text;
  }

  Optional<Accepted> accepted() {
    return Optional.ofNullable(accepted);
  }

  /** Milliseconds from the beginning; negative when it did not happen. */
  long acceptedMillis() {
    return acceptedAfter;
  }

  /** Milliseconds from the beginning; negative when it did not happen. */
  long firstOutputMillis() {
    return firstOutputAfter;
  }

  long elapsed() {
    return TimeUnit.NANOSECONDS.toMillis(nanoTime.getAsLong() - start);
  }
}
