package dev.caisson.client.command;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A person's terminal while code nobody trusts prints to it: what goes through its streams becomes
 * {@link HarmlessText}.
 *
 * <p>Any thread may write. The lock is held while the terminal takes what is written: that is what
 * keeps two writers apart.
 */
final class GuardedTerminal {

  private static final String PLAIN = "\u001b[0m";

  private final ReentrantLock lock = new ReentrantLock();

  private final Guarded out;
  private final Guarded err;

  @GuardedBy("lock")
  private boolean lineBegun;

  @GuardedBy("lock")
  private boolean coloured;

  GuardedTerminal(OutputStream out, OutputStream err) {
    this.out = new Guarded(out);
    this.err = new Guarded(err);
  }

  OutputStream out() {
    return out;
  }

  OutputStream err() {
    return err;
  }

  /** The code has ended: what it left unfinished is shown, and its colours are over. */
  void settle() throws IOException {
    lock.lock();
    try {
      write(out.terminal, out.text.finish());
      write(err.terminal, err.text.finish());
      if (coloured) {
        coloured = false;
        raw(out.terminal, PLAIN);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Ends a line that was begun, so that what follows stands alone. */
  void freshLine() throws IOException {
    lock.lock();
    try {
      if (lineBegun) {
        write(out.terminal, "\n");
      }
    } finally {
      lock.unlock();
    }
  }

  /** Writes what is ours, as it is. It ends with a line's end. */
  void draw(String sequences) throws IOException {
    lock.lock();
    try {
      raw(out.terminal, sequences);
      lineBegun = false;
    } finally {
      lock.unlock();
    }
  }

  private void write(Guarded stream, byte[] bytes) throws IOException {
    lock.lock();
    try {
      write(stream.terminal, stream.text.add(bytes));
    } finally {
      lock.unlock();
    }
  }

  @GuardedBy("lock")
  private void write(OutputStream terminal, String text) throws IOException {
    if (!text.isEmpty()) {
      lineBegun = !text.endsWith("\n");
      coloured |= text.contains("\u001b");
      raw(terminal, text);
    }
  }

  private static void raw(OutputStream terminal, String text) throws IOException {
    terminal.write(text.getBytes(StandardCharsets.UTF_8));
    terminal.flush();
  }

  private final class Guarded extends OutputStream {
    private final OutputStream terminal;
    private final HarmlessText text = new HarmlessText();

    Guarded(OutputStream terminal) {
      this.terminal = terminal;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      GuardedTerminal.this.write(this, Arrays.copyOfRange(bytes, offset, offset + length));
    }
  }
}
