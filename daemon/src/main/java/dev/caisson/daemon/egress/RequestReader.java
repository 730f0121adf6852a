package dev.caisson.daemon.egress;

import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import io.grpc.netty.shaded.io.netty.buffer.Unpooled;
import io.grpc.netty.shaded.io.netty.buffer.UnpooledByteBufAllocator;
import io.grpc.netty.shaded.io.netty.channel.embedded.EmbeddedChannel;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpContent;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpDecoderConfig;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpMessage;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpRequest;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpRequestDecoder;
import io.grpc.netty.shaded.io.netty.handler.codec.http.LastHttpContent;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * Reads one request from a connection with Netty's decoder, used as a parser without a network of
 * its own. What follows the request stays unread.
 *
 * <p>For one thread. The decoder's buffers are plain arrays, so nothing has to be released.
 */
final class RequestReader {

  private static final int LONGEST_HEAD = 32 << 10;
  private static final int LONGEST_LINE = 16 << 10;
  private static final int PIECE = 16 << 10;

  private final InputStream input;
  private final EmbeddedChannel decoder;
  private byte[] unread;

  /**
   * @param begun bytes that were read from the input before
   */
  RequestReader(InputStream input, byte[] begun) {
    this.input = input;
    this.unread = begun;
    HttpDecoderConfig config =
        new HttpDecoderConfig()
            .setMaxInitialLineLength(LONGEST_LINE)
            .setMaxHeaderSize(LONGEST_HEAD)
            .setMaxChunkSize(PIECE)
            .setAllowDuplicateContentLengths(false)
            .setStrictLineParsing(true)
            .setUseRfc9112TransferEncoding(true)
            .setValidateHeaders(true);
    decoder = new EmbeddedChannel(false, false, new Strict(config));
    decoder.config().setAllocator(new UnpooledByteBufAllocator(false));
    register(decoder);
  }

  /** Netty mends a request of two lengths by leaving one out; we do not want it mended. */
  private static final class Strict extends HttpRequestDecoder {
    Strict(HttpDecoderConfig config) {
      super(config);
    }

    @Override
    protected void handleTransferEncodingChunkedWithContentLength(HttpMessage message) {
      throw new IllegalArgumentException("both Content-Length and Transfer-Encoding");
    }
  }

  /** The head. Reads no byte past it into the decoder. */
  RequestHead head() throws IOException, RequestHead.Unfit {
    byte[] seen = Arrays.copyOf(unread, Math.max(PIECE, unread.length));
    int size = unread.length;
    int searched = 0;
    int end = endOfHead(seen, searched, size);
    while (end < 0) {
      if (size > LONGEST_HEAD) {
        throw new RequestHead.Unfit("the head of the request is longer than 32 KiB");
      }
      searched = Math.max(0, size - 3);
      if (size == seen.length) {
        seen = Arrays.copyOf(seen, 2 * size);
      }
      int count = input.read(seen, size, seen.length - size);
      if (count < 0) {
        throw new RequestHead.Unfit("the request ends within its head");
      }
      size += count;
      end = endOfHead(seen, searched, size);
    }
    if (end > LONGEST_HEAD) {
      throw new RequestHead.Unfit("the head of the request is longer than 32 KiB");
    }
    unread = Arrays.copyOfRange(seen, end, size);
    decoder.writeInbound(Unpooled.copiedBuffer(seen, 0, end));
    if (decoder.readInbound() instanceof HttpRequest request) {
      return RequestHead.of(request);
    }
    throw new RequestHead.Unfit("the request is not HTTP");
  }

  /** What came behind the head and was not read as a body. */
  byte[] unread() {
    return unread;
  }

  /** Takes pieces of a body. */
  interface Pieces {
    void piece(byte[] data) throws IOException;
  }

  /** Reads the body that the head has announced, to its end. */
  void body(Pieces pieces) throws IOException, RequestHead.Unfit {
    byte[] buffer = new byte[PIECE];
    while (true) {
      Object part = decoder.readInbound();
      if (part instanceof HttpContent content) {
        if (!content.decoderResult().isSuccess()) {
          throw new RequestHead.Unfit("the body of the request is not HTTP");
        }
        byte[] data = bytes(content.content());
        if (data.length > 0) {
          pieces.piece(data);
        }
        if (content instanceof LastHttpContent) {
          return;
        }
        continue;
      }
      if (unread.length > 0) {
        decoder.writeInbound(Unpooled.wrappedBuffer(unread));
        unread = new byte[0];
        continue;
      }
      int count = input.read(buffer);
      if (count < 0) {
        throw new RequestHead.Unfit("the request ends within its body");
      }
      decoder.writeInbound(Unpooled.copiedBuffer(buffer, 0, count));
    }
  }

  private static byte[] bytes(ByteBuf buffer) {
    byte[] data = new byte[buffer.readableBytes()];
    buffer.readBytes(data);
    buffer.release();
    return data;
  }

  /** Where the empty line ends, or -1. */
  private static int endOfHead(byte[] bytes, int from, int size) {
    for (int i = from + 3; i < size; i++) {
      if (bytes[i] == '\n'
          && bytes[i - 1] == '\r'
          && bytes[i - 2] == '\n'
          && bytes[i - 3] == '\r') {
        return i + 1;
      }
    }
    return -1;
  }

  private static void register(EmbeddedChannel channel) {
    try {
      channel.register();
    } catch (Exception e) {
      throw new IllegalStateException("Netty's parser cannot be made", e);
    }
  }
}
