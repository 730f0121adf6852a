package dev.caisson.client.command;

import dev.caisson.client.RunHandle;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * Copies our standard input to the program's, on a thread of its own. A daemon thread, because
 * nothing interrupts a read of standard input, and the process must end with the run.
 */
final class StdinFeed {

  private StdinFeed() {}

  static void start(InputStream from, RunHandle run) {
    Thread thread = new Thread(() -> copy(from, run.stdin()), "caisson-stdin");
    thread.setDaemon(true);
    thread.start();
  }

  private static void copy(InputStream from, OutputStream to) {
    try (to) {
      from.transferTo(to);
    } catch (IOException over) {
      // The run has ended, and with it the wish for input.
    }
  }
}
