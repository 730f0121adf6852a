package dev.caisson.client.command;

import java.io.IOError;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jline.reader.Candidate;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.ParsedLine;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jline.utils.NonBlockingReader;

/**
 * A prompt on the terminal of this process: lines can be edited, searched and completed. {@link
 * #read} is for one thread.
 *
 * <p>What is typed while code runs is the code's input, a line at a time, apart from the first
 * moments: what is pasted or typed ahead belongs to the next prompt when the code ends at once.
 */
final class TerminalPrompt implements Prompt {

  /** Gives what may stand in place of the word at the end of a line. */
  @FunctionalInterface
  interface Completions {
    List<String> of(String line, String word) throws InterruptedException;
  }

  /** A field: its level goes with it. */
  private static final Logger EDITOR = Logger.getLogger("org.jline");

  private static final String INDENTATION = "    ";
  private static final Size USUAL = new Size(80, 24);
  private static final long TYPED_AHEAD_MILLIS = 200;

  /** How soon a reader notices that nobody wants input any more. */
  private static final long POLL_MILLIS = 50;

  private final Terminal terminal;
  private final LineReader reader;

  /** Of a line whose end was not typed before the code had ended. */
  private volatile String typedAhead = "";

  private TerminalPrompt(Terminal terminal, LineReader reader) {
    this.terminal = terminal;
    this.reader = reader;
  }

  static TerminalPrompt open(Completions completions, Optional<Path> history) throws IOException {
    EDITOR.setLevel(Level.OFF); // It knows no terminal of that name, say: then it does without.
    Terminal terminal =
        TerminalBuilder.builder()
            .system(true)
            .provider("ffm")
            .encoding(StandardCharsets.UTF_8) // As all that is shown, whatever the locale
            .stdinEncoding(StandardCharsets.UTF_8)
            .stdoutEncoding(StandardCharsets.UTF_8)
            .build();
    if (terminal.getWidth() <= 0 || terminal.getHeight() <= 0) {
      terminal.setSize(USUAL); // It does not know, and nothing fits into that.
    }
    // All the time, and not at the prompt alone: so no key is lost or shown twice between the
    // prompt and the code. Closing the terminal gives it back as it was.
    var unused = terminal.enterRawMode();
    // Who was stopped with Ctrl-Z may find the terminal as another program left it.
    terminal.handle(Terminal.Signal.CONT, _ -> terminal.enterRawMode());
    // At the prompt the reader has its own; otherwise a Ctrl-C would end this process.
    terminal.handle(Terminal.Signal.INT, _ -> {});
    LineReader reader = reader(terminal, completions, history);
    TerminalKeys.bind(reader);
    return new TerminalPrompt(terminal, reader);
  }

  private static LineReader reader(
      Terminal terminal, Completions completions, Optional<Path> history) {
    LineReaderBuilder builder =
        LineReaderBuilder.builder()
            .terminal(terminal)
            .appName("caisson")
            .parser((line, cursor, _) -> PythonWord.at(line, cursor))
            .completer((_, line, candidates) -> complete(completions, line, candidates))
            .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true) // "!" is Python's
            .option(LineReader.Option.HISTORY_IGNORE_SPACE, false) // and so is indentation
            .option(LineReader.Option.HISTORY_REDUCE_BLANKS, false)
            .option(LineReader.Option.HISTORY_TIMESTAMPED, false)
            .option(LineReader.Option.AUTO_FRESH_LINE, false)
            .variable(LineReader.SECONDARY_PROMPT_PATTERN, "... ")
            .variable(LineReader.BLINK_MATCHING_PAREN, 0) // The cursor stays where one types.
            .variable(LineReader.HISTORY_SIZE, ReplHistory.MOST)
            .variable(LineReader.HISTORY_FILE_SIZE, ReplHistory.MOST);
    history.ifPresent(file -> builder.variable(LineReader.HISTORY_FILE, file));
    return builder.build();
  }

  private static void complete(
      Completions completions, ParsedLine line, List<Candidate> candidates) {
    String typed = line.line().substring(0, line.cursor());
    if (typed.isBlank()) {
      candidates.add(part(INDENTATION));
      return;
    }
    try {
      completions.of(typed, line.word()).forEach(name -> candidates.add(part(name)));
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Nothing is put behind it: a name may go on. */
  private static Candidate part(String text) {
    return new Candidate(text, text, null, null, null, null, /* complete= */ false);
  }

  @Override
  public Entry read(String shown) {
    try {
      String begun = typedAhead;
      typedAhead = "";
      return new Entry.Line(reader.readLine(shown, null, (Character) null, begun));
    } catch (UserInterruptException interrupted) {
      return new Entry.Interrupted();
    } catch (EndOfFileException | IOError end) { // Also that of a terminal that is gone.
      return new Entry.End();
    }
  }

  @Override
  public Attention attend(RunningCode code) {
    CountDownLatch over = new CountDownLatch(1);
    Terminal.SignalHandler before = terminal.handle(Terminal.Signal.INT, _ -> code.interrupt());
    Optional<Thread> feed =
        code.stdin().map(input -> Thread.ofVirtual().start(() -> feed(code, input, over)));
    return () -> {
      over.countDown();
      feed.ifPresent(TerminalPrompt::join);
      terminal.handle(Terminal.Signal.INT, before);
    };
  }

  private static void join(Thread feed) {
    try {
      feed.join();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void feed(RunningCode code, OutputStream input, CountDownLatch over) {
    TypedLine line = new TypedLine(code::echo);
    try {
      if (over.await(TYPED_AHEAD_MILLIS, TimeUnit.MILLISECONDS)) {
        return;
      }
      while (over.getCount() > 0) {
        int key = terminal.reader().read(POLL_MILLIS);
        if (key == NonBlockingReader.EOF) {
          return; // The terminal is gone.
        }
        if (key >= 0) {
          send(line.press((char) key), input);
        }
      }
    } catch (IOException ended) {
      // The code has ended, and with it the wish for input.
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    } finally {
      typedAhead = line.unfinished();
    }
  }

  private static void send(TypedLine.Pressed pressed, OutputStream input) throws IOException {
    switch (pressed) {
      case TypedLine.Pressed.Part _ -> {}
      case TypedLine.Pressed.Line(String text) ->
          input.write(text.getBytes(StandardCharsets.UTF_8));
      case TypedLine.Pressed.End _ -> input.close();
    }
  }

  @Override
  public void close() {
    try {
      terminal.close();
    } catch (IOException gone) {
      // There is nobody left to tell.
    }
  }
}
