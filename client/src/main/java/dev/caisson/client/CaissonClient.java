package dev.caisson.client;

import dev.caisson.v1.ExplainDecisionRequest;
import dev.caisson.v1.ExplainDecisionResponse;
import dev.caisson.v1.GetPolicyRequest;
import dev.caisson.v1.GetPolicyResponse;
import dev.caisson.v1.GetPoolRequest;
import dev.caisson.v1.GetPoolResponse;
import dev.caisson.v1.ListPoliciesRequest;
import dev.caisson.v1.ListPoliciesResponse;
import dev.caisson.v1.PolicyServiceGrpc;
import dev.caisson.v1.PoolServiceGrpc;
import dev.caisson.v1.RenderToolApiRequest;
import dev.caisson.v1.RenderToolApiResponse;
import dev.caisson.v1.RunRequest;
import dev.caisson.v1.RunServiceGrpc;
import dev.caisson.v1.SearchToolsRequest;
import dev.caisson.v1.SearchToolsResponse;
import dev.caisson.v1.ToolServiceGrpc;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthGrpc;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * A client of one daemon.
 *
 * <pre>{@code
 * try (CaissonClient client = CaissonClient.connect(Path.of("/run/caisson/caisson.sock"))) {
 *   RunResult result = client.run(RunOptions.code("6 * 7"), RunListener.silent());
 *   result.value().map(RunResult.Value::repr); // "42"
 * }
 * }</pre>
 *
 * <p>Keep one and share it: every method may be called by any number of threads, the connection is
 * opened by the first call, and again after a loss. All methods block; call them from virtual
 * threads to have many at once. Every failure is a {@link CaissonException}.
 */
public final class CaissonClient implements AutoCloseable {

  /** Questions that need no sandbox are answered from memory; rendering is the slowest of them. */
  private static final int QUESTION_SECONDS = 30;

  private final DaemonAddress address;
  private final DaemonConnection connection;
  private final FailureTranslation failures;

  private CaissonClient(DaemonAddress address) {
    this.address = address;
    this.connection = new DaemonConnection(address);
    this.failures = new FailureTranslation(address);
  }

  /** A client of the daemon behind that Unix socket. Does not connect yet. */
  public static CaissonClient connect(Path socket) {
    return new CaissonClient(new DaemonAddress(socket));
  }

  /** A client of the daemon at a path or {@code unix://} path. Does not connect yet. */
  public static CaissonClient connect(String address) {
    return new CaissonClient(DaemonAddress.parse(address));
  }

  /** The version of this library. */
  public static String version() {
    return Objects.requireNonNullElse(
        CaissonClient.class.getPackage().getImplementationVersion(), "development");
  }

  public DaemonAddress address() {
    return address;
  }

  /**
   * Runs a program and returns when it has ended, however it ended. The listener's methods are
   * called by this thread, tool calls on threads of their own. Interrupting this thread ends the
   * run.
   *
   * @throws CaissonException when the daemon or the request failed
   */
  public RunResult run(RunOptions options, RunListener listener) throws InterruptedException {
    return opened(options, listener).follow();
  }

  /**
   * Starts a program and returns at once. The listener's methods are called by a virtual thread of
   * the run. Close the handle, or await the end: a run that nobody ends goes on to its deadline.
   */
  public RunHandle start(RunOptions options, RunListener listener) {
    Opened run = opened(options, listener);
    return RunHandle.follow(run.stream(), run::follow);
  }

  /** The sessions of this daemon. */
  public Sessions sessions() {
    return new Sessions(this::ask);
  }

  /** The files of this daemon's sessions. */
  public Files files() {
    return new Files(this::ask);
  }

  /** The daemon's version, process and warm pools. */
  public GetPoolResponse pools() {
    return ask(channel ->
        PoolServiceGrpc.newBlockingStub(channel)
            .withDeadlineAfter(QUESTION_SECONDS, TimeUnit.SECONDS)
            .getPool(GetPoolRequest.getDefaultInstance()));
  }

