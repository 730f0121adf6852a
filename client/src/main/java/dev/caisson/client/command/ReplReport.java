package dev.caisson.client.command;

import dev.caisson.client.Acceptance;
import dev.caisson.client.CaissonException;
import dev.caisson.client.MimeBundle;
import dev.caisson.client.OutputStreamName;
import dev.caisson.client.RunResult;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What a statement does, on a person's terminal: as a run's text, with its value and images. */
final class ReplReport implements RunReport {

  private final GuardedTerminal terminal;
  private final CommandContext guarded;
  private final TextReport text;
  private final InlineImages images;
  private final PlotFolder plots;
  private final boolean keepsAll;
  private volatile boolean accepted;

  /**
   * The context is that of the process. With a folder every image is kept there, else those that
   * could not be seen otherwise are kept in one of this prompt's own.
   */
  ReplReport(CommandContext context, Optional<Path> plots) {
    terminal = new GuardedTerminal(context.out(), context.err());
    guarded = context.writingTo(terminal.out(), terminal.err());
    text = new TextReport(guarded);
    images = InlineImages.of(context.environment());
    this.plots = new PlotFolder(plots, guarded);
    keepsAll = plots.isPresent();
  }

  /** Its streams are those of the terminal, guarded. */
  CommandContext context() {
    return guarded;
  }

  /** A statement is about to be sent. */
  void begin() {
    accepted = false;
  }

  /** Whether the statement has got its turn. */
  boolean isAccepted() {
    return accepted;
  }

  void lost(String why) {
    guarded.say("the names of this session are lost: " + why);
  }

  @Override
  public void onAccepted(Acceptance acceptance) {
    accepted = true;
    text.onAccepted(acceptance);
  }

  @Override
  public void onOutput(OutputStreamName stream, byte[] bytes) {
    text.onOutput(stream, bytes);
  }

  @Override
  public void onDisplay(MimeBundle shown) {
    String plain = shown.find("text/plain").map(MimeBundle.Part::text).orElse("");
    if (BundleText.isWhole(shown)) {
      text.onDisplay(shown);
    } else if (pictures(shown).isEmpty()) {
      guarded.printer().println(BundleText.of(shown));
    } else {
      show(plain, shown);
    }
  }

  @Override
  public void ended(RunResult result) {
    asIo(terminal::settle);
    result.value().ifPresent(value -> show(value.repr(), value.bundle()));
    text.ended(result);
    asIo(terminal::settle);
    asIo(terminal::freshLine);
  }

  @Override
  public void failed(CaissonException failure) {
    asIo(terminal::settle);
    asIo(terminal::freshLine);
    text.failed(failure);
  }

  /** The text, and after it the images: drawn where that can be, else in a word. */
  private void show(String plain, MimeBundle bundle) {
    asIo(terminal::freshLine);
    List<String> words = new ArrayList<>(plain.isEmpty() ? List.of() : List.of(plain));
    StringBuilder drawings = new StringBuilder();
    for (MimeBundle.Part picture : pictures(bundle)) {
      Optional<String> drawing = images.drawing(picture.data());
      drawing.ifPresent(drawings::append);
      if (drawing.isEmpty() || keepsAll) {
        words.add(word(picture, plots.keep(picture)));
      }
    }
    if (!words.isEmpty()) {
      guarded.printer().println(String.join(" ", words));
    }
    if (!drawings.isEmpty()) {
      asIo(() -> terminal.draw(drawings.toString()));
    }
  }

  private static String word(MimeBundle.Part picture, Optional<Path> kept) {
    String pixels =
        PngSize.of(picture.data())
            .map(size -> ", %d x %d".formatted(size.width(), size.height()))
            .orElse("");
    return "[%s%s, %s%s]"
        .formatted(
            picture.mimeType(),
            pixels,
            BundleText.size(picture.data().length),
            kept.map(path -> ", kept as " + path).orElse(""));
  }

  private static List<MimeBundle.Part> pictures(MimeBundle bundle) {
    return bundle.parts().stream().filter(part -> part.mimeType().startsWith("image/")).toList();
  }

  @FunctionalInterface
  private interface Writing {
    void write() throws IOException;
  }

  private static void asIo(Writing writing) {
    try {
      writing.write();
    } catch (IOException closed) {
      throw new UncheckedIOException(closed); // The terminal is gone.
    }
  }
}
