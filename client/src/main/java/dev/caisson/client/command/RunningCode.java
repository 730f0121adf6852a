package dev.caisson.client.command;

import dev.caisson.client.CaissonClient;
import dev.caisson.client.CaissonException;
import dev.caisson.client.RunHandle;
import java.io.OutputStream;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/**
 * Code of a prompt's session, as a person can reach it. Every method may be called by any thread.
 *
 * <p>Ctrl-C raises KeyboardInterrupt and keeps the names. Code may well catch that, or be deep in a
 * library that does not look: the third one ends it for good, and with it the names.
 */
final class RunningCode {

  private static final int FOR_GOOD = 3;

  private final RunHandle run;
  private final boolean readsInput;
  private final BooleanSupplier accepted;
  private final Runnable kill;
  private final CommandContext context;
  private final AtomicInteger interrupts = new AtomicInteger();

  private RunningCode(
      RunHandle run,
      boolean readsInput,
      BooleanSupplier accepted,
      Runnable kill,
      CommandContext context) {
    this.run = run;
    this.readsInput = readsInput;
    this.accepted = accepted;
    this.kill = kill;
    this.context = context;
  }

  /** A statement, which may ask for input. */
  static RunningCode statement(
      RunHandle run, BooleanSupplier accepted, Runnable kill, CommandContext context) {
    return new RunningCode(run, /* readsInput= */ true, accepted, kill, context);
  }

  /** A question of ours about the session. */
  static RunningCode question(
      RunHandle run, BooleanSupplier accepted, Runnable kill, CommandContext context) {
    return new RunningCode(run, /* readsInput= */ false, accepted, kill, context);
  }

  /** How a session's code is ended that takes no notice of interrupts. */
  static Runnable killing(CaissonClient client, String session, CommandContext context) {
    return () -> {
      try {
        var unused = client.sessions().interrupt(session);
      } catch (CaissonException failure) {
        context.say(failure.getMessage(), failure.advice());
      }
    };
  }

  /** Where its input goes, when it reads some. */
  Optional<OutputStream> stdin() {
    return readsInput ? Optional.of(run.stdin()) : Optional.empty();
  }

  /** Shows what is typed, among what the code shows. */
  void echo(String typed) {
    context.printer().print(typed);
  }

  /** Ctrl-C. Returns at once: it may be called by the thread that handles signals. */
  void interrupt() {
    int count = interrupts.incrementAndGet();
    if (count == 1) {
      run.interrupt();
      if (!accepted.getAsBoolean()) {
        context.say("it waits for its turn in the session; Ctrl-C once more gives it up");
      }
    } else if (!accepted.getAsBoolean()) {
      run.cancel("given up while it waited for its turn"); // Nothing of it ran, nothing is lost.
    } else if (count < FOR_GOOD) {
      run.interrupt();
      context.say("the code goes on; Ctrl-C once more ends it, and the names of the session");
    } else {
      Thread.ofVirtual().name("caisson-kill").start(kill);
    }
  }
}
