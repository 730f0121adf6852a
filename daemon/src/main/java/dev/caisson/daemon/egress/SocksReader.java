package dev.caisson.daemon.egress;

import io.grpc.netty.shaded.io.netty.buffer.Unpooled;
import io.grpc.netty.shaded.io.netty.buffer.UnpooledByteBufAllocator;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandler;
import io.grpc.netty.shaded.io.netty.channel.embedded.EmbeddedChannel;
import io.grpc.netty.shaded.io.netty.handler.codec.socksx.v5.Socks5AuthMethod;
import io.grpc.netty.shaded.io.netty.handler.codec.socksx.v5.Socks5CommandRequest;
import io.grpc.netty.shaded.io.netty.handler.codec.socksx.v5.Socks5CommandRequestDecoder;
import io.grpc.netty.shaded.io.netty.handler.codec.socksx.v5.Socks5CommandType;
import io.grpc.netty.shaded.io.netty.handler.codec.socksx.v5.Socks5InitialRequest;
import io.grpc.netty.shaded.io.netty.handler.codec.socksx.v5.Socks5InitialRequestDecoder;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/** The two messages of a SOCKS5 client, read with Netty's decoders, no byte further. */
final class SocksReader {

  /** Two bytes and 255 methods; the other message is about as long. */
  private static final int LONGEST = 300;

  /** What a client wants. */
  record Command(boolean connect, String host, int port) {}

  private final InputStream input;

  SocksReader(InputStream input) {
    this.input = input;
  }

  /** Whether the client greets in SOCKS5 and would go without a password. */
  boolean greeting() throws IOException {
    return read(new Socks5InitialRequestDecoder(), Socks5InitialRequest.class)
        .map(greeting -> greeting.authMethods().contains(Socks5AuthMethod.NO_AUTH))
        .orElse(false);
  }

  /** What the client wants; empty when it cannot be read. */
  Optional<Command> command() throws IOException {
    return read(new Socks5CommandRequestDecoder(), Socks5CommandRequest.class)
        .map(command ->
            new Command(
                command.type().equals(Socks5CommandType.CONNECT),
                command.dstAddr(),
                command.dstPort()));
  }

  private <T> Optional<T> read(ChannelHandler decoder, Class<T> type) throws IOException {
    EmbeddedChannel parser = new EmbeddedChannel(false, false, decoder);
    parser.config().setAllocator(new UnpooledByteBufAllocator(false));
    try {
      parser.register();
      for (int i = 0; i < LONGEST; i++) {
        int next = input.read();
        if (next < 0) {
          return Optional.empty();
        }
        parser.writeInbound(Unpooled.wrappedBuffer(new byte[] {(byte) next}));
        Object message = parser.readInbound();
        if (message != null) {
          boolean good =
              type.isInstance(message)
                  && ((io.grpc.netty.shaded.io.netty.handler.codec.DecoderResultProvider) message)
                      .decoderResult()
                      .isSuccess();
          return good ? Optional.of(type.cast(message)) : Optional.empty();
        }
      }
      return Optional.empty();
    } catch (IOException e) {
      throw e;
    } catch (Exception e) {
      return Optional.empty();
    }
  }
}
