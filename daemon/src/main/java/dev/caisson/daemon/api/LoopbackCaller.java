package dev.caisson.daemon.api;

import com.google.protobuf.ByteString;
import dev.caisson.v1.RunFinished;
import dev.caisson.v1.RunRequest;
import dev.caisson.v1.RunResponse;
import dev.caisson.v1.RunServiceGrpc;
import dev.caisson.v1.StartRun;
import dev.caisson.v1.Tool;
import dev.caisson.v1.ToolCatalogue;
import dev.caisson.v1.ToolResult;
import dev.caisson.v1.ToolServer;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollDomainSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollIoHandler;
import io.grpc.netty.shaded.io.netty.channel.unix.DomainSocketAddress;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A caller in the daemon's own process, over a real socket: starts runs and answers their calls of
 * its one tool, {@code rehearsal.echo}. One run at a time.
 */
public final class LoopbackCaller implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final ToolCatalogue ONE_TOOL =
      ToolCatalogue.newBuilder()
          .addServers(
              ToolServer.newBuilder()
                  .setName("rehearsal")
                  .addTools(
                      Tool.newBuilder()
                          .setName("echo")
                          .setInputSchemaJson(
                              ByteString.copyFromUtf8(
                                  """
                                  {"type": "object", "properties": {"text": {"type": "string"}}}\
                                  """))))
          .build();

  private final EventLoopGroup eventLoop =
      new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  private final ManagedChannel channel;

  public LoopbackCaller(Path socket) {
    channel =
        NettyChannelBuilder.forAddress(
                new DomainSocketAddress(socket.toFile()), InsecureChannelCredentials.create())
            .channelType(EpollDomainSocketChannel.class, DomainSocketAddress.class)
            .eventLoopGroup(eventLoop)
            .overrideAuthority("localhost")
            .directExecutor()
            .disableRetry()
            .build();
  }

  /** Runs a program to its end and gives its outcome, or why the call failed. */
  public String run(String code) throws InterruptedException {
    Answering run = new Answering();
    RunServiceGrpc.newStub(channel).run(run);
    run.start(code);
    try {
      return run.outcome.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      return String.valueOf(e);
    }
  }

  @Override
  public void close() {
    channel.shutdownNow();
    eventLoop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }

  /** All of it runs on the event loop but {@link #start}. */
  private static final class Answering implements ClientResponseObserver<RunRequest, RunResponse> {

    private final CompletableFuture<String> outcome = new CompletableFuture<>();
    private final CompletableFuture<ClientCallStreamObserver<RunRequest>> call =
        new CompletableFuture<>();

    @Override
    public void beforeStart(ClientCallStreamObserver<RunRequest> requests) {
      call.complete(requests);
    }

    void start(String code) {
      call.join()
          .onNext(
              RunRequest.newBuilder()
                  .setStart(StartRun.newBuilder().setCode(code).setTools(ONE_TOOL))
                  .build());
    }

    @Override
    public void onNext(RunResponse event) {
      switch (event.getEventCase()) {
        case TOOL_CALL ->
            call.join()
                .onNext(
                    RunRequest.newBuilder()
                        .setToolResult(
                            ToolResult.newBuilder()
                                .setCallId(event.getToolCall().getCallId())
                                .setValueJson(event.getToolCall().getArgumentsJson()))
                        .build());
        case FINISHED -> {
          RunFinished finished = event.getFinished();
          outcome.complete(finished.getOutcome().name());
          call.join().onCompleted();
        }
        default -> {}
      }
    }

    @Override
    public void onError(Throwable failure) {
      outcome.complete(failure.toString());
    }

    @Override
    public void onCompleted() {
      outcome.complete("the stream ended without `finished`");
    }
  }
}
