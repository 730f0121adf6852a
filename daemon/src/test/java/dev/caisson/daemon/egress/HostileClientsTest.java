package dev.caisson.daemon.egress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.caisson.daemon.egress.HostileClients.Cut;
import dev.caisson.daemon.model.ByteSize;
import dev.caisson.daemon.policy.HostPattern;
import dev.caisson.daemon.policy.NetworkLimits;
import dev.caisson.daemon.policy.NetworkPolicy;
import dev.caisson.daemon.policy.NetworkProtocol;
import dev.caisson.daemon.policy.NetworkRule;
import dev.caisson.daemon.policy.RuleRef;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/**
 * Whatever bytes a client sends, however they are cut: a parser says what they are or that they are
 * nothing, takes no more than its limit, and the gate serves on. Seeds are fixed, so that a failure
 * comes again.
 */
class HostileClientsTest {

  private static final int SEEDS = 1_500;

  /** A head and what is read with it in one go. */
  private static final int MOST_TAKEN = 96 << 10;

  private static final List<String> REQUESTS =
      List.of(
          "GET http://good.test:80/path?q=1 HTTP/1.1\r\nHost: good.test:80\r\nAccept: */*\r\n\r\n",
          "CONNECT good.test:443 HTTP/1.1\r\nHost: good.test:443\r\n\r\nearly",
          "POST http://good.test/ HTTP/1.1\r\nHost: good.test\r\nContent-Length: 3\r\n\r\nabc",
          "POST http://good.test/ HTTP/1.1\r\nHost: good.test\r\nTransfer-Encoding: chunked\r\n\r\n"
              + "3;x=y\r\nabc\r\n10\r\n0123456789abcdef\r\n0\r\nX-Trailer: 1\r\n\r\n");

  // ---- the parsers, each by itself ----

  @Test
  void aRequestIsTheSameHoweverItsBytesAreCut() throws IOException {
    for (int seed = 0; seed < SEEDS; seed++) {
      Random random = new Random(seed);
      byte[] sample = REQUESTS.get(seed % REQUESTS.size()).getBytes(StandardCharsets.ISO_8859_1);
      byte[] bytes = HostileClients.nearly(random, sample);
      String whole = request(bytes, bytes.length + 1);
      assertThat(request(bytes, 1)).as("seed %d", seed).isEqualTo(whole);
      assertThat(request(bytes, 1 + random.nextInt(30))).as("seed %d", seed).isEqualTo(whole);
    }
  }

  /** The head and the body; an unfit one is just that. */
  private static String request(byte[] bytes, int step) throws IOException {
    RequestReader reader = new RequestReader(Cut.of(bytes, step), new byte[0]);
    try {
      RequestHead head = reader.head();
      ByteArrayOutputStream body = new ByteArrayOutputStream();
      if (!head.connect()) {
        reader.body(body::writeBytes);
      }
      assertThat(
              new String(
                  head.forServer(new RequestHead.Authority("good.test", 80)),
                  StandardCharsets.ISO_8859_1))
          .endsWith("\r\n\r\n")
          .containsOnlyOnce("\r\n\r\n");
      return head + " " + body.toString(StandardCharsets.ISO_8859_1);
    } catch (RequestHead.Unfit e) {
      return "unfit";
    }
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '!',
      value = {
        "!!,x",
        "!!,\\r\\n",
        "!!,\\0",
        "!GET !,/a",
        "GET http://good.test/ HTTP/1.1\\r\\n,A: b\\r\\n",
        "!GET http://good.test/ HTTP/1.1\\r\\nA: !,x",
        "GET http://good.test/ HTTP/1.1\\r\\nA: b\\r\\n,! folded\\r\\n!"
      })
  void aHeadWithoutEndIsLetGoSoon(String beginning, String rest) {
    Cut input = Cut.endless(text(beginning), text(rest));

    assertThatThrownBy(() -> new RequestReader(input, new byte[0]).head())
        .isInstanceOf(RequestHead.Unfit.class);
    assertThat(input.taken).isLessThan(MOST_TAKEN);
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '!',
      value = {"!!,1", "5;,x", "0\\r\\n,A: b\\r\\n", "!0\\r\\nA: !,x", "!!,\\r\\n", "3\\r\\nabc,x"})
  void aChunkedBodyWhoseFrameHasNoEndIsLetGoSoon(String beginning, String rest)
      throws IOException, RequestHead.Unfit {
    Cut input = Cut.endless(head("Transfer-Encoding: chunked") + text(beginning), text(rest));
    RequestReader reader = new RequestReader(input, new byte[0]);
    reader.head();

    assertThatThrownBy(() -> reader.body(data -> {})).isInstanceOf(RequestHead.Unfit.class);
    assertThat(input.taken).isLessThan(MOST_TAKEN);
  }

