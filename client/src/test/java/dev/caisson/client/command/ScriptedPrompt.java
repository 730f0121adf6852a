package dev.caisson.client.command;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A person who types what a test says; after that, Ctrl-D. */
final class ScriptedPrompt implements Prompt {

  /** What was shown before each line. */
  final List<String> shown = new ArrayList<>();

  private final BlockingQueue<Runnable> before = new LinkedBlockingQueue<>();
  private final BlockingQueue<Entry> entries = new LinkedBlockingQueue<>();
  private Consumer<RunningCode> whileStatementsRun = code -> {};
  private TerminalPrompt.@Nullable Completions completions;
  Optional<Path> history = Optional.empty();

  ScriptedPrompt types(String... lines) {
    for (String line : lines) {
      entries.add(new Entry.Line(line));
      before.add(() -> {});
    }
    return this;
  }

  ScriptedPrompt pressesCtrlC() {
    entries.add(new Entry.Interrupted());
    before.add(() -> {});
    return this;
  }

  /** At the prompt that comes then. */
  ScriptedPrompt does(Runnable deed, String line) {
    entries.add(new Entry.Line(line));
    before.add(deed);
    return this;
  }

  ScriptedPrompt whileStatementsRun(Consumer<RunningCode> deed) {
    whileStatementsRun = deed;
    return this;
  }

  /** What Tab offers. */
  List<String> completions(String line, String word) {
    try {
      return java.util.Objects.requireNonNull(completions).of(line, word);
    } catch (InterruptedException interrupted) {
      throw new AssertionError(interrupted);
    }
  }

  Prompt open(TerminalPrompt.Completions offered, Optional<Path> file) {
    completions = offered;
    history = file;
    return this;
  }

  @Override
  public Entry read(String text) {
    shown.add(text);
    Entry entry = entries.poll();
    if (entry == null) {
      return new Entry.End();
    }
    before.remove().run();
    return entry;
  }

  @Override
  public Attention attend(RunningCode code) {
    if (code.stdin().isPresent()) {
      whileStatementsRun.accept(code);
    }
    return () -> {};
  }

  @Override
  public void close() {}
}
