package dev.caisson.client.command;

import dev.caisson.client.Outcome;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * The attacker's client in a process of its own: {@link BenchAttackCommand}, in a JVM like this
 * one. A virtual thread hears what it says; all else is for the thread that measures.
 */
final class HostileProcess implements AutoCloseable {

  private static final Duration LONGEST = Duration.ofSeconds(60);
  private static final Duration TO_EXIT = Duration.ofSeconds(10);

  /**
   * It gives way to all others: an attacker's client runs on another machine, and the time of the
   * processors that it takes here is not what a neighbour would lose. The group of its session too,
   * where the kernel has such groups.
   */
  private static final String BEHIND_ALL_OTHERS =
      "(echo 19 > /proc/self/autogroup) 2> /dev/null; exec nice -n 19 \"$@\"";

  /** What is heard last. */
  private static final String GONE = "gone";

  private final Attack attack;
  private final Process process;
  private final Writer input;
  private final BlockingQueue<String> said = new LinkedBlockingQueue<>();
  private Optional<Outcome> outcome = Optional.empty();

  /**
   * @param policy of its runs; empty for the daemon's default
   */
  HostileProcess(Attack attack, String socket, Optional<String> policy) throws IOException {
    this.attack = attack;
    process =
        new ProcessBuilder(command(attack, socket, policy))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    input = process.outputWriter(StandardCharsets.UTF_8);
    Thread.ofVirtual().name("hostile-process").start(this::listen);
  }

  private static List<String> command(Attack attack, String socket, Optional<String> policy) {
    List<String> command =
        new ArrayList<>(
            List.of(
                // A session of its own, because the kernel may share the processors out by session.
                "setsid",
                "--wait",
                "sh",
                "-c",
                BEHIND_ALL_OTHERS,
                "sh",
                ProcessHandle.current().info().command().orElse("java"),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx256m",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "bench",
                "attack",
                attack.name(),
                "--socket",
                socket));
    policy.ifPresent(name -> command.addAll(List.of("--policy", name)));
    return command;
  }

  /** Begins a run and waits until it is at full strength, or over already. */
  void begin() throws InterruptedException {
    outcome = Optional.empty();
    tell(BenchAttackCommand.BEGIN);
    boolean atWork = false;
    while (!atWork && outcome.isEmpty()) {
      String line = next();
      atWork = line.equals(BenchAttackCommand.AT_WORK);
      hear(line);
    }
  }

  boolean isOver() {
    for (String line = said.poll(); line != null; line = said.poll()) {
      hear(line);
    }
    return outcome.isPresent();
  }

  /** Ends the run, if it has not ended by itself, and says how it ended. */
  Outcome end() throws InterruptedException {
    if (!isOver()) {
      tell(BenchAttackCommand.END);
    }
    while (outcome.isEmpty()) {
      hear(next());
    }
    return outcome.get();
  }

  private String next() throws InterruptedException {
    String line = said.poll(LONGEST.toSeconds(), TimeUnit.SECONDS);
    if (line == null) {
      throw new IllegalStateException(
          "nothing is heard of the attack '%s' for %s".formatted(attack, LONGEST));
    }
    return required(line);
  }

  private void hear(String line) {
    if (required(line).startsWith(BenchAttackCommand.OVER)) {
      outcome = Optional.of(Outcome.valueOf(line.substring(BenchAttackCommand.OVER.length())));
    }
  }

  private String required(String line) {
    if (line.equals(GONE)) {
      throw new IllegalStateException(gone());
    }
    return line;
  }

  private String gone() {
    return "the client of the attack '%s' has ended; it says why above".formatted(attack);
  }

  private void tell(String line) {
    try {
      input.write(line + "\n");
      input.flush();
    } catch (IOException e) {
      throw new IllegalStateException(gone(), e);
    }
  }

  private void listen() {
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      lines.lines().forEach(said::add);
    } catch (IOException | UncheckedIOException e) {
      // It was destroyed while it spoke; that it is gone is all there is to say.
    } finally {
      said.add(GONE);
    }
  }

  /** The end of its input is the end of it. */
  @Override
  public void close() {
    try {
      input.close();
      if (process.waitFor(TO_EXIT.toSeconds(), TimeUnit.SECONDS)) {
        return;
      }
    } catch (IOException e) {
      // It is gone already, or will not listen.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }
}
