package dev.caisson.client.command;

import com.google.protobuf.ByteString;
import dev.caisson.client.CaissonClient;
import dev.caisson.client.RunListener;
import dev.caisson.client.RunOptions;
import dev.caisson.client.RunResult;
import dev.caisson.client.ToolAnswer;
import dev.caisson.v1.Tool;
import dev.caisson.v1.ToolCatalogue;
import dev.caisson.v1.ToolServer;
import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/** Tool calls, as the code in the sandbox sees them. */
@Command(
    name = "calls",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    description = {
      "Measures tool calls out of a sandbox and back, by the clock of the code that makes them:",
      "one after the other, and many at once. The tool gives back what it gets."
    })
final class BenchCallsCommand implements Callable<Integer> {

  private static final double NANOS_PER_SECOND = 1e9;

  /** A server "bench" with the tool "echo". */
  static final ToolCatalogue ECHO =
      ToolCatalogue.newBuilder()
          .addServers(
              ToolServer.newBuilder()
                  .setName("bench")
                  .addTools(
                      Tool.newBuilder()
                          .setName("echo")
                          .setDescription("Gives back what it gets.")
                          .setInputSchemaJson(
                              ByteString.copyFromUtf8(
                                  """
                                  {"type": "object", "required": ["value"],
                                   "properties": {"value": {"type": "integer"}}}
                                  """))))
          .build();

  /** The last expression is the result: what each call took, and all of them together. */
  private static final String SEQUENTIAL =
      """
      import sys, time
      samples = []
      for i in range(20):
          tools.bench.echo(value=i)
      begun = time.perf_counter_ns()
      for i in range(int(sys.argv[1])):
          before = time.perf_counter_ns()
          answer = tools.bench.echo(value=i)
          samples.append(time.perf_counter_ns() - before)
          assert answer["value"] == i, (answer, i)
      {"samples_ns": samples, "wall_ns": time.perf_counter_ns() - begun}
      """;

  private static final String PARALLEL =
      """
      import asyncio, sys, time
      samples = []
      left = iter(range(int(sys.argv[1])))
      async def caller():
          for i in left:
              before = time.perf_counter_ns()
              answer = await tools.bench.echo(value=i)
              samples.append(time.perf_counter_ns() - before)
              assert answer["value"] == i, (answer, i)
      async def callers(count):
          await asyncio.gather(*[caller() for _ in range(count)])
      begun = time.perf_counter_ns()
      await callers(int(sys.argv[2]))
      {"samples_ns": samples, "wall_ns": time.perf_counter_ns() - begun}
      """;

  @Mixin private DaemonOption daemon = new DaemonOption();

  @Mixin private BenchReport report = new BenchReport();

  @Option(names = "-n", paramLabel = "COUNT", description = "Calls (default: ${DEFAULT-VALUE}).")
  private int count = 1_000;

  @Option(
      names = "--parallel",
      paramLabel = "COUNT",
      description = "Calls in flight at once (default: ${DEFAULT-VALUE}).")
  private int parallel = 64;

  private final CommandContext context;

  BenchCallsCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public Integer call() throws InterruptedException, IOException {
    if (count < 1 || parallel < 1) {
      throw new UsageException("counts are 1 or more", "");
    }
    PrintStream out = context.printer();
    Samples sequential = new Samples("one after the other");
    Samples together = new Samples(parallel + " at once");
    try (CaissonClient client = daemon.connect(context)) {
      WarmPool pool = new WarmPool(client);
      pool.await();
      double sequentialRate = measure(client, SEQUENTIAL, sequential);
      pool.await();
      double parallelRate = measure(client, PARALLEL, together);
      out.println(Samples.header() + String.format(Locale.ROOT, " %10s", "calls/s"));
      out.printf(Locale.ROOT, "%s %10.0f%n", sequential.row(), sequentialRate);
      out.printf(Locale.ROOT, "%s %10.0f%n", together.row(), parallelRate);
    }
    report.write("calls", List.of(sequential, together));
    return ExitStatus.OK;
  }

  /** Gives calls per second. */
  private double measure(CaissonClient client, String program, Samples samples)
      throws InterruptedException {
    RunOptions options =
        RunOptions.code(program)
            .tools(ECHO)
            .arguments(List.of(Integer.toString(count), Integer.toString(parallel)));
    RunResult result =
        client.run(options, RunListener.answering(call -> ToolAnswer.json(call.argumentsJson())));
    JsonNode times = samples.addMeasured(result);
    return count * NANOS_PER_SECOND / times.path("wall_ns").asLong();
  }
}
