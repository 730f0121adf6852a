package dev.caisson.client;

import io.grpc.ConnectivityState;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.nio.NioIoHandler;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.grpc.netty.shaded.io.netty.util.concurrent.DefaultThreadFactory;
import java.net.UnixDomainSocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * The channel to one daemon over its Unix socket, opened at the first call and again after a loss.
 *
 * <p>All input and output happens on one thread of the event loop, a daemon thread. Callbacks of
 * calls run on it too, without a hop, so they only pass things on and never block.
 *
 * <p>The JDK's own Unix sockets: no native library, one code path for every platform.
 */
final class DaemonConnection implements AutoCloseable {

  /**
   * Its one warning, for every connection, is that a Unix socket has no SO_KEEPALIVE, which gRPC sets
   * on whatever socket it gets. Kept in a field, because loggers are collected together with their
   * levels. A program that sends Netty's log elsewhere than java.util.logging sets this level there.
   */
  private static final Logger BOOTSTRAP =
      Logger.getLogger("io.grpc.netty.shaded.io.netty.bootstrap.Bootstrap");

  static {
    BOOTSTRAP.setLevel(Level.SEVERE);
  }

  /** Rendered tool APIs and tool arguments may pass gRPC's default of 4 MiB. */
  private static final int LARGEST_MESSAGE_BYTES = 64 << 20;

  private final MultiThreadIoEventLoopGroup eventLoop;
  private final ManagedChannel channel;

  DaemonConnection(DaemonAddress address) {
    UnixDomainSocketAddress socket = UnixDomainSocketAddress.of(address.socket());
    eventLoop =
        new MultiThreadIoEventLoopGroup(
            1,
            new DefaultThreadFactory("caisson-client", /* daemon= */ true),
            NioIoHandler.newFactory());
    channel =
        NettyChannelBuilder.forAddress(socket, InsecureChannelCredentials.create())
            .channelFactory(NioDomainSocketChannel::new, UnixDomainSocketAddress.class)
            .eventLoopGroup(eventLoop)
            // The authority would be the path of the socket, which strict servers refuse.
            .overrideAuthority("localhost")
            .directExecutor()
            // A run is never safe to send twice, and without retries nothing is kept for them.
            .disableRetry()
            .maxInboundMessageSize(LARGEST_MESSAGE_BYTES)
            .build();
  }

  ManagedChannel channel() {
    return channel;
  }

  /**
   * Lets the next call try to connect at once instead of failing until a back-off has passed: the
   * user has just been told to start a daemon, and will have done so.
   */
  void forgetFailure() {
    if (channel.getState(/* requestConnection= */ false) == ConnectivityState.TRANSIENT_FAILURE) {
      channel.enterIdle();
    }
  }

  boolean isClosed() {
    return channel.isShutdown();
  }

  @Override
  public void close() {
    channel.shutdownNow();
    eventLoop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }
}