  /** The policies in force, and whether their files have changed to something that cannot be. */
  public ListPoliciesResponse policies() {
    return ask(channel ->
        PolicyServiceGrpc.newBlockingStub(channel)
            .withDeadlineAfter(QUESTION_SECONDS, TimeUnit.SECONDS)
            .listPolicies(ListPoliciesRequest.getDefaultInstance()));
  }

  /** One policy in force, with the line that gives each of its values. */
  public GetPolicyResponse policy(String name) {
    return ask(channel ->
        PolicyServiceGrpc.newBlockingStub(channel)
            .withDeadlineAfter(QUESTION_SECONDS, TimeUnit.SECONDS)
            .getPolicy(GetPolicyRequest.newBuilder().setName(name).build()));
  }

  /** What a policy in force decides about something that code might do, and which line decides. */
  public ExplainDecisionResponse explain(ExplainDecisionRequest request) {
    return ask(channel ->
        PolicyServiceGrpc.newBlockingStub(channel)
            .withDeadlineAfter(QUESTION_SECONDS, TimeUnit.SECONDS)
            .explainDecision(request));
  }

  /** The Python source that programs see for a catalogue of tools. */
  public String renderToolApi(RenderToolApiRequest request) {
    return renderToolModule(request).getSource();
  }

  /** The same with what a module of it is called. */
  public RenderToolApiResponse renderToolModule(RenderToolApiRequest request) {
    return ask(channel ->
        ToolServiceGrpc.newBlockingStub(channel)
            .withDeadlineAfter(QUESTION_SECONDS, TimeUnit.SECONDS)
            .renderToolApi(request));
  }

  /** The tools of a catalogue that fit some words, best first. */
  public SearchToolsResponse searchTools(SearchToolsRequest request) {
    return ask(channel ->
        ToolServiceGrpc.newBlockingStub(channel)
            .withDeadlineAfter(QUESTION_SECONDS, TimeUnit.SECONDS)
            .searchTools(request));
  }

  /** True when the daemon takes runs; false while it starts or drains. */
  public boolean isServing() {
    HealthCheckResponse health =
        ask(channel ->
            HealthGrpc.newBlockingStub(channel)
                .withDeadlineAfter(QUESTION_SECONDS, TimeUnit.SECONDS)
                .check(HealthCheckRequest.getDefaultInstance()));
    return health.getStatus() == HealthCheckResponse.ServingStatus.SERVING;
  }

  /** Ends every run that is in progress and closes the connection. */
  @Override
  public void close() {
    connection.close();
  }

  /** A run whose start has been sent on that channel. */
  private final class Opened {
    private final ManagedChannel channel;
    private final RunStream stream;
    private final RunEvents events;

    Opened(ManagedChannel channel, RunOptions options, RunListener listener) {
      this.channel = channel;
      this.stream =
          new RunStream(channel.newCall(RunServiceGrpc.getRunMethod(), CallOptions.DEFAULT));
      this.events = new RunEvents(stream, listener, failures);
      stream.open(RunRequest.newBuilder().setStart(options.start()).build());
    }

    RunStream stream() {
      return stream;
    }

    RunResult follow() throws InterruptedException {
      try {
        return events.follow();
      } catch (CaissonException failure) {
        throw noted(failure, channel);
      }
    }
  }

  private Opened opened(RunOptions options, RunListener listener) {
    return new Opened(openChannel(), options, listener);
  }

  private <T> T ask(Function<ManagedChannel, T> question) {
    ManagedChannel channel = openChannel();
    try {
      return question.apply(channel);
    } catch (StatusRuntimeException failure) {
      throw noted(failures.of(failure), channel);
    }
  }

  private ManagedChannel openChannel() {
    if (connection.isClosed()) {
      throw closed();
    }
    return connection.channel();
  }

  /** What a failure means for the connection. */
  private CaissonException noted(CaissonException failure, ManagedChannel channel) {
    if (connection.isClosed()) {
      return closed().because(failure);
    }
    if (failure.reason().equals(CaissonException.DAEMON_UNREACHABLE)) {
      connection.replace(channel);
    }
    return failure;
  }

  private static CaissonException closed() {
    return new CaissonException(CaissonException.CLOSED, "this client is closed", "");
  }
}
