package dev.caisson.daemon.security;

import static dev.caisson.daemon.acceptance.RunClient.program;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.util.Durations;
import dev.caisson.daemon.acceptance.Patience;
import dev.caisson.daemon.channel.AgentChannel;
import dev.caisson.daemon.channel.FrameKind;
import dev.caisson.daemon.channel.HostileBytes;
import dev.caisson.daemon.channel.ScriptedAgent;
import dev.caisson.daemon.channel.Sender;
import dev.caisson.daemon.model.Deadline;
import dev.caisson.daemon.runtime.SandboxConnection.Origin;
import dev.caisson.v1.RunLimits;
import dev.caisson.v1.RunRequest;
import dev.caisson.v1.RunResponse;
import dev.caisson.v1.RunServiceGrpc;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Group B by an agent that is all the attacker's, supervisor included: a scripted one in place of
 * the real one, which a program cannot become but a tampered image can.
 */
@DisplayNameGeneration(AttackNames.class)
class GroupBAgentTest {

  private static final Duration SOON = Patience.AFTERMATH;

  @RegisterExtension static final AttackedDaemon daemon = new AttackedDaemon();

  @Test
  @Attack(
      row = "B8",
      what = "every kind there could be, from either sender: idle, during a run, after its end",
      expected = "what the turn table lists goes on, all else ends the channel",
      guards = {"channel.turns", "channel.sender"})
  void everyKindInEveryState() throws InterruptedException {
    int ended = 0;
    for (int kind = 0; kind < 256; kind++) {
      for (Origin origin : Origin.values()) {
        ScriptedAgent agent = ScriptedAgent.ready();
        try (AgentChannel channel = AgentChannel.greet(agent, Deadline.after(SOON))) {
          agent.says(origin, ByteBuffer.allocate(9).putInt(5).put((byte) kind).putInt(0).flip());
          // An empty frame is right for no kind that an idle agent may send.
          await()
              .atMost(SOON)
              .pollDelay(Duration.ZERO)
              .pollInterval(Duration.ofMillis(1))
              .until(() -> !channel.alive());
          ended++;
        }
      }
      for (HostileBytes.State state : HostileBytes.State.values()) {
        HostileBytes.converse(frame(kind, 1), new byte[0], state);
        HostileBytes.converse(new byte[0], frame(kind, 1), state);
      }
    }
    assertThat(ended).isEqualTo(512);
    daemon.saw(ended + " channels ended");
  }

  @ParameterizedTest(name = "{0}")
  @EnumSource(
      names = {"OUTPUT", "CALL", "ENDED", "CAPTURED_OUTPUT", "DRAINED", "WORKER_EXITED", "PONG"})
  @Attack(
      row = "B21",
      what = "frames of a warm sandbox before it is leased",
      expected = "the sandbox is discarded and never handed out",
      guards = "channel.turns")
  void framesBeforeTheRun(FrameKind kind) {
    ScriptedAgent agent = ScriptedAgent.ready();
    try (AgentChannel channel = AgentChannel.greet(agent, Deadline.after(SOON))) {
      agent.says(kind, 1, "x".repeat(kind == FrameKind.DRAINED ? 4 : 8));

      await().atMost(SOON).until(() -> !channel.alive());
      await().atMost(SOON).until(agent::closed);
    }
    assertThat(kind.sender()).isNotEqualTo(Sender.DAEMON);
    daemon.saw("discarded");
  }

  @Test
  @Attack(
      row = "B16",
      what = "a caller that does not read while the program prints",
      expected = "TIMED_OUT at its deadline, the daemon's memory is flat",
      guards = {"log.of_libraries", "output.bytes", "time.wall"})
  void aCallerThatDoesNotRead() throws Exception {
    CompletableFuture<RunResponse> accepted = new CompletableFuture<>();
    CompletableFuture<ClientCallStreamObserver<RunRequest>> call = new CompletableFuture<>();
    RunServiceGrpc.newStub(daemon.client().channel())
        .run(
            new ClientResponseObserver<RunRequest, RunResponse>() {
              @Override
              public void beforeStart(ClientCallStreamObserver<RunRequest> stream) {
                stream.disableAutoRequestWithInitial(1);
                call.complete(stream);
              }

              @Override
              public void onNext(RunResponse event) {
                accepted.complete(event);
              }

              @Override
              public void onError(Throwable error) {
                accepted.completeExceptionally(error);
              }

              @Override
              public void onCompleted() {}
            });
    call.join()
        .onNext(
            RunRequest.newBuilder()
                .setStart(
                    program("while True: print('x' * 10_000)")
                        .setLimits(RunLimits.newBuilder().setWallTime(Durations.fromMillis(2000))))
                .build());
    String run = accepted.get(SOON.toSeconds(), TimeUnit.SECONDS).getAccepted().getRunId();
    await()
        .atMost(SOON)
        .untilAsserted(() ->
            assertThat(daemon.process().log())
                .containsPattern(
                    "\"run\":\"" + run + "\".*\"outcome\":\"(TimedOut|LimitExceeded)\""));
    call.join().cancel("seen", null);
    daemon.saw("ended by the daemon");
  }

  @Test
  @Attack(
      row = "B24",
      what = "twenty thousand streams of bytes that are nearly right",
      expected = "messages or one violation, however the bytes are cut; never an error of ours",
      guards = {"channel.broken_json", "channel.frame_size", "channel.sender", "channel.turns"})
  void nearlyRightBytes() {
    for (long seed = 0; seed < 20_000; seed++) {
      Random random = new Random(seed);
      byte[] ofWorker = HostileBytes.nearlyRight(random, true);
      byte[] ofSupervisor = HostileBytes.nearlyRight(random, false);
      try {
        HostileBytes.decode(seed % 2 == 0 ? ofWorker : ofSupervisor);
        if (seed % 5 == 0) {
          HostileBytes.converse(ofWorker, ofSupervisor, seed % 10 != 0);
        }
      } catch (Throwable e) {
        throw new AssertionError("seed " + seed, e);
      }
    }
    daemon.saw("20,000 streams");
  }

  private static byte[] frame(int kind, int stream) {
    return ByteBuffer.allocate(9).putInt(5).put((byte) kind).putInt(stream).array();
  }
}