  private static String head(String field) {
    return "POST http://good.test/ HTTP/1.1\r\nHost: good.test\r\n" + field + "\r\n\r\n";
  }

  private static String text(String written) {
    return written.replace("\\r", "\r").replace("\\n", "\n").replace("\\0", "\0");
  }

  @Test
  void aClientHelloNamesTheSameServerHoweverItsBytesAreCut() throws Exception {
    byte[] hello = hello();
    assertThat(serverName(hello, 1)).contains("good.test");
    for (int seed = 0; seed < SEEDS; seed++) {
      Random random = new Random(seed);
      byte[] bytes = HostileClients.nearly(random, hello);
      if (bytes.length == 0) {
        continue;
      }
      Optional<String> whole = serverName(bytes, bytes.length);
      assertThat(serverName(bytes, 1)).as("seed %d", seed).isEqualTo(whole);
      assertThat(serverName(bytes, 1 + random.nextInt(99))).as("seed %d", seed).isEqualTo(whole);
    }
  }

  private static Optional<String> serverName(byte[] bytes, int step) throws IOException {
    Cut input = Cut.of(bytes, step);
    byte[] begun = Arrays.copyOf(bytes, Math.min(bytes.length, step));
    assertThat(input.read(new byte[begun.length])).isEqualTo(begun.length);
    ClientHello hello = ClientHello.read(input, begun);
    assertThat(hello.bytes()).isEqualTo(Arrays.copyOf(bytes, hello.bytes().length));
    return hello.serverName();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"\u0016\u0003\u0001\u0040\0", "\u0016\u0003\u0001\0\u0004\1\u00ff\u00ff\u00ff"})
  void aClientHelloWithoutEndIsLetGoSoon(String record) throws IOException {
    Cut input = Cut.endless("", record);

    assertThat(ClientHello.read(input, new byte[0]).serverName()).isEmpty();
    assertThat(input.taken).isLessThan(MOST_TAKEN);
  }

  @Test
  void socksIsReadAsItsBytesAndNoFurther() throws IOException {
    byte[] sample =
        "\5\1\0\5\1\0\3\u0009good.test\u0001\u00bbrest".getBytes(StandardCharsets.ISO_8859_1);
    for (int seed = 0; seed < SEEDS; seed++) {
      byte[] bytes = HostileClients.nearly(new Random(seed), sample);
      Cut input = Cut.of(bytes, 1);
      SocksReader reader = new SocksReader(input);
      if (reader.greeting()) {
        var unused = reader.command();
      }
      assertThat(input.taken).as("seed %d", seed).isLessThan(700);
    }
    Cut endless = Cut.endless("\5\u00ff", "\0");
    SocksReader reader = new SocksReader(endless);
    assertThat(reader.greeting()).isTrue();
    assertThat(reader.command()).isEmpty();
    assertThat(endless.taken).isLessThan(700);
  }

  // ---- all of it together ----

  /** Each of the four entrances, and a tunnel for whatever begins in it. */
  @Test
  void theGateServesOnWhateverCameBefore() throws Exception {
    ListAppender<ILoggingEvent> said = new ListAppender<>();
    Logger logger = (Logger) LoggerFactory.getLogger(RunGate.class);
    said.start();
    logger.addAppender(said);
    try (TestServer http = new TestServer(TestServer.ONE_ANSWER);
        GatedAgent sandbox = new GatedAgent(policy(http.port()))) {
      List<byte[]> samples = samples(http.port());
      for (int seed = 0; seed < 300; seed++) {
        Random random = new Random(seed);
        byte[] sample = samples.get(seed % samples.size());
        byte[] bytes = seed < samples.size() ? sample : HostileClients.nearly(random, sample);
        visit(sandbox, entrance(seed % samples.size()), random, bytes, http.port());
      }

      assertThat(sandbox.lost.get()).isEmpty();
      assertThat(sandbox.stopped).isEmpty();
      assertThat(
              sandbox.all(
                  sandbox.open("http", REQUESTS.getFirst().replace(":80", ":" + http.port()))))
          .startsWith("HTTP/1.1 200 OK\r\n");
    } finally {
      logger.detachAppender(said);
    }
    assertThat(said.list).as("what could not be served").isEmpty();
  }

  private static void visit(
      GatedAgent sandbox, String entrance, Random random, byte[] bytes, int port)
      throws InterruptedException {
    if (entrance.equals("direct")) {
      assertThat(
              sandbox.ask(
                  "{\"ask\":\"connect\",\"host\":\"good.test\",\"port\":%d,\"source\":40000}"
                      .formatted(port)))
          .isEqualTo("{\"allowed\":true}\n");
    }
    long number = sandbox.open(entrance);
    for (int at = 0; at < bytes.length; ) {
      int end = Math.min(bytes.length, at + 1 + random.nextInt(400));
      sandbox.send(number, Arrays.copyOfRange(bytes, at, end));
      at = end;
    }
    sandbox.sendEnd(number);
    sandbox.all(number);
    sandbox.close(number);
  }

  private static String entrance(int sample) {
    return sample < 5 ? "http" : sample < 6 ? "socks" : sample < 8 ? "direct" : "ask";
  }

  private static List<byte[]> samples(int port) throws Exception {
    List<byte[]> samples = new ArrayList<>();
    for (String request : REQUESTS) {
      samples.add(
          request
              .replace("good.test:80", "good.test:" + port)
              .replace("good.test:443", "good.test:" + port)
              .getBytes(StandardCharsets.ISO_8859_1));
    }
    samples.add(joined(connect(port), hello()));
    samples.add(joined(socks(port), hello()));
    samples.add(hello());
    samples.add(
        "GET / HTTP/1.1\r\nHost: good.test:%d\r\n\r\n"
            .formatted(port)
            .getBytes(StandardCharsets.US_ASCII));
    samples.add(
        "{\"ask\":\"resolve\",\"host\":\"good.test\",\"port\":0}\n"
            .getBytes(StandardCharsets.US_ASCII));
    samples.add(
        "{\"ask\":\"connect\",\"host\":\"good.test\",\"port\":%d,\"source\":7,\"wait\":true}\n"
            .formatted(port)
            .getBytes(StandardCharsets.US_ASCII));
    return samples;
  }

  private static byte[] connect(int port) {
    return "CONNECT good.test:%1$d HTTP/1.1\r\nHost: good.test:%1$d\r\n\r\n"
        .formatted(port)
        .getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] socks(int port) {
    return ByteBuffer.allocate(19)
        .put(new byte[] {5, 1, 0, 5, 1, 0, 3, 9})
        .put("good.test".getBytes(StandardCharsets.US_ASCII))
        .putShort((short) port)
        .array();
  }

  private static byte[] joined(byte[] first, byte[] second) {
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }

  private static byte[] hello() throws Exception {
    SSLEngine engine = SSLContext.getDefault().createSSLEngine("good.test", 443);
    engine.setUseClientMode(true);
    ByteBuffer record = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
    engine.wrap(ByteBuffer.allocate(0), record);
    byte[] bytes = new byte[record.flip().remaining()];
    record.get(bytes);
    return bytes;
  }

  private static NetworkPolicy policy(int port) {
    RuleRef rule = new RuleRef("network.allow[0]", "web.yaml", 4);
    return new NetworkPolicy(
        List.of(
            new NetworkRule(
                HostPattern.of("good.test").orElseThrow(),
                Set.of(port),
                Set.of(NetworkProtocol.HTTP, NetworkProtocol.TLS),
                Set.of("GET", "POST"),
                rule)),
        new NetworkLimits(
            256,
            100_000,
            ByteSize.ofMebibytes(64),
            ByteSize.ofMebibytes(64),
            Duration.ofSeconds(30)),
        rule);
  }
}
