package dev.caisson.daemon.acceptance;

import dev.caisson.v1.GetPoolRequest;
import dev.caisson.v1.GetPoolResponse;
import dev.caisson.v1.PoolServiceGrpc;
import dev.caisson.v1.RunServiceGrpc;
import dev.caisson.v1.SessionServiceGrpc;
import dev.caisson.v1.StartRun;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollDomainSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollIoHandler;
import io.grpc.netty.shaded.io.netty.channel.unix.DomainSocketAddress;
import java.nio.file.Path;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** Runs programs through a daemon's socket and waits for their end. Safe for many threads. */
public final class RunClient implements AutoCloseable {

  private static final LiveRun.ToolHandler NO_TOOLS =
      call -> {
        throw new AssertionError("this test has no tools, but " + call + " was called");
      };

  private final EventLoopGroup loop =
      new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  private final ManagedChannel channel;

  public RunClient(Path socket) {
    channel =
        NettyChannelBuilder.forAddress(
                new DomainSocketAddress(socket.toFile()), InsecureChannelCredentials.create())
            .eventLoopGroup(loop)
            .channelType(EpollDomainSocketChannel.class)
            .executor(Executors.newVirtualThreadPerTaskExecutor())
            .maxInboundMessageSize(64 << 20)
            .build();
  }

  public static StartRun.Builder program(String code) {
    return StartRun.newBuilder().setCode(code);
  }

  public Transcript run(String code) {
    return run(program(code));
  }

  public Transcript run(StartRun.Builder start) {
    return start(start, NO_TOOLS).transcript();
  }

  public Transcript run(StartRun.Builder start, LiveRun.ToolHandler handler) {
    return start(start, handler).transcript();
  }

  public LiveRun start(StartRun.Builder start) {
    return start(start, NO_TOOLS);
  }

  public LiveRun start(StartRun.Builder start, LiveRun.ToolHandler handler) {
    LiveRun run = open(handler);
    run.start(start.build());
    return run;
  }

  /** A stream on which nothing has been said. */
  public LiveRun open(LiveRun.ToolHandler handler) {
    LiveRun run = new LiveRun(handler);
    var unused = RunServiceGrpc.newStub(channel).run(run);
    return run;
  }

  /** The daemon's sessions. */
  public SessionServiceGrpc.SessionServiceBlockingStub sessions() {
    return SessionServiceGrpc.newBlockingStub(channel);
  }

  public GetPoolResponse pool() {
    return PoolServiceGrpc.newBlockingStub(channel).getPool(GetPoolRequest.getDefaultInstance());
  }

  /** True when the daemon serves and every pool has as many warm sandboxes as it should keep. */
  public boolean full() {
    try {
      GetPoolResponse pools = pool();
      return pools.getServing()
          && pools.getPoolsList().stream()
              .allMatch(pool ->
                  pool.getWarm() == pool.getTarget()
                      && pool.getLeased() + pool.getCreating() + pool.getDestroying() == 0);
    } catch (StatusRuntimeException e) {
      return false;
    }
  }

  public ManagedChannel channel() {
    return channel;
  }

  @Override
  public void close() {
    channel.shutdownNow();
    try {
      channel.awaitTermination(5, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }
}
