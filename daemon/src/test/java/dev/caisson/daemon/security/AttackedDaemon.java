package dev.caisson.daemon.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.util.Durations;
import dev.caisson.daemon.acceptance.Canary;
import dev.caisson.daemon.acceptance.DaemonProcess;
import dev.caisson.daemon.acceptance.EngineView;
import dev.caisson.daemon.acceptance.LiveRun;
import dev.caisson.daemon.acceptance.Patience;
import dev.caisson.daemon.acceptance.RunClient;
import dev.caisson.daemon.acceptance.TestSite;
import dev.caisson.daemon.acceptance.Transcript;
import dev.caisson.daemon.app.RunningDaemon;
import dev.caisson.daemon.app.SiteDaemon;
import dev.caisson.v1.Pool;
import dev.caisson.v1.RunFinished.Outcome;
import dev.caisson.v1.RunLimits;
import dev.caisson.v1.StartRun;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
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
  private static final Duration PATIENCE = Patience.AFTERMATH;

  /** What connections and threads the daemon may keep beside those it began with. */
  private static final int SLACK = 24;

  /** MiB: what compiled code, caches and arenas of buffers may grow by. */
  private static final int MEMORY_SLACK = 32;

  /** What the audit log calls the outcomes that a caller hears of. */
  private static final Map<String, Outcome> OUTCOMES =
      Map.ofEntries(
          Map.entry("Succeeded", Outcome.SUCCEEDED),
          Map.entry("Raised", Outcome.FAILED),
          Map.entry("Exited", Outcome.FAILED),
          Map.entry("InterpreterExited", Outcome.FAILED),
          Map.entry("Signalled", Outcome.FAILED),
          Map.entry("TimedOut", Outcome.TIMED_OUT),
          Map.entry("Cancelled", Outcome.CANCELLED),
          Map.entry("OutOfMemory", Outcome.OUT_OF_MEMORY),
          Map.entry("LimitExceeded", Outcome.LIMIT_EXCEEDED),
          Map.entry("PolicyDenied", Outcome.POLICY_DENIED),
          Map.entry("ProtocolViolation", Outcome.PROTOCOL_VIOLATION),
          Map.entry("SandboxLost", Outcome.SANDBOX_LOST));

  private final Map<String, String> policies = new HashMap<>();
  private final Map<String, Function<TestSite, String>> sitePolicies = new HashMap<>();
  private final AttackRecord record = new AttackRecord();
  private Optional<TestSite> site = Optional.empty();
  private final List<Transcript> ended = new ArrayList<>();
  private Optional<Scene> scene = Optional.empty();

  /** All that lives as long as the class. */
  private record Scene(
      Path folder,
      DaemonProcess daemon,
      DaemonLog log,
      DaemonMemory memory,
      RunClient client,
      RunClient otherClient,
      Canary canary,
      int descriptors,
      int threads,
      long heap,
      long besideTheHeap,
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

  /** A program that may take so long. */
  static StartRun.Builder limited(String code, long millis) {
    return RunClient.program(code)
        .setLimits(RunLimits.newBuilder().setWallTime(Durations.fromMillis(millis)));
  }

  /** Runs a program, which has all the time it needs, to its end and notes its outcome. */
  Transcript run(String code) {
    return run(RunClient.program(code).setPolicy("long"));
  }

  Transcript run(StartRun.Builder start) {
    return ended(client().start(start));
  }

  Transcript run(StartRun.Builder start, LiveRun.ToolHandler handler) {
    return ended(client().start(start, handler));
  }

  /** What a test looks at from outside. */
  interface Look {
    void at(String container) throws Exception;
  }

  /** Runs a program until it has written this, looks at its sandbox from outside, and ends it. */
  Transcript lookAt(String code, String until, Look look) throws Exception {
    LiveRun run = client().start(RunClient.program(code).setPolicy("long"));
    try {
      run.awaitOutput(until);
      look.at(EngineView.sandbox(run.accepted().getSandboxId()).getFirst().getId());
    } finally {
      run.cancel("seen");
    }
    return ended(run);
  }

  /** Waits for the end of a run and notes its outcome. */
  Transcript ended(LiveRun run) {
    Transcript transcript = run.transcript();
    record.saw(transcript.outcome());
    ended.add(transcript);
    return transcript;
  }

  void saw(Object sight) {
    record.saw(sight);
  }

  // ---- the audit log ----

  /** The lines of the daemon's log. Fails when one is not a JSON object. */
  List<JsonNode> log() {
    return scene().log().lines();
  }

  /** The values of one key in the audit lines of this run, once the line of its end is there. */
  List<String> audit(Transcript run, String key) {
    // The daemon writes it after the caller has heard of the end.
    return await("the audit line of the run's end")
        .atMost(PATIENCE)
        .until(
            () -> scene().log().audit(run.accepted().getRunId()),
            lines -> lines.stream().anyMatch(line -> !DaemonLog.value(line, "outcome").isEmpty()))
        .stream()
        .map(line -> DaemonLog.value(line, key))
        .toList();
  }

  // ---- the life of the daemon ----

  @Override
  public void beforeAll(ExtensionContext context) throws Exception {
    record.beforeAll(context);
    Path folder = Files.createTempDirectory("caisson-attacks");
    DaemonProcess daemon = startDaemon(folder);
    try {
      scene = Optional.of(begin(folder, daemon));
    } catch (Exception | AssertionError e) {
      daemon.close();
      throw e;
    }
  }

  private static Scene begin(Path folder, DaemonProcess daemon) throws Exception {
    RunClient client = new RunClient(daemon.socket());
    await("the daemon serves")
        .atMost(Patience.BEGINNING)
        .until(() -> client.full() || !daemon.isAlive());
    assertThat(daemon.isAlive()).as(daemon::log).isTrue();
    RunClient otherClient = new RunClient(daemon.socket());
    Canary canary = new Canary(otherClient, "long");
    canary.sings();
    client.run("1");
    await("the pools are full").atMost(Patience.BEGINNING).until(() -> calm(client));
    DaemonMemory memory = DaemonMemory.of(daemon.pid());
    return new Scene(
        folder,
        daemon,
        new DaemonLog(daemon),
        memory,
        client,
        otherClient,
        canary,
        entries(daemon, "fd"),
        entries(daemon, "task"),
        memory.heap(),
        memory.beside(),
        files(folder));
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
    ended.clear();
  }

  /** Epilogue Z. */
  @Override
  public void afterEach(ExtensionContext context) throws Exception {
    if (context.getExecutionException().isPresent()) {
      return; // what is left of an attack that got through says nothing more
    }
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
    await("Z4: MiB of the daemon's heap after a collection")
        .atMost(PATIENCE)
        .until(now.memory()::heap, heap -> heap <= now.heap() + MEMORY_SLACK);
    await("Z4: MiB of the daemon's buffers beside the heap")
        .atMost(PATIENCE)
        .until(now.memory()::beside, beside -> beside <= now.besideTheHeap() + MEMORY_SLACK);
    for (Transcript run : ended) {
      assertThat(audit(run, "outcome").stream().filter(how -> !how.isEmpty()).toList())
          .as("Z6: one line of the audit log says what the caller heard")
          .singleElement()
          .matches(how -> run.outcome().equals(OUTCOMES.get(how)), "is " + run.outcome());
    }
    assertThat(log())
        .as("Z6: no error of ours")
        .noneMatch(line -> line.path("level").asString("").equals("ERROR"));
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
        DaemonMemory memory = last.memory();
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
