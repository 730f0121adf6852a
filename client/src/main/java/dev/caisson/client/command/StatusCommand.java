package dev.caisson.client.command;

import dev.caisson.client.CaissonClient;
import dev.caisson.client.CaissonException;
import dev.caisson.v1.GetPoolResponse;
import dev.caisson.v1.Pool;
import java.io.PrintStream;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Says which daemon runs and how full its pools are. */
@Command(
    name = "status",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    description = "Says which daemon runs and how full its pools are.",
    footer = {"", "Exit status: 0 when it serves, 3 when it does not or there is none."})
final class StatusCommand implements Callable<Integer> {

  @Mixin private DaemonOption daemon = new DaemonOption();

  @Option(names = "--output", paramLabel = "text|json", description = "How it is said.")
  private OutputFormat output = OutputFormat.text;

  private final CommandContext context;

  StatusCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    try (CaissonClient client = daemon.connect(context)) {
      GetPoolResponse state = client.pools();
      switch (output) {
        case text -> text(client, state);
        case json -> json(client, state);
      }
      return state.getServing() ? ExitStatus.OK : ExitStatus.NOT_RUNNING;
    } catch (CaissonException failure) {
      context.say(failure.getMessage(), failure.advice());
      return failure.reason().equals(CaissonException.DAEMON_UNREACHABLE)
          ? ExitStatus.NOT_RUNNING
          : ExitStatus.FAILED;
    }
  }

  private void text(CaissonClient client, GetPoolResponse state) {
    PrintStream out = context.printer();
    out.printf(
        "daemon  version %s, pid %d, %s%n",
        state.getDaemonVersion(),
        state.getPid(),
        state.getServing() ? "serving" : "not serving (starting or stopping)");
    out.printf("socket  %s%n", client.address().socket());
    if (!state.getPolicyRefusal().isEmpty()) {
      out.printf(
          "policy  the files have changed and are not in force: %s%n", state.getPolicyRefusal());
    }
    for (Pool pool : state.getPoolsList()) {
      out.printf("pool    %s for %s%n", pool.getImage(), String.join(", ", pool.getPoliciesList()));
      out.printf(
          "        %d of %d warm, %d being created, %d in use, %d being destroyed%n",
          pool.getWarm(),
          pool.getTarget(),
          pool.getCreating(),
          pool.getLeased(),
          pool.getDestroying());
      out.printf(
          "        %d created, %d destroyed since the start%s%n",
          pool.getCreatedTotal(), pool.getDestroyedTotal(), departures(pool));
      if (!pool.getLastError().isEmpty()) {
        out.printf("        last error: %s%n", pool.getLastError());
      }
    }
  }

  private static String departures(Pool pool) {
    return pool.getDeparturesMap().isEmpty() ? "" : " " + new TreeMap<>(pool.getDeparturesMap());
  }

  private void json(CaissonClient client, GetPoolResponse state) {
    ObjectNode report = JsonMapper.shared().createObjectNode();
    report.put("daemon_version", state.getDaemonVersion());
    report.put("client_version", CaissonClient.version());
    report.put("pid", state.getPid());
    report.put("generation", state.getGeneration());
    report.put("serving", state.getServing());
    report.put("socket", client.address().socket().toString());
    report.put("policy_generation", state.getPolicyGeneration());
    report.put("policy_refusal", state.getPolicyRefusal());
    ArrayNode pools = report.putArray("pools");
    state.getPoolsList().forEach(pool -> describe(pool, pools.addObject()));
    context.printer().println(report);
  }

  private static void describe(Pool pool, ObjectNode node) {
    ArrayNode policies = node.putArray("policies");
    pool.getPoliciesList().forEach(policies::add);
    node.put("image", pool.getImage());
    node.put("target", pool.getTarget());
    node.put("warm", pool.getWarm());
    node.put("creating", pool.getCreating());
    node.put("leased", pool.getLeased());
    node.put("destroying", pool.getDestroying());
    node.put("created_total", pool.getCreatedTotal());
    node.put("destroyed_total", pool.getDestroyedTotal());
    ObjectNode departures = node.putObject("departures");
    new TreeMap<>(pool.getDeparturesMap()).forEach(departures::put);
    node.put("last_error", pool.getLastError());
  }
}
