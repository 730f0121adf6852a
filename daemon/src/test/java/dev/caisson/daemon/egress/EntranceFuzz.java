package dev.caisson.daemon.egress;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What reads the bytes of code at the gate, with inputs that Jazzer changes for coverage. What
 * comes out never depends on how the bytes were cut, and is a reading or a refusal, never an error
 * of ours. Their seeds run in every build; {@code caisson test fuzz} goes on from them.
 */
final class EntranceFuzz {

  /** Readers stop at 32 KiB, and where exactly may depend on how the bytes come. */
  private static final int LONGEST = 16 << 10;

  @MethodSource("requests")
  @FuzzTest(maxDuration = "1m")
  void request(byte[] bytes) throws IOException {
    if (bytes.length > LONGEST) {
      return;
    }
    Optional<Request> whole = read(new ByteArrayInputStream(bytes));
    assertThat(read(new Trickle(bytes)).map(Request::toString))
        .isEqualTo(whole.map(Request::toString));
    if (whole.isPresent() && !whole.get().head().connect()) {
      // A server that reads our words finds this one request in them, and its body behind.
      RequestHead head = whole.get().head();
      byte[] passedOn = head.forServer(new RequestHead.Authority("host.test", 80));
      RequestHead again =
          read(new ByteArrayInputStream(join(passedOn, whole.get().body(), head.chunked())))
              .orElseThrow(() -> new AssertionError("what goes to the server is no request"))
              .head();
      assertThat(again.method()).isEqualTo(head.method());
      assertThat(again.path()).isEqualTo(head.path());
      assertThat(again.chunked()).isEqualTo(head.chunked());
      assertThat(again.contentLength()).isEqualTo(head.contentLength());
      assertThat(again.hostHeader()).contains(new RequestHead.Authority("host.test", 80));
    }
  }

  @MethodSource("hellos")
  @FuzzTest(maxDuration = "1m")
  void clientHello(byte[] bytes) throws IOException {
    if (bytes.length > LONGEST) {
      return;
    }
    ClientHello whole = ClientHello.read(new ByteArrayInputStream(bytes), new byte[0]);
    ClientHello cut = ClientHello.read(new Trickle(bytes), new byte[0]);
    assertThat(cut.serverName()).isEqualTo(whole.serverName());
    assertThat(whole.bytes().length).isLessThanOrEqualTo(bytes.length);
    // Not a byte of it is changed or lost on its way to the server.
    assertThat(whole.bytes()).isEqualTo(Arrays.copyOf(bytes, whole.bytes().length));
    assertThat(cut.bytes()).isEqualTo(Arrays.copyOf(bytes, cut.bytes().length));
  }

  @MethodSource("greetings")
  @FuzzTest(maxDuration = "1m")
  void socks(byte[] bytes) throws IOException {
    ByteArrayInputStream input = new ByteArrayInputStream(bytes);
    SocksReader reader = new SocksReader(input);
    if (reader.greeting()) {
      reader
          .command()
          .ifPresent(command -> {
            assertThat(command.port()).isBetween(0, 65_535);
            assertThat(command.host().length()).isLessThanOrEqualTo(255);
          });
    }
  }

  // ---- seeds ----

  static Stream<byte[]> requests() {
    return Stream.of(
            "GET http://good.test/path?q=1 HTTP/1.1\r\nHost: good.test\r\nAccept: */*\r\n\r\n",
            "CONNECT good.test:443 HTTP/1.1\r\nHost: good.test:443\r\n\r\n\u0016\u0003\u0001",
            "POST http://good.test:8080/ HTTP/1.1\r\nHost: good.test:8080\r\nContent-Length: 3\r\n\r\nabc",
            "POST http://good.test/ HTTP/1.1\r\nHost: good.test\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "3;x=y\r\nabc\r\n0\r\nX-Trailer: 1\r\n\r\n",
            "POST http://good.test/ HTTP/1.1\r\nHost: good.test\r\nContent-Length: 3\r\n"
                + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: good.test\r\nHost: evil.test\r\n\r\n",
            "GET http://good.test@evil.test/ HTTP/1.1\r\nHost: good.test\r\n\r\n",
            "GET / HTTP/1.0\r\nConnection: close, X-A\r\nX-A: 1\r\nX-B: 2\r\n\r\n",
            "OPTIONS * HTTP/1.1\r\nHost: [::1]:80\r\nUpgrade: h2c\r\n\r\n",
            "GET /a\tb HTTP/1.1\nHost: x\n\n",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        .map(text -> text.getBytes(StandardCharsets.ISO_8859_1));
  }

  static Stream<byte[]> hellos() throws GeneralSecurityException, IOException {
    return Stream.of(
        GateTest.hello("good.test"),
        GateTest.hello(""),
        new byte[] {0x16, 3, 1, 0, 4, 1, 0, 0, 0},
        "GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
  }

  static Stream<byte[]> greetings() {
    byte[] name = "good.test".getBytes(StandardCharsets.US_ASCII);
    ByteArrayOutputStream byName = new ByteArrayOutputStream();
    byName.writeBytes(new byte[] {5, 1, 0, 5, 1, 0, 3, (byte) name.length});
    byName.writeBytes(name);
    byName.writeBytes(new byte[] {1, (byte) 0xBB});
    return Stream.of(
        byName.toByteArray(),
        new byte[] {5, 2, 0, 2, 5, 1, 0, 1, 127, 0, 0, 1, 0, 80},
        new byte[] {5, 1, 2},
        new byte[] {4, 1, 0, 80, 127, 0, 0, 1, 0});
  }

  // ---- what they have in common ----

  /** A request whole. Compared by its text: Netty's headers have no equality. */
  private record Request(RequestHead head, String bodyText) {
    byte[] body() {
      return bodyText.getBytes(StandardCharsets.ISO_8859_1);
    }
  }

  /** Empty when it is refused. */
  private static Optional<Request> read(InputStream input) throws IOException {
    RequestReader reader = new RequestReader(input, new byte[0]);
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    try {
      RequestHead head = reader.head();
      if (!head.connect()) {
        reader.body(body::writeBytes);
      }
      return Optional.of(new Request(head, body.toString(StandardCharsets.ISO_8859_1)));
    } catch (RequestHead.Unfit e) {
      return Optional.empty();
    }
  }

  private static byte[] join(byte[] head, byte[] body, boolean chunked) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.writeBytes(head);
    if (chunked) {
      if (body.length > 0) {
        all.writeBytes(
            (Integer.toHexString(body.length) + "\r\n").getBytes(StandardCharsets.US_ASCII));
        all.writeBytes(body);
        all.writeBytes("\r\n".getBytes(StandardCharsets.US_ASCII));
      }
      all.writeBytes("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    } else {
      all.writeBytes(body);
    }
    return all.toByteArray();
  }

  /** Gives one byte at a time. */
  private static final class Trickle extends InputStream {
    private final InputStream all;

    Trickle(byte[] bytes) {
      this.all = new ByteArrayInputStream(bytes);
    }

    @Override
    public int read() throws IOException {
      return all.read();
    }

    @Override
    public int read(byte[] into, int at, int most) throws IOException {
      return all.read(into, at, Math.min(1, most));
    }
  }
}
