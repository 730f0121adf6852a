package dev.caisson.client.command;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Ctrl-C, SIGTERM or a closed terminal while a command is at work. */
@FunctionalInterface
interface Interruption {

  /** Work that is told of an interruption while it goes on. */
  interface Watch extends AutoCloseable {
    /** The work is done: what is left of the process may end. */
    @Override
    void close();
  }

  /** Has {@code stop} run on a thread of its own when the interruption comes. */
  Watch watch(Runnable stop);

  /** The longest that the end of the process waits for the work to stop. */
  int GRACE_SECONDS = 8;

  /**
   * The JVM's own way: it answers the signals with its shutdown hooks, and exits with 128 + signal
   * once they have ended. So the hook stops the work and waits until it is done.
   */
  Interruption OF_PROCESS =
      stop -> {
        CountDownLatch done = new CountDownLatch(1);
        Thread hook =
            new Thread(
                () -> {
                  if (done.getCount() > 0) {
                    stop.run();
                    await(done);
                  }
                },
                "caisson-interrupted");
        Runtime.getRuntime().addShutdownHook(hook);
        return done::countDown;
      };

  private static void await(CountDownLatch done) {
    try {
      if (!done.await(GRACE_SECONDS, TimeUnit.SECONDS)) {
        return; // The daemon ends what is left: this process's connection goes with it.
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
