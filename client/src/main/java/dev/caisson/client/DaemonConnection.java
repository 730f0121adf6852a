package dev.caisson.client;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.nio.NioIoHandler;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.grpc.netty.shaded.io.netty.util.concurrent.DefaultThreadFactory;
import java.net.UnixDomainSocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
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
   * Its one warning, for every connection, is that a Unix socket has no SO_KEEPALIVE, which gRPC
   * sets on whatever socket it gets. Kept in a field, because loggers are collected together with
   * their levels. A program that sends Netty's log elsewhere than java.util.logging sets this level
   * there.
   */
  private static final Logger BOOTSTRAP =
      Logger.getLogger("io.grpc.netty.shaded.io.netty.bootstrap.Bootstrap");

  static {
    BOOTSTRAP.setLevel(Level.SEVERE);
  }

  /** Rendered tool APIs and tool arguments may pass gRPC's default of 4 MiB. */
  private static final int LARGEST_MESSAGE_BYTES = 64 << 20;

  private final UnixDomainSocketAddress socket;
  private final MultiThreadIoEventLoopGroup eventLoop;
  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock")
  private ManagedChannel channel;

  @GuardedBy("lock")
  private boolean closed;

  DaemonConnection(DaemonAddress address) {
    socket = UnixDomainSocketAddress.of(address.socket());
    eventLoop =
        new MultiThreadIoEventLoopGroup(
            1,
            new DefaultThreadFactory("caisson-client", /* daemon= */ true),
            NioIoHandler.newFactory());
    channel = newChannel();
  }

  ManagedChannel channel() {
    lock.lock();
    try {
      return channel;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Puts a new channel in the place of one that could not connect. That one would fail every call
   * until a back-off has passed, though the user has just been told to start a daemon and will have
   * done so. Calls that it still has go on.
   */
  void replace(ManagedChannel failed) {
    lock.lock();
    try {
      if (closed || channel != failed) {
        return;
      }
      channel = newChannel();
    } finally {
      lock.unlock();
    }
    failed.shutdown();
  }

  boolean isClosed() {
    lock.lock();
    try {
      return closed;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    ManagedChannel last;
    lock.lock();
    try {
      closed = true;
      last = channel;
    } finally {
      lock.unlock();
    }
    last.shutdownNow();
    awaitEnd(last);
    eventLoop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }

  /** The calls' ends run on the event loop, so it may go only after them. */
  private static void awaitEnd(ManagedChannel channel) {
    try {
      if (!channel.awaitTermination(1, TimeUnit.SECONDS)) {
        return; // The loop's own end closes what is left.
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private ManagedChannel newChannel() {
    return NettyChannelBuilder.forAddress(socket, InsecureChannelCredentials.create())
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
}
