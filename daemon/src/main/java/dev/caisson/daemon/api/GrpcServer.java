package dev.caisson.daemon.api;

import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.Deadline;
import io.grpc.BindableService;
import io.grpc.Server;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollIoHandler;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.unix.DomainSocketAddress;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * The gRPC server on its Unix socket, with health and reflection. Each callback runs on a virtual
 * thread; the two event loops only move bytes.
 */
public final class GrpcServer {

  /** A start message carries a whole tool catalogue. */
  private static final int INBOUND_BYTES = 32 << 20;

  private final HealthStatusManager health = new HealthStatusManager();
  private final EventLoopGroup eventLoops;
  private final Server server;
  private volatile boolean serving;

  public GrpcServer(Path socket, List<BindableService> services) {
    eventLoops = new MultiThreadIoEventLoopGroup(2, EpollIoHandler.newFactory());
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(new DomainSocketAddress(socket.toFile()))
            .channelType(EpollServerDomainSocketChannel.class)
            .bossEventLoopGroup(eventLoops)
            .workerEventLoopGroup(eventLoops)
            .executor(Executors.newVirtualThreadPerTaskExecutor())
            .maxInboundMessageSize(INBOUND_BYTES)
            .permitKeepAliveTime(10, TimeUnit.SECONDS)
            .permitKeepAliveWithoutCalls(true);
    services.forEach(builder::addService);
    server =
        builder
            .addService(health.getHealthService())
            .addService(ProtoReflectionServiceV1.newInstance())
            .build();
    health.setStatus("", ServingStatus.NOT_SERVING);
  }

  /** Listens; not serving yet. */
  public void start() {
    try {
      server.start();
    } catch (IOException e) {
      throw new SandboxException(
          ErrorCode.INVALID_CONFIGURATION,
          "cannot listen on the socket: " + e.getMessage() + "; is its folder writable?",
          e);
    }
  }

  public boolean serving() {
    return serving;
  }

  /** Says whether runs are taken, to whoever asks the health service. */
  public void serving(boolean now) {
    serving = now;
    health.setStatus("", now ? ServingStatus.SERVING : ServingStatus.NOT_SERVING);
  }

  /** Lets calls in progress end until the deadline, then cuts them. */
  public void stop(Deadline deadline) {
    serving = false;
    health.enterTerminalState();
    server.shutdown();
    try {
      if (!server.awaitTermination(deadline.remaining().toMillis(), TimeUnit.MILLISECONDS)) {
        server.shutdownNow();
        server.awaitTermination(1, TimeUnit.SECONDS);
      }
    } catch (InterruptedException e) {
      server.shutdownNow();
      Thread.currentThread().interrupt();
    }
    eventLoops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }
}
