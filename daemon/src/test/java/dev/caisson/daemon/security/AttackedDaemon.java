package dev.caisson.daemon.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.caisson.daemon.acceptance.Canary;
import dev.caisson.daemon.acceptance.DaemonProcess;
import dev.caisson.daemon.acceptance.EngineView;
import dev.caisson.daemon.acceptance.LiveRun;
import dev.caisson.daemon.acceptance.RunClient;
import dev.caisson.daemon.acceptance.TestSite;
import dev.caisson.daemon.acceptance.Transcript;
import dev.caisson.daemon.app.RunningDaemon;
import dev.caisson.daemon.app.SiteDaemon;
import dev.caisson.v1.Pool;
import dev.caisson.v1.StartRun;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestWatcher;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A daemon in a process of its own with little memory, a caller that attacks through it, and beside
 * all attacks one run of another caller. After each attack the epilogue Z of the threat model is
 * asserted: nothing is left, and the other caller noticed nothing.
 */
final class AttackedDaemon
    implements BeforeAllCallback,
        BeforeEachCallback,
        AfterEachCallback,
        AfterAllCallback,
        TestWatcher {

  private static final int WARM = 2;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** What connections and threads the daemon may keep beside those it began with. */
  private static final int SLACK = 24;

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Map<String, String> policies = new HashMap<>();
  private final Map<String, Function<TestSite, String>> sitePolicies = new HashMap<>();
  private final AttackRecord record = new AttackRecord();
  private Optional<TestSite> site = Optional.empty();
  private Optional<Scene> scene = Optional.empty();

  /** All that lives as long as the class. */
  private record Scene(
      Path folder,
      DaemonProcess daemon,
      RunClient client,
      RunClient otherClient,
      Canary canary,
      int descriptors,
      int threads,
      List<String> files) {}

  AttackedDaemon() {
    policies.put("long", "time:\n  wall: 10m\n");
  }

  /** Gives the daemon a further policy. */
  AttackedDaemon with(String policy, String text) {
    policies.put(policy, text);
    return this;
  }

  /** Gives the daemon a further policy about a site on this machine, which it then finds. */
  AttackedDaemon withSite(String policy, Function<TestSite, String> text) {
    sitePolicies.put(policy, text);
    return this;
  }

  TestSite site() {
    return site.orElseThrow(() -> new IllegalStateException("the site has not been started"));
  }

  /** Writes the text of a policy while the daemon serves. */
  void rewrite(String policy, String text) {
    RunningDaemon.writePolicies(scene().folder(), WARM, Map.of(policy, text));
  }

  RunClient client() {
    return scene().client();
  }

  DaemonProcess process() {
    return scene().daemon();
  }

  /** Runs a program to its end and notes its outcome. */
  Transcript run(String code) {
    return run(RunClient.program(code));
  }

  Transcript run(StartRun.Builder start) {
    return ended(client().start(start));
  }

  Transcript run(StartRun.Builder start, LiveRun.ToolHandler handler) {
    return ended(client().start(start, handler));
  }

  /** Waits for the end of a run and notes its outcome. */
  Transcript ended(LiveRun run) {
    Transcript transcript = run.transcript();
    record.saw(transcript.outcome());
    return transcript;
  }

  void saw(Object sight) {
    record.saw(sight);
  }

  // ---- the audit log ----

  /** The lines of the daemon's log. Fails when one is not a JSON object. */
  List<JsonNode> log() {
    String text = process().log();
    // Read while it is written: the last line may not be whole yet.
    return text.substring(0, text.lastIndexOf('\n') + 1)
        .lines()
        .filter(line -> !line.startsWith("WARNING: ")) // of the JVM itself, before ours begins
        .map(line -> {
          assertThat(line).as("a line of the log").startsWith("{").endsWith("}");
          return JSON.readTree(line);
        })
        .toList();
  }

  /** The values of one key in the audit lines of this run, once the line of its end is there. */
  List<String> audit(Transcript run, String key) {
    // The daemon writes it after the caller has heard of the end.
    return await()
        .atMost(PATIENCE)
        .until(
            () -> auditLines(run),
            lines -> lines.stream().anyMatch(line -> !value(line, "outcome").isEmpty()))
        .stream()
        .map(line -> value(line, key))
        .toList();
  }

  private List<JsonNode> auditLines(Transcript run) {
    return log().stream()
        .filter(line -> line.path("loggerName").asString("").equals("caisson.audit"))
        .filter(line -> value(line, "run").equals(run.accepted().getRunId()))
        .toList();
  }

  private static String value(JsonNode line, String key) {
    for (JsonNode pair : line.path("kvpList")) {
      if (pair.has(key)) {
        return pair.path(key).asString("");
      }
    }
    return "";
  }

  // ---- the life of the daemon ----

  @Override
  public void beforeAll(ExtensionContext context) throws Exception {
    record.beforeAll(context);
    Path folder = Files.createTempDirectory("caisson-attacks");
    DaemonProcess daemon = startDaemon(folder);
    RunClient client = new RunClient(daemon.socket());
    await().atMost(PATIENCE).until(client::full);
    RunClient otherClient = new RunClient(daemon.socket());
    Canary canary = new Canary(otherClient, "long");
    canary.sings();
    client.run("1");
    await().atMost(PATIENCE).until(() -> calm(client));
    scene =
        Optional.of(
            new Scene(
                folder,
                daemon,
                client,
                otherClient,
                canary,
                entries(daemon, "fd"),
                entries(daemon, "task"),
                files(folder)));
  }

  private DaemonProcess startDaemon(Path folder) throws Exception {
    if (sitePolicies.isEmpty()) {
      return DaemonProcess.start(folder, WARM, policies, Map.of());
    }
    TestSite beside = new TestSite(Files.createTempDirectory("caisson-site"));
    site = Optional.of(beside);
    sitePolicies.forEach((name, text) -> policies.put(name, "extends: web\n" + text.apply(beside)));
    return DaemonProcess.start(
        folder, WARM, policies, beside.variables(), SiteDaemon.class.getName());
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    record.beforeEach(context);
  }

  /** Epilogue Z. */
  @Override
  public void afterEach(ExtensionContext context) throws Exception {
    Scene now = scene();
    now.canary().sings(); // Z5
    await("Z1: the pools are as before").atMost(PATIENCE).until(() -> calm(now.client()));
    await("Z1: no container of ours but the pools' and the other caller's")
        .atMost(PATIENCE)
        .until(() ->
            EngineView.owned(now.daemon().socket()).size()
                == now.client().pool().getPoolsList().stream().mapToInt(Pool::getTarget).sum() + 1);
    Remains.awaitNone(); // Z2, Z3
    assertThat(files(now.folder())).as("Z3: files of the daemon").isEqualTo(now.files());
    await("Z4: descriptors of the daemon")
        .atMost(PATIENCE)
        .until(() -> entries(now.daemon(), "fd"), open -> open <= now.descriptors() + SLACK);
    await("Z4: threads of the daemon")
        .atMost(PATIENCE)
        .until(() -> entries(now.daemon(), "task"), count -> count <= now.threads() + SLACK);
    assertThat(log()).noneMatch(line -> line.path("level").asString("").equals("ERROR")); // Z6
  }

  @Override
  public void testSuccessful(ExtensionContext context) {
    record.testSuccessful(context);
  }

  @Override
  public void testFailed(ExtensionContext context, @Nullable Throwable cause) {
    record.testFailed(context, cause);
  }

  @Override
  public void afterAll(ExtensionContext context) throws IOException {
    if (site.isPresent()) {
      site.get().close();
      remove(site.get().folder());
    }
    if (scene.isEmpty()) {
      return;
    }
    Scene last = scene();
    try (DaemonProcess daemon = last.daemon();
        RunClient client = last.client();
        RunClient otherClient = last.otherClient()) {
      last.canary().landsSafely();
    }
    assertThat(EngineView.owned(last.daemon().socket())).isEmpty();
    remove(last.folder());
  }

  private static void remove(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      all.sorted(java.util.Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
    }
  }

  private Scene scene() {
    return scene.orElseThrow(() -> new IllegalStateException("the daemon has not been started"));
  }

  /** True when every pool is full and only the other caller's run goes on. */
  private static boolean calm(RunClient client) {
    List<Pool> pools = client.pool().getPoolsList();
    return pools.stream()
            .allMatch(pool ->
                pool.getWarm() == pool.getTarget()
                    && pool.getCreating() + pool.getDestroying() == 0)
        && pools.stream().mapToInt(Pool::getLeased).sum() == 1;
  }

  private static int entries(DaemonProcess daemon, String what) throws IOException {
    try (Stream<Path> entries = Files.list(Path.of("/proc", String.valueOf(daemon.pid()), what))) {
      return (int) entries.count();
    }
  }

  private static List<String> files(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.map(Path::toString).sorted().toList();
    }
  }
}
