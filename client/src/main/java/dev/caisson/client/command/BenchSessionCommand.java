package dev.caisson.client.command;

import dev.caisson.client.CaissonClient;
import dev.caisson.client.RunListener;
import dev.caisson.client.RunOptions;
import dev.caisson.client.RunResult;
import dev.caisson.v1.CreateSessionRequest;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Runs in a session, beside what no run can do without: a question to the daemon, and a bare loop.
 */
@Command(
    name = "session",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    description = {
      "Measures the expression x in a session, from the request to the last event, beside a question",
      "to the daemon's health service, which needs no sandbox, and an interpreter in a container of",
      "the same image and runtime that evaluates each line it reads, through `docker run",
      "--interactive`: one way to the daemon and one into a sandbox, and nothing between them."
    })
final class BenchSessionCommand implements Callable<Integer> {

  private static final RunOptions ASSIGNMENT = RunOptions.code("x = 2");
  private static final RunOptions EXPRESSION = RunOptions.code("x");

  /** What the interpreter's loop is measured beside. */
  enum Baseline {
    loop,
    none
  }

  @Mixin private DaemonOption daemon = new DaemonOption();

  @Mixin private BenchWarmUp warmUp = new BenchWarmUp();

  @Mixin private BenchReport report = new BenchReport();

  @Mixin private BaselineOptions baselineOptions = new BaselineOptions();

  @Option(names = "-n", paramLabel = "COUNT", description = "Runs (default: ${DEFAULT-VALUE}).")
  private int count = 1_000;

  @Option(
      names = "--baseline",
      paramLabel = "loop|none",
      description = "What to measure beside (default: ${DEFAULT-VALUE}).")
  private Baseline baseline = Baseline.loop;

  private final CommandContext context;

  BenchSessionCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public Integer call() throws Exception {
    if (count < 1) {
      throw new UsageException("counts are 1 or more", "");
    }
    warmUp.requireSense();
    List<Samples> all = new ArrayList<>();
    try (CaissonClient client = daemon.connect(context)) {
      all.add(session(client));
      if (baseline == Baseline.loop) {
        all.add(samples("a question", () -> question(client)));
      }
    }
    if (baseline == Baseline.loop) {
      all.add(loop());
    }
    PrintStream out = context.printer();
    out.println(Samples.header());
    all.forEach(samples -> out.println(samples.row()));
    if (all.size() > 1) {
      out.printf(
          Locale.ROOT,
          "a run in a session takes %.2f times a question and a bare loop together (p50)%n",
          all.getFirst().millisAt(50)
              / all.stream().skip(1).mapToDouble(samples -> samples.millisAt(50)).sum());
    }
    report.write("session", all);
    return ExitStatus.OK;
  }

  private Samples session(CaissonClient client) throws InterruptedException {
    WarmPool pool = new WarmPool(client);
    warmUp.compile(pool);
    String session =
        client
            .sessions()
            .create(CreateSessionRequest.newBuilder().setName("bench").build())
            .getSessionId();
    try {
      requireSuccess(client.run(ASSIGNMENT.session(session), RunListener.silent()));
      // The session's own sandbox is leased.
      pool.awaitBeside(1, () -> false);
      return samples("x in a session", () -> expression(client, session));
    } finally {
      client.sessions().delete(session);
    }
  }

  private static long expression(CaissonClient client, String session) throws InterruptedException {
    long begun = System.nanoTime();
    RunResult result = client.run(EXPRESSION.session(session), RunListener.silent());
    long nanos = System.nanoTime() - begun;
    requireSuccess(result);
    if (!result.value().flatMap(RunResult.Value::json).equals(Optional.of("2"))) {
      throw new IllegalStateException("the session gave another x: " + result.value());
    }
    return nanos;
  }

  private static void requireSuccess(RunResult result) {
    if (!result.succeeded()) {
      throw new IllegalStateException(
          "a run ended %s: %s".formatted(result.outcome(), result.message()));
    }
  }

  private static long question(CaissonClient client) {
    long begun = System.nanoTime();
    boolean serves = client.isServing();
    long nanos = System.nanoTime() - begun;
    if (!serves) {
      throw new IllegalStateException("the daemon stopped serving");
    }
    return nanos;
  }

  private Samples loop() throws InterruptedException {
    DockerBaseline docker = baselineOptions.open(context);
    Interruption.Watch watch = context.interruption().watch(docker::close);
    try (watch;
        docker;
        BareLoop loop = new BareLoop(docker.fresh("--interactive", BareLoop.PROGRAM))) {
      return samples("bare loop", loop::evaluate);
    }
  }

  /** Takes all samples of one kind, and before them those that warm up and do not count. */
  private Samples samples(String what, Timed once) throws InterruptedException {
    Samples samples = new Samples(what);
    for (int i = -warmUp.runs(); i < count; i++) {
      long nanos = once.nanos();
      if (i >= 0) {
        samples.add(nanos);
      }
    }
    return samples;
  }

  /** Does what is measured and gives what it took. */
  @FunctionalInterface
  private interface Timed {
    long nanos() throws InterruptedException;
  }
}
