package dev.caisson.daemon.acceptance;

import static dev.caisson.daemon.acceptance.Offered.server;
import static dev.caisson.daemon.acceptance.Offered.servers;
import static dev.caisson.daemon.acceptance.Offered.tool;
import static dev.caisson.daemon.acceptance.RunClient.program;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.util.Durations;
import com.google.rpc.ErrorInfo;
import dev.caisson.daemon.app.RunningDaemon;
import dev.caisson.v1.CancelRun;
import dev.caisson.v1.RenderToolApiRequest;
import dev.caisson.v1.RunFinished.Outcome;
import dev.caisson.v1.RunLimits;
import dev.caisson.v1.RunRequest;
import dev.caisson.v1.RunResponse;
import dev.caisson.v1.RunServiceGrpc;
import dev.caisson.v1.StartRun;
import dev.caisson.v1.ToolCatalogue;
import dev.caisson.v1.ToolResult;
import dev.caisson.v1.ToolServiceGrpc;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.protobuf.StatusProto;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.reflection.v1.ServiceResponse;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.grpc.stub.StreamObserver;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Requests that are wrong are refused with a message that says how to put them right. */
class GrpcSurfaceTest {

  private static final LiveRun.ToolHandler NONE = call -> LiveRun.value("null");

  @TempDir static Path folder;

  private static RunningDaemon daemon;
  private static RunClient client;

  @BeforeAll
  static void start() {
    daemon =
        RunningDaemon.start(
            folder, 2, Map.of("wordy", "output:\n  bytes: 1 GiB\ntime:\n  wall: 10m\n"));
    client = new RunClient(daemon.socket());
  }

  @AfterEach
  void runsStillWork() {
    assertThat(client.run("6 * 7").finished().getValue().getRepr()).isEqualTo("42");
  }

  @AfterAll
  static void end() {
    client.close();
    daemon.close();
  }

  // ---- refused ----

  @Test
  void aFirstMessageThatIsNotStartIsRefused() {
    LiveRun run = client.open(NONE);
    run.send(RunRequest.newBuilder().setCancel(CancelRun.getDefaultInstance()));

    assertRefused(
        run,
        Status.Code.INVALID_ARGUMENT,
        "the first message of a Run stream must be `start`, got `cancel`");
  }

  @Test
  void aSecondStartIsRefused() {
    LiveRun run = client.start(program("import time; time.sleep(1000)"));
    run.awaitAccepted();
    run.start(program("1").build());

    assertRefused(
        run, Status.Code.INVALID_ARGUMENT, "`start` came twice; a Run stream carries one run");
  }

  @Test
  void anUnknownPolicyIsRefusedWithTheNearestOne() {
    assertRefused(
        client.start(program("1").setPolicy("defualt")),
        Status.Code.NOT_FOUND,
        "there is no policy 'defualt'; known are data, default, offline, packages, trusted-tools, web, wordy. Did you mean 'default'?");
  }

  @Test
  void aLimitWiderThanThePolicysIsRefusedAndSaysWhich() {
    assertRefused(
        client.start(
            program("1").setLimits(RunLimits.newBuilder().setWallTime(Durations.fromMinutes(2)))),
        Status.Code.INVALID_ARGUMENT,
        "the run's limits are outside policy 'default': limits.wall_time is 2m; allowed is 1ms to 30s (time.wall)");
    assertRefused(
        client.start(program("1").setLimits(RunLimits.newBuilder().setOutputBytes(1L << 40))),
        Status.Code.INVALID_ARGUMENT,
        "the run's limits are outside policy 'default': limits.output_bytes is 1099511627776;"
            + " allowed is 0 to 1048576 (output.bytes)");
  }

