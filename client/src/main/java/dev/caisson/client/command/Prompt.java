package dev.caisson.client.command;

/** The person's side of {@code caisson repl}: lines typed at a prompt, and while code runs. */
interface Prompt extends AutoCloseable {

  /** What came of asking for a line. */
  sealed interface Entry {
    /** A line without its end; several when they were pasted at once. */
    record Line(String text) implements Entry {}

    /** Ctrl-C: what was typed is to be forgotten. */
    record Interrupted() implements Entry {}

    /** Ctrl-D, or the terminal is gone. */
    record End() implements Entry {}
  }

  /** Asks for a line, showing that text before it. */
  Entry read(String shown);

  /** What a person does while the code runs reaches it. */
  Attention attend(RunningCode code);

  /** Until it is closed. */
  interface Attention extends AutoCloseable {
    @Override
    void close();
  }

  @Override
  void close();
}
