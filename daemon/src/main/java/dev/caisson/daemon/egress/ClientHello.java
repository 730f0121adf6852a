package dev.caisson.daemon.egress;

import io.grpc.netty.shaded.io.netty.buffer.Unpooled;
import io.grpc.netty.shaded.io.netty.buffer.UnpooledByteBufAllocator;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.channel.embedded.EmbeddedChannel;
import io.grpc.netty.shaded.io.netty.handler.ssl.AbstractSniHandler;
import io.grpc.netty.shaded.io.netty.util.concurrent.Future;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The first message of a TLS client, read far enough to know which server it asks for. The bytes go
 * on unchanged.
 *
 * @param bytes all that was read for it
 * @param serverName in small letters; empty when the client names none, or what it says is not TLS
 */
@SuppressWarnings("ArrayRecordComponent") // carried, never compared
record ClientHello(byte[] bytes, Optional<String> serverName) {

  /** The first byte of a record that carries a handshake. */
  static final int HANDSHAKE = 0x16;

  /** Post-quantum key shares take 1 to 2 KiB; nobody needs this much. */
  private static final int LONGEST = 32 << 10;

  private static final int PIECE = 4 << 10;

  /** A fatal alert, "access denied", which clients show as such. */
  static final byte[] ACCESS_DENIED = {0x15, 3, 3, 0, 2, 2, 49};

  /** Reads until the whole message is there. {@code begun} was read before. */
  static ClientHello read(InputStream input, byte[] begun) throws IOException {
    Finder finder = new Finder();
    EmbeddedChannel parser = new EmbeddedChannel(false, false, finder);
    parser.config().setAllocator(new UnpooledByteBufAllocator(false));
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    byte[] piece = begun;
    try {
      parser.register();
      while (true) {
        all.writeBytes(piece);
        parser.writeInbound(Unpooled.copiedBuffer(piece));
        if (finder.done || all.size() > LONGEST) {
          break;
        }
        byte[] buffer = new byte[PIECE];
        int count = input.read(buffer);
        if (count < 0) {
          break;
        }
        piece = java.util.Arrays.copyOf(buffer, count);
      }
    } catch (IOException e) {
      throw e;
    } catch (Exception e) {
      return new ClientHello(all.toByteArray(), Optional.empty());
    }
    return new ClientHello(all.toByteArray(), finder.found);
  }

  /** Netty's parser of the message, asked for the name alone. */
  private static final class Finder extends AbstractSniHandler<Boolean> {

    private boolean done;
    private Optional<String> found = Optional.empty();

    Finder() {
      super(LONGEST, 0);
    }

    @Override
    protected Future<Boolean> lookup(ChannelHandlerContext context, @Nullable String hostname) {
      done = true;
      found = Optional.ofNullable(hostname);
      return context.executor().newSucceededFuture(true);
    }

    @Override
    protected void onLookupComplete(
        ChannelHandlerContext context, @Nullable String hostname, Future<Boolean> future) {
      // Whether the name fits is decided outside of the parser.
    }
  }
}