  @ParameterizedTest
  @CsvSource({
    "PYTHONPATH, sets 'PYTHONPATH'",
    "LD_PRELOAD, sets 'LD_PRELOAD'",
    "CAISSON_MEMORY_BYTES, sets 'CAISSON_MEMORY_BYTES'",
    "HOME, sets 'HOME'",
    "a b, has the name 'a b'",
    "1x, has the name '1x'"
  })
  void aVariableThatMayNotBeSetIsRefused(String name, String what) {
    assertThatThrownBy(() -> client.run(program("1").putEnvironment(name, "x")))
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e -> {
              assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
              assertThat(e.getStatus().getDescription()).startsWith("environment " + what);
            });
  }

  @Test
  void aVariableArgumentAndFileNameReachTheProgram() {
    Transcript run =
        client.run(
            program("import os, sys\nos.environ['TOKEN'], sys.argv, __file__")
                .putEnvironment("TOKEN", "größer")
                .addArguments("one")
                .setFileName("job.py"));

    assertThat(run.finished().getValue().getRepr())
        .isEqualTo("('größer', ['job.py', 'one'], 'job.py')");
  }

  @Test
  void noCodeAndTooMuchCodeAreRefused() {
    assertRefused(
        client.start(program("")),
        Status.Code.INVALID_ARGUMENT,
        "code is empty; send 1 byte to 1 MiB of Python source");
    assertRefused(
        client.start(program("#".repeat((1 << 20) + 1))),
        Status.Code.INVALID_ARGUMENT,
        "code has 1048577 bytes; the limit is 1 MiB");
    assertThat(client.run("#".repeat(1 << 20)).outcome()).isEqualTo(Outcome.SUCCEEDED);
  }

  @Test
  void anAnswerToACallThatWasNeverMadeIsRefused() {
    LiveRun run = client.start(program("import time; time.sleep(1000)"));
    run.awaitAccepted();
    run.send(
        RunRequest.newBuilder()
            .setToolResult(
                ToolResult.newBuilder().setCallId("call-7").mergeFrom(LiveRun.value("1"))));

    assertRefused(
        run,
        Status.Code.FAILED_PRECONDITION,
        "this run has made no tool call with the id 'call-7'");
  }

  @Test
  void aRefusalCarriesItsReasonForPrograms() {
    LiveRun run = client.start(program("1").setPolicy("nowhere"));

    assertThatThrownBy(run::transcript)
        .satisfies(e -> {
          com.google.rpc.Status status = Objects.requireNonNull(StatusProto.fromThrowable(e));
          ErrorInfo info = status.getDetails(0).unpack(ErrorInfo.class);
          assertThat(info.getReason()).isEqualTo("NOT_FOUND");
          assertThat(info.getDomain()).isEqualTo("caisson.dev");
        });
  }

  // ---- for tools that look at a server ----

  @Test
  void healthSaysThatItServes() {
    assertThat(
            HealthGrpc.newBlockingStub(client.channel())
                .check(HealthCheckRequest.getDefaultInstance())
                .getStatus())
        .isEqualTo(ServingStatus.SERVING);
  }

  @Test
  void reflectionListsTheServices() throws Exception {
    CompletableFuture<ServerReflectionResponse> answer = new CompletableFuture<>();
    StreamObserver<ServerReflectionRequest> call =
        ServerReflectionGrpc.newStub(client.channel())
            .serverReflectionInfo(
                new StreamObserver<>() {
                  @Override
                  public void onNext(ServerReflectionResponse response) {
                    answer.complete(response);
                  }

                  @Override
                  public void onError(Throwable error) {
                    answer.completeExceptionally(error);
                  }

                  @Override
                  public void onCompleted() {}
                });
    call.onNext(ServerReflectionRequest.newBuilder().setListServices("").build());

    assertThat(answer.get(30, TimeUnit.SECONDS).getListServicesResponse().getServiceList())
        .extracting(ServiceResponse::getName)
        .contains(
            "caisson.v1.RunService",
            "caisson.v1.PoolService",
            "caisson.v1.ToolService",
            "grpc.health.v1.Health");
    call.onCompleted();
  }

  @Test
  void theToolApiIsRenderedTheSameEachTimeAndIsWhatTheCodeSees() {
    ToolCatalogue tools =
        servers(
            server("weather", tool("get-weather", "location", "string")),
            server("class", tool("list", "of", "integer")));
    RenderToolApiRequest request =
        RenderToolApiRequest.newBuilder()
            .setTools(tools)
            .setStyle(RenderToolApiRequest.Style.SOURCE)
            .build();
    var stub = ToolServiceGrpc.newBlockingStub(client.channel());

    String source = stub.renderToolApi(request).getSource();

    assertThat(stub.renderToolApi(request).getSource()).isEqualTo(source);
    assertThat(source).contains("def get_weather(location: str)");
    Transcript run =
        client.run(
            program(
                    "import inspect\nfrom caisson import tools\nprint(inspect.signature(weather.get_weather))")
                .setTools(tools));
    assertThat(run.stdout()).as(run::toString).startsWith("(location");
  }

  // ---- a client that does not read ----

  @Test
  void aClientThatDoesNotReadHoldsUpItsOwnProgramOnly() {
    SlowReader slow = new SlowReader();
    RunServiceGrpc.newStub(client.channel()).run(slow);
    // Half a GiB: more than this JVM could hold if the daemon kept it.
    slow.start("block = 'x' * (1 << 20)\nfor _ in range(512): print(block)");
    slow.awaitFirst();

    // This one writes 64 MiB meanwhile, so there was time enough for the other to do so too.
    Transcript beside =
        client.run(
            program("block = 'x' * (1 << 20)\nfor _ in range(64): print(block)")
                .setPolicy("wordy")
                .setLimits(RunLimits.newBuilder().setOutputBytes(8 << 20)));
    assertThat(beside.outcome()).isEqualTo(Outcome.SUCCEEDED);
    assertThat(slow.events.get()).isEqualTo(1);
    slow.cancel();
    slow.readOn();

    await().atMost(Duration.ofSeconds(60)).until(() -> slow.finished);
    assertThat(slow.bytes.get()).isLessThan(8 << 20);
    await().atMost(Duration.ofSeconds(60)).until(client::full);
  }

  @Test
  void aSlowClientGetsAllOfTheOutputInTheEnd() {
    SlowReader slow = new SlowReader();
    RunServiceGrpc.newStub(client.channel()).run(slow);
    slow.start("block = 'x' * 999\nfor _ in range(20_000): print(block)");
    slow.awaitFirst();

    assertThat(client.run("'beside'").outcome()).isEqualTo(Outcome.SUCCEEDED);
    slow.readOn();

    await().atMost(Duration.ofSeconds(60)).until(() -> slow.finished);
    assertThat(slow.bytes.get()).isEqualTo(20_000_000);
  }

  /** A caller that asks for one event and then for none until it is told to. */
  private static final class SlowReader implements ClientResponseObserver<RunRequest, RunResponse> {
    private final AtomicLong events = new AtomicLong();
    private final AtomicLong bytes = new AtomicLong();
    private final CountDownLatch first = new CountDownLatch(1);
    private final CompletableFuture<ClientCallStreamObserver<RunRequest>> call =
        new CompletableFuture<>();
    private volatile boolean reading;
    private volatile boolean finished;

    void start(String code) {
      call.join()
          .onNext(
              RunRequest.newBuilder()
                  .setStart(StartRun.newBuilder().setCode(code).setPolicy("wordy"))
                  .build());
    }

    void awaitFirst() {
      try {
        assertThat(first.await(30, TimeUnit.SECONDS)).isTrue();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }

    void readOn() {
      reading = true;
      call.join().request(1);
    }

    void cancel() {
      call.join().onNext(RunRequest.newBuilder().setCancel(CancelRun.getDefaultInstance()).build());
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<RunRequest> stream) {
      stream.disableAutoRequestWithInitial(1);
      call.complete(stream);
    }

    @Override
    public void onNext(RunResponse event) {
      events.incrementAndGet();
      bytes.addAndGet(event.getOutput().getData().size());
      first.countDown();
      if (event.hasFinished()) {
        finished = true;
      }
      if (reading) {
        call.join().request(1);
      }
    }

    @Override
    public void onError(Throwable error) {}

    @Override
    public void onCompleted() {}
  }

  private static void assertRefused(LiveRun run, Status.Code code, String message) {
    assertThatThrownBy(run::transcript)
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e -> {
              assertThat(e.getStatus().getDescription()).isEqualTo(message);
              assertThat(e.getStatus().getCode()).isEqualTo(code);
            });
  }
}
