package dev.caisson.client.command;

import dev.caisson.client.CaissonClient;
import dev.caisson.client.CaissonException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** A warm run beside bare docker. */
@Command(
    name = "run",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    description = {
      "Measures print(1+1) in a fresh warm sandbox, from the request to the last event, beside",
      "the same program through `docker run --rm` and `docker exec`, same image and runtime."
    })
final class BenchRunCommand implements Callable<Integer> {

  /** Lower case, because people type it. */
  enum Baseline {
    none,
    run,
    exec
  }

  @Mixin private DaemonOption daemon = new DaemonOption();

  @Mixin private BenchWarmUp warmUp = new BenchWarmUp();

  @Mixin private BenchReport report = new BenchReport();

  @Mixin private BaselineOptions baselineOptions = new BaselineOptions();

  @Option(names = "-n", paramLabel = "COUNT", description = "Runs (default: ${DEFAULT-VALUE}).")
  private int count = 200;

  @Option(
      names = "--concurrency",
      paramLabel = "COUNT",
      description = "Runs begun at the same moment (default: ${DEFAULT-VALUE}).")
  private int concurrency = 1;

  @Option(
      names = "--baseline",
      split = ",",
      paramLabel = "run,exec|none",
      description = "docker commands to measure beside (default: run,exec).")
  private List<Baseline> baselines = List.of(Baseline.run, Baseline.exec);

  @Option(
      names = "--baseline-count",
      paramLabel = "COUNT",
      description = "Samples of each baseline (default: ${DEFAULT-VALUE}).")
  private int baselineCount = 20;

  private final CommandContext context;

  BenchRunCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public Integer call() throws Exception {
    if (count < 1 || concurrency < 1 || baselineCount < 1) {
      throw new UsageException("counts are 1 or more", "");
    }
    warmUp.requireSense();
    try (CaissonClient client = daemon.connect(context)) {
      List<Samples> baseline = baselines();
      Samples warm = new Samples("caisson run, warm");
      Samples cold = new Samples("caisson run, cold");
      WarmPool pool = new WarmPool(client);
      warmUp.compile(pool);
      measure(client, pool, warm, cold);
      List<Samples> all = new ArrayList<>(List.of(warm));
      if (!cold.isEmpty()) {
        all.add(cold);
      }
      all.addAll(baseline);
      print(all, baseline, warm);
      report.write("run", all);
      return ExitStatus.OK;
    }
  }

  private void measure(CaissonClient client, WarmPool pool, Samples warm, Samples cold)
      throws Exception {
    int done = -warmUp.runs();
    while (done < count) {
      pool.await();
      for (TimedRun run : together(client)) {
        if (done >= 0 && done < count) {
          (run.warm() ? warm : cold).add(run.nanos());
        }
        done++;
      }
    }
  }

  private List<TimedRun> together(CaissonClient client) throws Exception {
    if (concurrency == 1) {
      return List.of(TimedRun.of(client).required());
    }
    List<FutureTask<TimedRun>> tasks = new ArrayList<>();
    for (int i = 0; i < concurrency; i++) {
      tasks.add(new FutureTask<>(() -> TimedRun.of(client).required()));
    }
    tasks.forEach(Thread.ofVirtual().name("caisson-bench")::start);
    List<TimedRun> runs = new ArrayList<>();
    for (FutureTask<TimedRun> task : tasks) {
      runs.add(ended(task));
    }
    return runs;
  }

  private static TimedRun ended(FutureTask<TimedRun> task) throws Exception {
    try {
      return task.get();
    } catch (ExecutionException failure) {
      throw failure.getCause() instanceof CaissonException known ? known : failure;
    }
  }

  private List<Samples> baselines() {
    List<Samples> all = new ArrayList<>();
    if (baselines.equals(List.of(Baseline.none))) {
      return all;
    }
    DockerBaseline docker = baselineOptions.open(context);
    Interruption.Watch watch = context.interruption().watch(docker::close);
    try (watch;
        docker) {
      for (Baseline baseline : baselines) {
        switch (baseline) {
          case none -> throw new UsageException("--baseline none stands alone", "");
          case run -> all.add(runs(docker));
          case exec -> all.add(executions(docker));
        }
      }
    }
    return all;
  }

  private Samples runs(DockerBaseline docker) {
    Samples samples = new Samples("docker run --rm");
    docker.run(); // Once for the caches.
    for (int i = 0; i < baselineCount; i++) {
      samples.add(docker.run());
    }
    return samples;
  }

  private Samples executions(DockerBaseline docker) {
    Samples samples = new Samples("docker exec");
    String container = docker.start();
    docker.execute(container);
    for (int i = 0; i < baselineCount; i++) {
      samples.add(docker.execute(container));
    }
    return samples;
  }

  private void print(List<Samples> all, List<Samples> baseline, Samples warm) {
    PrintStream out = context.printer();
    out.println(Samples.header());
    all.forEach(samples -> out.println(samples.row()));
    if (warm.isEmpty()) {
      out.println("no run was warm: the pool was empty each time");
      return;
    }
    for (Samples other : baseline) {
      out.printf(
          Locale.ROOT,
          "a warm run is %.0f times faster than %s (p50)%n",
          other.millisAt(50) / warm.millisAt(50),
          other.name());
    }
  }
}
