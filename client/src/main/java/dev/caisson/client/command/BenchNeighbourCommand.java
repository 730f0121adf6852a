package dev.caisson.client.command;

import dev.caisson.client.CaissonClient;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** A well-behaved caller, alone and beside a hostile one. */
@Command(
    name = "neighbour",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    description = {
      "Measures print(1+1) in a fresh warm sandbox, alone and beside a hostile run in another sandbox",
      "by turns, one attack after the other. An attack that ends, by a limit or because its sandbox",
      "died, is begun anew. Each run is begun when the pool is full again, or, beside an attack that",
      "does not last so long, just as it begins. On a virtual machine, a run during which the",
      "hypervisor gave processor time to others is left out, counted and made again. The hostile",
      "caller's client gives way to all else, and this one goes first, as if both were elsewhere."
    },
    footer = {
      "",
      "Exit status: 0 when beside every attack p99 stayed within --most times its quiet value and",
      "every run ended as it should; 1 when not."
    })
final class BenchNeighbourCommand implements Callable<Integer> {

  /**
   * How many runs alone are followed by as many beside an attack. The machine is not the same from
   * one minute to the next: both must meet the same of it.
   */
  private static final int ROUND = 10;

  @Mixin private DaemonOption daemon = new DaemonOption();

  @Mixin private BenchWarmUp warmUp = new BenchWarmUp();

  @Mixin private BenchReport report = new BenchReport();

  @Option(
      names = "-n",
      paramLabel = "COUNT",
      description =
          "Runs beside each attack, and as many alone for each (default: ${DEFAULT-VALUE}).")
  private int count = 200;

  @Option(
      names = "--attack",
      split = ",",
      paramLabel = "NAME",
      description = "Only these of ${COMPLETION-CANDIDATES}.")
  private List<Attack> attacks = new ArrayList<>();

  @Option(
      names = "--most",
      paramLabel = "TIMES",
      description = "How many times its quiet value p99 may be (default: ${DEFAULT-VALUE}).")
  private double most = 3;

  @Option(
      names = "--network-policy",
      paramLabel = "NAME",
      description =
          "For the attack 'connections': one that allows a host (default: ${DEFAULT-VALUE}).")
  private String networkPolicy = "web";

  /** For tests, whose machine may be slowed down while the daemon's answers are counted. */
  @Option(names = "--proc-stat", hidden = true)
  private Path stat = Path.of("/proc/stat");

  /** For tests, which leave the priority of their machine's sessions alone. */
  @Option(names = "--autogroup", hidden = true)
  private Path autogroup = Path.of("/proc/self/autogroup");

  private final CommandContext context;

  BenchNeighbourCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public Integer call() throws Exception {
    if (count < 1 || !(most > 0)) {
      throw new UsageException("-n is 1 or more, and --most above 0", "");
    }
    warmUp.requireSense();
    Optional<PreferredSession> preferred = PreferredSession.take(autogroup);
    try (CaissonClient client = daemon.connect(context)) {
      if (preferred.isEmpty()) {
        context.say(
            "this process cannot be preferred (only root may, where the kernel has autogroups):"
                + " what it waits for a processor counts as well");
      }
      return measured(client);
    } finally {
      preferred.ifPresent(PreferredSession::close);
    }
  }

  private int measured(CaissonClient client) throws IOException, InterruptedException {
    List<Attack> chosen = attacks.isEmpty() ? possible(client) : attacks;
    PrintStream out = context.printer();
    warmUp(client);
    StolenTime stolen = new StolenTime(stat, count * chosen.size());
    Samples quiet = new Samples("alone");
    out.println(Samples.header() + String.format(Locale.ROOT, " %9s", "changed"));
    List<BesideAttack> all = new ArrayList<>();
    for (Attack attack : chosen) {
      BesideAttack beside = beside(attack, client, quiet, stolen);
      out.printf(Locale.ROOT, "%s %9d%n", beside.samples().row(), beside.changed());
      all.add(beside);
    }
    out.println(quiet.row());
    all.forEach(beside -> out.println(beside.told(quiet)));
    if (stolen.leftOut() > 0) {
      out.printf(
          "left out: %d runs during which the hypervisor gave processor time of this machine to"
              + " others%n",
          stolen.leftOut());
    }
    report.write(
        "neighbour",
        Stream.concat(Stream.of(quiet), all.stream().map(BesideAttack::samples)).toList());
    return verdict(all.stream().filter(beside -> !beside.holds(quiet, most)).toList());
  }

  /** All, but what needs a network only when the policy for it has one. */
  private List<Attack> possible(CaissonClient client) {
    boolean network =
        client.policies().getPoliciesList().stream()
            .anyMatch(policy -> policy.getName().equals(networkPolicy) && policy.getNetwork());
    if (!network) {
      context.say(
          "left out: the attack 'connections', because policy '%s' allows no host"
              .formatted(networkPolicy));
    }
    return Stream.of(Attack.values()).filter(attack -> network || !attack.needsNetwork()).toList();
  }

  private void warmUp(CaissonClient client) throws InterruptedException {
    WarmPool pool = new WarmPool(client);
    warmUp.compile(pool);
    alone(client, warmUp.runs(), new StolenTime(stat, 0));
  }

  private List<Long> alone(CaissonClient client, int runs, StolenTime stolen)
      throws InterruptedException {
    WarmPool pool = new WarmPool(client);
    List<Long> nanos = new ArrayList<>();
    while (nanos.size() < runs) {
      pool.await();
      long begun = stolen.ticks();
      long took = TimedRun.of(client).required().nanos();
      if (!stolen.leavesOut(begun)) {
        nanos.add(took);
      }
    }
    return nanos;
  }

  private BesideAttack beside(Attack attack, CaissonClient client, Samples quiet, StolenTime stolen)
      throws IOException, InterruptedException {
    Optional<String> policy = attack.needsNetwork() ? Optional.of(networkPolicy) : Optional.empty();
    HostileProcess attacker = new HostileProcess(attack, daemon.address(context), policy);
    try (BesideAttack beside = new BesideAttack(attack, client, attacker, stolen)) {
      for (int left = count; left > 0; left -= ROUND) {
        int runs = Math.min(left, ROUND);
        alone(client, runs, stolen).forEach(quiet::add);
        beside.measure(runs);
      }
      return beside;
    }
  }

  private int verdict(List<BesideAttack> failed) {
    PrintStream out = context.printer();
    if (failed.isEmpty()) {
      out.printf(
          Locale.ROOT,
          "holds: p99 within %.1f times its quiet value, all outcomes the same%n",
          most);
      return ExitStatus.OK;
    }
    out.println(
        "does not hold beside: "
            + failed.stream()
                .map(beside -> beside.attack().name())
                .collect(Collectors.joining(", ")));
    return ExitStatus.MISSED;
  }
}
