package dev.caisson.client;

import io.grpc.BindableService;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.nio.NioIoHandler;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;

/** A gRPC server on a real Unix socket, with services that a test wrote. */
public final class ScriptedDaemon implements AutoCloseable {

  /** As in DaemonConnection: gRPC sets an option that Unix sockets lack. */
  private static final Logger BOOTSTRAP =
      Logger.getLogger("io.grpc.netty.shaded.io.netty.bootstrap.ServerBootstrap");

  static {
    BOOTSTRAP.setLevel(Level.SEVERE);
  }

  private final Path socket;
  private final ScriptedRunService runs = new ScriptedRunService();
  private final MultiThreadIoEventLoopGroup eventLoop =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final Server server;

  public ScriptedDaemon(Path folder, BindableService... others) throws IOException {
    socket = folder.resolve("caisson.sock");
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(
                UnixDomainSocketAddress.of(socket), InsecureServerCredentials.create())
            .channelType(NioServerDomainSocketChannel.class)
            .bossEventLoopGroup(eventLoop)
            .workerEventLoopGroup(eventLoop)
            .addService(runs);
    for (BindableService other : others) {
      builder.addService(other);
    }
    server = builder.build().start();
  }

  public Path socket() {
    return socket;
  }

  public ScriptedRunService runs() {
    return runs;
  }

  /** Drops every connection, as a killed daemon does. */
  @Override
  public void close() {
    server.shutdownNow();
    try {
      server.awaitTermination(20, TimeUnit.SECONDS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
    eventLoop.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
  }
}
