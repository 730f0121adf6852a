package dev.caisson.mcp.tools;

import dev.caisson.mcp.relay.Forms;
import dev.caisson.mcp.relay.OutputFile;
import dev.caisson.mcp.relay.OutputText;
import dev.caisson.mcp.relay.RunListener;
import dev.caisson.mcp.relay.ScreenText;
import dev.caisson.mcp.text.HeadAndTail;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
  private static final int DISPLAYS = 100;

  private final LongSupplier nanoTime;
  private final long start;
  private final @Nullable OutputSink feed;
  private final HeadAndTail both = new HeadAndTail(HEAD, TAIL);
  private final Map<Stream, HeadAndTail> each = new EnumMap<>(Stream.class);
  private final OutputText text = new OutputText();
  private final ScreenText bothOnScreen = new ScreenText();
  private final Map<Stream, ScreenText> eachOnScreen = new EnumMap<>(Stream.class);
  private final ShownImages images = new ShownImages();
  private final ReturnedFiles files;
  private final List<List<String>> shown = new ArrayList<>();
  private volatile @Nullable Accepted accepted;
  private volatile long acceptedAfter = -1;
  private volatile long firstOutputAfter = -1;

  /**
   * @param session the id of the run's session, if it has one
   */
  RunTranscript(LongSupplier nanoTime, @Nullable OutputSink feed, Optional<String> session) {
    this.files = new ReturnedFiles(session, images);
    this.nanoTime = nanoTime;
    this.start = nanoTime.getAsLong();
    this.feed = feed;
    for (var stream : Stream.values()) {
      each.put(stream, new HeadAndTail(HEAD, TAIL));
      eachOnScreen.put(stream, new ScreenText());
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

  @Override
  public void shown(Forms forms) {
    if (shown.size() < DISPLAYS) {
      shown.add(forms.list().stream().map(Forms.Form::mimeType).toList());
    }
    var line = images.add(forms) + "\n";
    both.append(bothOnScreen.add(line));
    feed(line);
  }

  @Override
  public void file(OutputFile file) {
    files.add(file, accepted().map(Accepted::runId).orElse(""));
  }

  @Override
  public void filesLeftOut(long count, String why) {
    files.leftOut(count, why);
  }

  /** To be called once, when the run is over. */
  void end() {
    for (var stream : Stream.values()) {
      append(stream, text.end(stream));
      of(stream).append(screen(stream).end());
    }
    both.append(bothOnScreen.end());
  }

  /** Progress shows each state of a progress bar, the text that is kept its last one. */
  private void append(Stream stream, String text) {
    if (text.isEmpty()) {
      return;
    }
    both.append(bothOnScreen.add(text));
    of(stream).append(screen(stream).add(text));
    feed(text);
  }

  private void feed(String text) {
    if (feed != null) {
      try {
        feed.offer(text);
      } catch (InterruptedException stop) {
        // The run ends by this interrupt; whoever runs it sees the flag.
        Thread.currentThread().interrupt();
      }
    }
  }

  /** The images of the run; its value's may be added to them. */
  ShownImages images() {
    return images;
  }

  /** The files that the run gives back. */
  ReturnedFiles files() {
    return files;
  }

  /** The types of what was shown; of very many the first. */
  List<List<String>> displays() {
    return List.copyOf(shown);
  }

  private ScreenText screen(Stream stream) {
    return Objects.requireNonNull(eachOnScreen.get(stream));
  }

  /** Both streams and what was shown, in the order in which they were written. */
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
