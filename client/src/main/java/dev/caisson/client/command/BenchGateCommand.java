package dev.caisson.client.command;

import dev.caisson.client.CaissonClient;
import dev.caisson.v1.ExplainDecisionRequest;
import dev.caisson.v1.ExplainDecisionResponse.Verdict;
import dev.caisson.v1.GetPolicyResponse;
import dev.caisson.v1.PolicyValue;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the network gate costs those who have one, and how soon it says no. */
@Command(
    name = "gate",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    description = {
      "Measures what the network gate costs: print(1+1) in a fresh warm sandbox under a policy with",
      "network beside those without, in turn; and how long each kind of denial takes, by the clock",
      "of the code that is denied. The policy has to allow a host, which nobody connects to:",
      "",
      "  extends: web",
      "  network:",
      "    allow: [{host: allowed.test}]"
    },
    footer = {
      "",
      "Exit status: 0 when p50 is within 10 %% of that without network and every attempt was denied",
      "within 100 ms; 1 when not."
    })
final class BenchGateCommand implements Callable<Integer> {

  private static final double MOST_COST = 1.10;
  private static final double MOST_MILLIS = 100;

  /** One of these is allowed by nobody in their right mind; which, is asked. */
  private static final List<Integer> ODD_PORTS = List.of(9, 1, 19, 2375);

  @Mixin private DaemonOption daemon = new DaemonOption();

  @Mixin private BenchWarmUp warmUp = new BenchWarmUp();

  @Mixin private BenchReport report = new BenchReport();

  @Option(
      names = "--policy",
      paramLabel = "NAME",
      description = "The policy with network (default: ${DEFAULT-VALUE}).")
  private String policy = "web";

  @Option(
      names = "-n",
      paramLabel = "COUNT",
      description = "Runs under each policy (default: ${DEFAULT-VALUE}).")
  private int count = 200;

  @Option(
      names = "--denials",
      paramLabel = "COUNT",
      description = "Attempts of each kind (default: ${DEFAULT-VALUE}).")
  private int denials = 50;

  private final CommandContext context;

  BenchGateCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public Integer call() throws Exception {
    if (count < 1 || denials < 1) {
      throw new UsageException("-n and --denials are 1 or more", "");
    }
    warmUp.requireSense();
    try (CaissonClient client = daemon.connect(context)) {
      String host = allowedHost(client.policy(policy));
      int port = deniedPort(client, host);
      WarmPool pool = new WarmPool(client);
      warmUp.compile(pool);
      List<Samples> runs = runs(client, pool);
      boolean cheap = printCost(runs);
      List<Denials> all = new ArrayList<>();
      for (String kind : Denials.KINDS) {
        pool.await();
        all.add(Denials.measure(client, policy, kind, host, port, denials));
      }
      boolean prompt = printDenials(all);
      report.write(
          "gate", Stream.concat(runs.stream(), all.stream().map(Denials::samples)).toList());
      return cheap && prompt ? ExitStatus.OK : ExitStatus.MISSED;
    }
  }

  /** In turn, so that whatever changes on this machine meanwhile changes for all. */
  private List<Samples> runs(CaissonClient client, WarmPool pool) throws InterruptedException {
    List<String> policies = List.of("offline", "default", policy);
    List<Samples> all = policies.stream().map(name -> new Samples("policy " + name)).toList();
    for (int i = -warmUp.runs(); i < count; i++) {
      for (int which = 0; which < policies.size(); which++) {
        pool.await();
        TimedRun run = TimedRun.of(client, TimedRun.PROGRAM.policy(policies.get(which))).required();
        if (i >= 0) {
          all.get(which).add(run.nanos());
        }
      }
    }
    return all;
  }

  private boolean printCost(List<Samples> runs) {
    PrintStream out = context.printer();
    out.println(Samples.header());
    runs.forEach(samples -> out.println(samples.row()));
    boolean cheap = true;
    Samples gated = runs.getLast();
    for (Samples plain : runs.subList(0, runs.size() - 1)) {
      double times = gated.millisAt(50) / plain.millisAt(50);
      out.printf(
          Locale.ROOT,
          "p50 under %s is %.3f times that under %s%n",
          gated.name(),
          times,
          plain.name());
      cheap &= times < MOST_COST;
    }
    out.printf("%s: at most 10 %% more%n%n", cheap ? "holds" : "does not hold");
    return cheap;
  }

  private boolean printDenials(List<Denials> all) {
    PrintStream out = context.printer();
    out.println(Samples.header() + String.format(Locale.ROOT, " %10s", "most ms"));
    boolean prompt = true;
    for (Denials kind : all) {
      boolean holds = kind.within(MOST_MILLIS);
      out.printf(
          Locale.ROOT,
          "%s %10.3f  %s%n",
          kind.samples().row(),
          kind.samples().mostMillis(),
          holds ? kind.answer() : "NOT DENIED IN TIME: " + kind.answer());
      prompt &= holds;
    }
    out.printf("%s: every denial within 100 ms%n", prompt ? "holds" : "does not hold");
    return prompt;
  }

  /** A host that the policy's first usable rule allows. */
  private String allowedHost(GetPolicyResponse answer) {
    JsonNode rules =
        answer.getValuesList().stream()
            .filter(value -> value.getKey().equals("network.allow"))
            .findFirst()
            .map(PolicyValue::getValue)
            .filter(value -> !value.isEmpty())
            .map(JsonMapper.shared()::readTree)
            .orElseGet(JsonMapper.shared()::createArrayNode);
    return StreamSupport.stream(rules.spliterator(), false)
        .map(rule -> rule.path("host").asString(""))
        .filter(host -> !host.isEmpty() && !host.startsWith("$"))
        .map(host -> host.startsWith("*.") ? "bench" + host.substring(1) : host)
        .findFirst()
        .orElseThrow(() ->
            new UsageException(
                "policy '%s' allows no host, so its code has no gate".formatted(policy),
                "see `caisson bench gate --help` for one to put into the folder of policies"));
  }

  private int deniedPort(CaissonClient client, String host) {
    return ODD_PORTS.stream()
        .filter(port ->
            client
                .explain(
                    ExplainDecisionRequest.newBuilder()
                        .setPolicy(policy)
                        .setConnect(
                            ExplainDecisionRequest.Connect.newBuilder().setHost(host).setPort(port))
                        .build())
                .getVerdict()
                .equals(Verdict.DENIED))
        .findFirst()
        .orElseThrow(() ->
            new UsageException(
                "policy '%s' allows all of the ports %s of '%s'".formatted(policy, ODD_PORTS, host),
                "name another with --policy"));
  }
}
