package dev.caisson.client.command;

import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How long an MCP client waits for the frontend that it starts, and what that takes of memory. */
@Command(
    name = "start",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    description = {
      "Measures the start of the MCP frontend: from the spawn of `caisson mcp` to its answer to",
      "initialize, and the memory that it has resident then. Shared pages count in full.",
    },
    footer = {"", "Exit status: 0 when p95 is within 400 ms; 1 when not."})
final class BenchStartCommand implements Callable<Integer> {

  private static final double MOST_MILLIS = 400;
  private static final double KIB_PER_MIB = 1024;

  @Mixin private BenchReport report = new BenchReport();

  @Option(
      names = "-n",
      paramLabel = "COUNT",
      description = "Starts (default: ${DEFAULT-VALUE}), after one for the caches.")
  private int count = 20;

  private final CommandContext context;

  BenchStartCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (count < 1) {
      throw new UsageException("-n is 1 or more", "");
    }
    List<String> command =
        List.of(context.environment().getOrDefault("CAISSON_LAUNCHER", "caisson"), "mcp");
    Samples starts = new Samples("caisson mcp, initialize");
    List<Long> resident = new ArrayList<>();
    FrontendStart.measure(command);
    for (int i = 0; i < count; i++) {
      FrontendStart start = FrontendStart.measure(command);
      starts.add(start.nanos());
      resident.add(start.residentKib());
    }
    boolean soon = starts.millisAt(95) <= MOST_MILLIS;
    print(starts, resident, soon);
    report.write("start", List.of(starts));
    return soon ? ExitStatus.OK : ExitStatus.MISSED;
  }

  private void print(Samples starts, List<Long> resident, boolean soon) {
    Collections.sort(resident);
    PrintStream out = context.printer();
    out.println(Samples.header());
    out.println(starts.row());
    out.printf(
        Locale.ROOT,
        "memory resident after initialize: %.0f MiB, at most %.0f MiB%n",
        resident.get(resident.size() / 2) / KIB_PER_MIB,
        resident.getLast() / KIB_PER_MIB);
    out.printf("%s: p95 within 400 ms%n", soon ? "holds" : "does not hold");
  }
}
