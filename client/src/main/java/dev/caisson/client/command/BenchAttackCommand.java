package dev.caisson.client.command;

import dev.caisson.client.CaissonClient;
import dev.caisson.client.RunOptions;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * The attacker's client, a process of its own beside the one that measures, as another tenant's is:
 * in one process the two would wait for each other's threads and garbage. {@link HostileProcess} is
 * the other end of its standard input and output.
 *
 * <p>It is told {@value #BEGIN} and {@value #END}, a line each, and says {@value #AT_WORK} when a
 * run is at full strength, unless it is over already, and {@value #OVER} with the outcome when it
 * is over. It ends with its input, and so with the one who started it.
 */
@Command(name = "attack", hidden = true, description = "For `bench neighbour`, which starts it.")
final class BenchAttackCommand implements Callable<Integer> {

  static final String BEGIN = "begin";
  static final String END = "end";
  static final String AT_WORK = "at work";
  static final String OVER = "over ";

  @Mixin private DaemonOption daemon = new DaemonOption();

  @Parameters(paramLabel = "NAME")
  private Attack attack = Attack.cpu;

  @Option(names = "--policy", paramLabel = "NAME")
  private Optional<String> policy = Optional.empty();

  private final CommandContext context;

  BenchAttackCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    RunOptions program = policy.map(attack.program()::policy).orElseGet(attack::program);
    BufferedReader told =
        new BufferedReader(new InputStreamReader(context.in(), StandardCharsets.UTF_8));
    try (CaissonClient client = daemon.connect(context)) {
      Optional<HostileRun> hostile = Optional.empty();
      for (String line = told.readLine(); line != null; line = told.readLine()) {
        if (line.equals(BEGIN)) {
          HostileRun begun = new HostileRun(client, attack, program);
          hostile = Optional.of(begun);
          if (begun.isOver()) {
            tellTheEndOf(begun);
          } else {
            say(AT_WORK);
            Thread.ofVirtual().start(() -> tellTheEndOf(begun));
          }
        } else {
          hostile.ifPresent(HostileRun::end);
        }
      }
      // Before the client is closed: a run that nobody reads would hold that up.
      hostile.ifPresent(HostileRun::close);
    }
    return ExitStatus.OK;
  }

  private void tellTheEndOf(HostileRun run) {
    try {
      say(OVER + run.outcome().name());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized void say(String line) {
    context.printer().println(line);
  }
}
