package dev.caisson.daemon.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.ByteSize;
import dev.caisson.daemon.model.CpuMillis;
import dev.caisson.daemon.model.Deadline;
import dev.caisson.daemon.model.SandboxLimits;
import dev.caisson.daemon.model.SandboxShape;
import dev.caisson.daemon.runtime.RunningSandbox;
import dev.caisson.daemon.runtime.SandboxConnection;
import dev.caisson.daemon.runtime.SandboxRuntime;
import dev.caisson.daemon.runtime.SandboxSpec;
import dev.caisson.daemon.runtime.Specs;
import dev.caisson.daemon.runtime.docker.TestEngine;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.node.ObjectNode;

/** The real agent in a real sandbox: what it says at the end of a run. */
class AgentInSandboxTest {

  private static final SandboxShape SHAPE =
      new SandboxShape(
          Specs.IMAGE,
          new SandboxLimits(
              ByteSize.ofMebibytes(192),
              new CpuMillis(1000),
              64,
              256,
              ByteSize.ofMebibytes(4),
              ByteSize.ofMebibytes(8),
              ByteSize.ofMebibytes(8),
              ByteSize.ofMebibytes(2)));

  private SandboxRuntime runtime;
  private RunningSandbox sandbox;
  private Tapped connection;
  private AgentChannel channel;

  @BeforeEach
  void start() {
    runtime = TestEngine.connectAgent("test-" + UUID.randomUUID());
    sandbox = runtime.create(new SandboxSpec(Specs.newId(), SHAPE), soon());
    connection = new Tapped(sandbox.connection());
    channel = AgentChannel.greet(connection, soon());
  }

  @AfterEach
  void end() {
    channel.close();
    sandbox.destroy(soon());
    runtime.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"print(1)", "1 / 0", "raise SystemExit(3)", "syntax error", "[1, 2]"})
  void aRunThatLeftNothingBehindIsSaidToBeAlone(String code) throws Exception {
    ObjectNode end = run(code);
    assertThat(end.path("alone").asBoolean(false)).isTrue();
    assertThat(end.path("settled").asBoolean(false)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "import threading, time; threading.Thread(target=time.sleep, args=(60,)).start()",
        "import subprocess; subprocess.Popen(['sleep', '60'])",
        "import os; os.system('echo from a shell')",
        "import os; os.write(1, b'past the streams')",
        "import os, time\nif os.fork() == 0: time.sleep(60)"
      })
  void aRunWhoseRestTheSupervisorMustClearAwayIsNot(String code) throws Exception {
    ObjectNode end = run(code);
    assertThat(end.has("alone")).isFalse();
    assertThat(end.has("settled")).isFalse();
    // And the next one is not hindered by what was left.
    assertThat(run("print(1)").path("how").asString("")).isEqualTo("completed");
  }

  @Test
  void aRunWithANetworkIsClearedAwayByTheSupervisor() throws Exception {
    ObjectNode end = run("1", RunKind.NETWORKED);

    assertThat(end.path("alone").asBoolean(false)).isTrue();
    assertThat(end.has("settled")).isFalse();
    assertThat(run("2", RunKind.NETWORKED).path("how").asString("")).isEqualTo("completed");
  }

  @Test
  void aWorkerThatDiesAfterASettledRunIsReplaced() throws Exception {
    String code = "import signal; signal.setitimer(signal.ITIMER_REAL, 0.2)";
    assertThat(run(code, RunKind.KEPT).path("settled").asBoolean(false)).isTrue();

    await().atMost(Duration.ofSeconds(30)).until(() -> channel.lostWorker().isPresent());
    // The run was over already: what the next one is told would be too late for it.
    assertThat(connection.drained).hasValue(0);
    assertThat(run("1", RunKind.KEPT).path("how").asString("")).isEqualTo("completed");
  }

  @Test
  void oneRunFollowsTheOtherAtOnce() throws Exception {
    for (int i = 0; i < 50; i++) {
      assertThat(run("print(%d)".formatted(i)).path("how").asString("")).isEqualTo("completed");
    }
  }

  private enum RunKind {
    PLAIN,
    NETWORKED,
    KEPT
  }

  private ObjectNode run(String code) throws Exception {
    return run(code, RunKind.PLAIN);
  }

  /** Runs a program to its end, as the daemon sees it. Gives the header of `ended`. */
  private ObjectNode run(String code, RunKind kind) throws Exception {
    CompletableFuture<ProgramEnd> over = new CompletableFuture<>();
    channel.start(
        new RunFrame(
            code,
            "main.py",
            List.of(),
            Map.of(),
            false,
            List.of(),
            65_536,
            4,
            1_000,
            new RunFrame.RefusedCode(List.of(), List.of(), List.of()),
            kind == RunKind.NETWORKED,
            kind == RunKind.KEPT),
        run -> new Listener(over));
    await().atMost(Duration.ofSeconds(30)).until(over::isDone);
    over.join();
    return Json.readHeaded(connection.ends.remove()).header();
  }

  private static Deadline soon() {
    return Deadline.after(Duration.ofSeconds(30));
  }

  /** A sandbox's connection; keeps each `ended` that comes by, and counts each `drained`. */
  private static final class Tapped implements SandboxConnection {
    final BlockingQueue<Message> ends = new LinkedBlockingQueue<>();
    private final SandboxConnection real;
    final AtomicInteger drained = new AtomicInteger();
    private final FrameDecoder worker = new FrameDecoder(Sender.WORKER);
    private final FrameDecoder supervisor = new FrameDecoder(Sender.SUPERVISOR);

    Tapped(SandboxConnection real) {
      this.real = real;
    }

    @Override
    public Optional<Inbound> read() throws IOException {
      Optional<Inbound> inbound = real.read();
      inbound.ifPresent(bytes ->
          (bytes.origin() == Origin.WORKER ? worker : supervisor)
              .feed(bytes.bytes().duplicate(), this::keep));
      return inbound;
    }

    private void keep(Message message) {
      if (message.kind() == FrameKind.ENDED) {
        ends.add(message);
      } else if (message.kind() == FrameKind.DRAINED) {
        drained.incrementAndGet();
      }
    }

    @Override
    public void write(ByteBuffer bytes) throws IOException {
      real.write(bytes);
    }

    @Override
    public void endInput() throws IOException {
      real.endInput();
    }

    @Override
    public void close() {
      real.close();
    }
  }

  /** Waits for the end. */
  private static final class Listener extends IdleListener {
    private final CompletableFuture<ProgramEnd> over;

    Listener(CompletableFuture<ProgramEnd> over) {
      this.over = over;
    }

    @Override
    public void settled(ProgramEnd end) {
      over.complete(end);
    }

    @Override
    public void lost(SandboxException why) {
      over.completeExceptionally(why);
    }
  }
}
