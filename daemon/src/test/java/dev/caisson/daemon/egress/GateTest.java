package dev.caisson.daemon.egress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.caisson.daemon.channel.FrameKind;
import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.model.ByteSize;
import dev.caisson.daemon.model.RunOutcome;
import dev.caisson.daemon.policy.HostPattern;
import dev.caisson.daemon.policy.NetworkLimits;
import dev.caisson.daemon.policy.NetworkPolicy;
import dev.caisson.daemon.policy.NetworkProtocol;
import dev.caisson.daemon.policy.NetworkRule;
import dev.caisson.daemon.policy.RuleRef;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The gate between a scripted sandbox and real servers on this machine. */
class GateTest {

  private static final NetworkLimits LIMITS =
      new NetworkLimits(
          8, 1_000, ByteSize.ofMebibytes(64), ByteSize.ofMebibytes(64), Duration.ofSeconds(30));
  private static final RuleRef SECTION = new RuleRef("network.allow", "web.yaml", 3);

  private final TestServer http = new TestServer(TestServer.ONE_ANSWER);
  private final TestServer echo = new TestServer(TestServer.ECHO);
  private final TestServer secure = new TestServer(TestServer.ECHO);
  private final GatedAgent sandbox = new GatedAgent(policy(LIMITS));

  GateTest() throws InterruptedException {}

  @AfterEach
  void close() throws IOException {
    sandbox.close();
    http.close();
    echo.close();
    secure.close();
  }

  private NetworkPolicy policy(NetworkLimits limits) {
    return new NetworkPolicy(
        List.of(
            rule("good.test", http.port(), NetworkProtocol.HTTP),
            rule("good.test", echo.port(), NetworkProtocol.TCP),
            rule("good.test", secure.port(), NetworkProtocol.TLS),
            rule("mixed.test", echo.port(), NetworkProtocol.TCP),
            rule("private.test", echo.port(), NetworkProtocol.TCP),
            rule("loopback.test", echo.port(), NetworkProtocol.TCP),
            rule("six.test", echo.port(), NetworkProtocol.TCP),
            rule("metadata.test", 80, NetworkProtocol.HTTP),
            rule("gone.test", 80, NetworkProtocol.HTTP)),
        limits,
        SECTION);
  }

  private static NetworkRule rule(String host, int port, NetworkProtocol protocol) {
    return new NetworkRule(
        HostPattern.of(host).orElseThrow(),
        Set.of(port),
        Set.of(protocol),
        protocol == NetworkProtocol.HTTP ? Set.of("GET", "POST") : Set.of(),
        new RuleRef("network.allow[0]", "web.yaml", 4));
  }

  private String get(String host, int port) {
    return "GET http://%s:%d/path?q=1 HTTP/1.1\r\nHost: %s:%d\r\n\r\n"
        .formatted(host, port, host, port);
  }

  private String connect(String host, int port) {
    return "CONNECT %s:%d HTTP/1.1\r\nHost: %s:%d\r\n\r\n".formatted(host, port, host, port);
  }

  // ---- beside other runs ----

  @Test
  void connectionsOfARunThatIsNotAloneAreHeldToThePaceAndNoneIsLost() throws InterruptedException {
    sandbox.runs = 2;
    long first = sandbox.open("http", connect("evil.test", 443));
    assertThat(sandbox.all(first)).startsWith("HTTP/1.1 403");
    int asked = sandbox.runsAsked.get();
    long second = sandbox.open("http", connect("evil.test", 443));
    // Asked, refused, and asked again.
    await().until(() -> sandbox.runsAsked.get() >= asked + 3);

    sandbox.runs = 1;
    assertThat(sandbox.all(second)).startsWith("HTTP/1.1 403");
  }

  // ---- plain HTTP ----

  @Test
  void aRequestInPlainGoesOutInTheGatesOwnWords() throws InterruptedException {
    long number =
        sandbox.open(
            "http",
            """
            GET HTTP://Good.Test:%d/path?q=1 HTTP/1.1\r
            Host: good.test:%d\r
            Proxy-Connection: keep-alive\r
            Proxy-Authorization: Basic c2VjcmV0\r
            Connection: X-Mine, keep-alive\r
            X-Mine: 1\r
            Upgrade: h2c\r
            Accept: */*\r
            \r
            """
                .formatted(http.port(), http.port()));

    assertThat(sandbox.all(number)).startsWith("HTTP/1.1 200 OK\r\n").endsWith("\r\n\r\nok");
    assertThat(http.received())
        .containsExactly(
            "GET /path?q=1 HTTP/1.1\r\nHost: good.test:%d\r\nAccept: */*\r\nConnection: close\r\n\r\n"
                .formatted(http.port()));
  }

  @Test
  void aBodyInChunksArrivesInChunks() throws InterruptedException {
    long number =
        sandbox.open(
            "http",
            "POST http://good.test:%d/ HTTP/1.1\r\nHost: good.test:%d\r\nTransfer-Encoding: chunked\r\n\r\n"
                .formatted(http.port(), http.port()));
    sandbox.send(number, "3;x=y\r\nabc\r\n0\r\nX-Trailer: 1\r\n\r\n");

    assertThat(sandbox.all(number)).startsWith("HTTP/1.1 200 OK\r\n");
    await()
        .untilAsserted(() ->
            assertThat(http.received().getFirst())
                .contains("Transfer-Encoding: chunked\r\n")
                .endsWith("\r\n\r\n3\r\nabc\r\n0\r\n\r\n"));
  }

  @Test
  void aSecondRequestOnAConnectionIsNotServed() throws InterruptedException {
    long number =
        sandbox.open("http", get("good.test", http.port()) + get("good.test", http.port()));

    assertThat(sandbox.all(number)).containsOnlyOnce("HTTP/1.1");
    assertThat(http.received()).hasSize(1);
    assertThat(http.received().getFirst()).containsOnlyOnce("GET");
  }

  @Test
  void aDeniedHostIsToldWhichRuleDeniesIt() throws InterruptedException {
    String answer = sandbox.all(sandbox.open("http", get("evil.test", 80)));

    assertThat(answer)
        .startsWith(
            "HTTP/1.1 403 denied by the network policy: no rule allows the host 'evil.test'; decided"
                + " by network.allow (web.yaml:3)\r\n");
    assertThat(sandbox.lookups).isEmpty();
  }

  @Test
  void aMethodThatNoRuleNamesIsDenied() throws InterruptedException {
    String request = get("good.test", http.port()).replaceFirst("GET", "DELETE");

    assertThat(sandbox.all(sandbox.open("http", request))).startsWith("HTTP/1.1 403 ");
    assertThat(http.received()).isEmpty();
  }

  @Test
  void aHostThatIsNotFoundIsABadGateway() throws InterruptedException {
    assertThat(sandbox.all(sandbox.open("http", get("gone.test", 80))))
        .startsWith("HTTP/1.1 502 the host 'gone.test' was not found\r\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "POST / HTTP/1.1|Host: H|Content-Length: 3|Transfer-Encoding: chunked||0||GET / HTTP/1.1||",
        "POST / HTTP/1.1|Host: H|Transfer-Encoding: chunked|Content-Length: 3||0||",
        "POST / HTTP/1.1|Host: H|Content-Length: 3|Content-Length: 4||abcd",
        "POST / HTTP/1.1|Host: H|Content-Length: 3, 3||abc",
        "POST / HTTP/1.1|Host: H|Content-Length: +3||abc",
        "POST / HTTP/1.1|Host: H|Content-Length: -1||",
        "POST / HTTP/1.1|Host: H|Transfer-Encoding: gzip, chunked||0||",
        "POST / HTTP/1.1|Host: H|Transfer-Encoding: chunked|Transfer-Encoding: identity||0||",
        "POST / HTTP/1.1|Host: H|Transfer-Encoding: \u000bchunked||0||",
        "POST / HTTP/1.1|Host: H|Transfer-Encoding : chunked||0||",
        "POST / HTTP/1.0|Host: H|Transfer-Encoding: chunked||0||",
        "GET / HTTP/1.1|Host: H|Host: evil.test||",
        "GET / HTTP/1.1|Host: evil.test||",
        "GET / HTTP/1.1||",
        "GET / HTTP/1.1|Host: H@evil.test||",
        "GET / HTTP/1.1|Host: H| folded: yes||",
        "GET / HTTP/1.1|Host: H|No colon||",
        "GET / HTTP/1.1|Host: H|X: a\rb||",
        "GET / HTTP/1.1|Host: H|X: a\0b||",
        "GET / HTTP/2.0|Host: H||",
        "GET / HTTP/1.1 x|Host: H||",
        "PRI * HTTP/2.0||SM||"
      })
  void whatCouldBeReadInTwoWaysIsRefused(String written) throws InterruptedException {
    String host = "good.test:" + http.port();
    String request =
        written
            .replace("|", "\r\n")
            .replace("Host: H", "Host: " + host)
            .replaceFirst(" /", " http://" + host + "/");

    long number = sandbox.open("http", request);
    sandbox.sendEnd(number);

    assertThat(sandbox.all(number)).startsWith("HTTP/1.1 400 ");
    assertThat(http.received()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET http://good.test:P@evil.test/ HTTP/1.1",
        "GET http://evil.test#@good.test:P/ HTTP/1.1",
        "GET https://good.test:P/ HTTP/1.1",
        "GET ftp://good.test:P/ HTTP/1.1",
        "GET / HTTP/1.1",
        "GET //good.test:P/ HTTP/1.1",
        "CONNECT good.test HTTP/1.1",
        "CONNECT good.test:P/x HTTP/1.1",
        "CONNECT good.test:99999 HTTP/1.1",
        "CONNECT http://good.test:P HTTP/1.1"
      })
  void aTargetThatIsNoHostAndPortIsRefused(String line) throws InterruptedException {
    String request = line.replace(":P", ":" + http.port()) + "\r\nHost: good.test:%d\r\n\r\n";

    assertThat(sandbox.all(sandbox.open("http", request.formatted(http.port()))))
        .startsWith("HTTP/1.1 400 ");
    assertThat(http.received()).isEmpty();
  }

  @Test
  void aHeadWithoutEndIsRefused() throws InterruptedException {
    long number = sandbox.open("http", "GET http://good.test/ HTTP/1.1\r\nX: ");
    for (int i = 0; i < 40; i++) {
      sandbox.send(number, "x".repeat(1_000));
    }

    assertThat(sandbox.all(number)).startsWith("HTTP/1.1 400 ");
  }

  // ---- addresses ----

  @ParameterizedTest
  @ValueSource(
      strings = {"mixed.test", "private.test", "loopback.test", "six.test", "metadata.test"})
  void aNameThatStandsForAnAddressWithinIsRefused(String host) throws InterruptedException {
    int port = host.equals("metadata.test") ? 80 : echo.port();

    assertThat(sandbox.all(sandbox.open("http", connect(host, port))))
        .startsWith(
            "HTTP/1.1 403 denied by the network gate: the host '"
                + host
                + "' has a refused address: ");
    assertThat(echo.received()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "[::1]", "2130706433", "0x7f000001", "127.1", "localhost"})
  void anAddressIsNoHost(String host) throws InterruptedException {
    assertThat(sandbox.all(sandbox.open("http", connect(host, echo.port()))))
        .startsWith("HTTP/1.1 403 denied by the network policy: ");
    assertThat(sandbox.lookups).isEmpty();
  }

  // ---- tunnels ----

  @Test
  void aTunnelCarriesBytesBothWaysToTheirEnd() throws InterruptedException {
    long number = sandbox.open("http", connect("good.test", echo.port()) + "early ");
    sandbox.send(number, "late");
    sandbox.sendEnd(number);

    assertThat(sandbox.all(number))
        .isEqualTo("HTTP/1.1 200 Connection established\r\n\r\nearly late");
  }

  @Test
  void aTunnelForHttpIsHeldToItsHostAndMethods() throws InterruptedException {
    for (String request :
        List.of(
            "GET / HTTP/1.1\r\nHost: evil.test\r\n\r\n",
            "GET http://evil.test/ HTTP/1.1\r\nHost: good.test:%d\r\n\r\n".formatted(http.port()),
            "DELETE / HTTP/1.1\r\nHost: good.test:%d\r\n\r\n".formatted(http.port()),
            "SSH-2.0-OpenSSH_9\r\n\r\n")) {
      long number = sandbox.open("http", connect("good.test", http.port()));
      sandbox.until(number, "established\r\n\r\n");
      sandbox.send(number, request);
      assertThat(sandbox.all(number)).containsPattern("\r\n\r\nHTTP/1.1 40[03] ");
    }
    assertThat(http.received()).allMatch(String::isEmpty);

    long number = sandbox.open("http", connect("good.test", http.port()));
    sandbox.until(number, "established\r\n\r\n");
    sandbox.send(number, "GET /x HTTP/1.1\r\nHost: good.test:%d\r\n\r\n".formatted(http.port()));
    assertThat(sandbox.all(number)).endsWith("\r\n\r\nok");
  }

  @ParameterizedTest
  @ValueSource(strings = {"evil.test", "x.good.test", ""})
  void aTlsServerNameOtherThanTheHostIsRefused(String name) throws Exception {
    long number = sandbox.open("http", connect("good.test", secure.port()));
    sandbox.until(number, "established\r\n\r\n");
    sandbox.send(number, hello(name));

    sandbox.all(number);
    byte[] heard = sandbox.bytes(number);
    assertThat(java.util.Arrays.copyOfRange(heard, heard.length - 7, heard.length))
        .isEqualTo(ClientHello.ACCESS_DENIED);
    await().untilAsserted(() -> assertThat(secure.received()).containsExactly(""));
  }

  @Test
  void theRightTlsServerNamePassesInWhateverPieces() throws Exception {
    byte[] hello = hello("good.test");
    for (int step : new int[] {hello.length, 7}) {
      long number = sandbox.open("http", connect("good.test", secure.port()));
      sandbox.until(number, "established\r\n\r\n");
      for (int at = 0; at < hello.length; at += step) {
        sandbox.send(
            number, java.util.Arrays.copyOfRange(hello, at, Math.min(hello.length, at + step)));
      }
      sandbox.sendEnd(number);
      sandbox.all(number);
      assertThat(sandbox.bytes(number)).endsWith(hello);
    }
  }

  @Test
  void tlsWhereTheRuleSaysPlainHttpIsRefused() throws Exception {
    long number = sandbox.open("http", connect("good.test", http.port()));
    sandbox.until(number, "established\r\n\r\n");
    sandbox.send(number, hello("good.test"));

    sandbox.all(number);
    assertThat(sandbox.bytes(number)).endsWith(ClientHello.ACCESS_DENIED);
    await().untilAsserted(() -> assertThat(http.received()).containsExactly(""));
  }

  static byte[] hello(String serverName) throws GeneralSecurityException, IOException {
    SSLEngine engine =
        serverName.isEmpty()
            ? SSLContext.getDefault().createSSLEngine()
            : SSLContext.getDefault().createSSLEngine(serverName, 443);
    engine.setUseClientMode(true);
    ByteBuffer record = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
    engine.wrap(ByteBuffer.allocate(0), record);
    byte[] bytes = new byte[record.flip().remaining()];
    record.get(bytes);
    return bytes;
  }

  // ---- SOCKS5 ----

  @Test
  void socksOpensATunnel() throws InterruptedException {
    long number = sandbox.open("socks");
    sandbox.send(number, new byte[] {5, 1, 0});
    sandbox.send(number, socks(1, "good.test", echo.port()));
    sandbox.send(number, "hello");
    sandbox.sendEnd(number);

    assertThat(sandbox.all(number)).isEqualTo("\5\0\5\0\0\1\0\0\0\0\0\0hello");
  }

  @Test
  void socksSaysWithACodeThatItDenies() throws InterruptedException {
    long number = sandbox.open("socks");
    sandbox.send(number, new byte[] {5, 1, 0});
    sandbox.send(number, socks(1, "evil.test", 80));

    assertThat(sandbox.all(number)).startsWith("\5\0\5\2");
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 9})
  void socksServesNoOtherCommand(int command) throws InterruptedException {
    long number = sandbox.open("socks");
    sandbox.send(number, new byte[] {5, 1, 0});
    sandbox.send(number, socks(command, "good.test", echo.port()));

    assertThat(sandbox.all(number)).startsWith("\5\0\5\7");
  }

  @ParameterizedTest
  @ValueSource(strings = {"\4\1\0\120\177\0\0\1\0", "\5\1\2", "GET / HTTP/1.1\r\n\r\n"})
  void socksServesNoOtherGreeting(String greeting) throws InterruptedException {
    assertThat(sandbox.all(sandbox.open("socks", greeting))).isEqualTo("\5\u00ff");
  }

  private static byte[] socks(int command, String host, int port) {
    return ByteBuffer.allocate(7 + host.length())
        .put(new byte[] {5, (byte) command, 0, 3, (byte) host.length()})
        .put(host.getBytes(java.nio.charset.StandardCharsets.US_ASCII))
        .putShort((short) port)
        .array();
  }

  // ---- plain sockets ----

  @Test
  void anAnnouncedConnectionIsCarried() throws InterruptedException {
    assertThat(sandbox.ask("{\"ask\":\"resolve\",\"host\":\"Good.Test\"}"))
        .isEqualTo("{\"address\":\"198.18.0.1\"}\n");
    assertThat(
            sandbox.ask(
                "{\"ask\":\"connect\",\"host\":\"198.18.0.1\",\"port\":%d,\"source\":40123,\"wait\":true}"
                    .formatted(echo.port())))
        .isEqualTo("{\"allowed\":true}\n");

    long number = sandbox.open("direct", 40_123);
    sandbox.send(number, "select 1");
    sandbox.sendEnd(number);
    assertThat(sandbox.all(number)).isEqualTo("select 1");
  }

  @Test
  void aConnectionThatWasNotAnnouncedIsCut() throws InterruptedException {
    long number = sandbox.open("direct", 40_123);

    sandbox.awaitCut(number);
    assertThat(echo.received()).isEmpty();
  }

  @Test
  void deniedNamesAreNeverLookedUp() throws InterruptedException {
    for (int i = 0; i < 20; i++) {
      assertThat(sandbox.ask("{\"ask\":\"resolve\",\"host\":\"%d.data.good.test\"}".formatted(i)))
          .contains("\"denied\":\"no rule allows the host '" + i + ".data.good.test'");
    }
    assertThat(sandbox.lookups).isEmpty();
  }

  @Test
  void theShimHearsWhyAConnectionFails() throws InterruptedException {
    String question =
        "{\"ask\":\"connect\",\"host\":\"%s\",\"port\":%d,\"source\":1,\"wait\":true}";

    assertThat(sandbox.ask(question.formatted("gone.test", 80)))
        .contains("\"failed\":\"unresolved\"");
    assertThat(sandbox.ask(question.formatted("private.test", echo.port())))
        .contains("\"denied\":\"the host 'private.test' has a refused address: 10.0.0.1");
    assertThat(sandbox.ask(question.formatted("8.8.8.8", 53)))
        .contains("\"denied\":\"'8.8.8.8' is not the name of a host");
  }

  // ---- what is live ----

  @Test
  void aConnectionIsCutWhenThePolicyNoLongerAllowsIt() throws InterruptedException {
    long number = sandbox.open("http", connect("good.test", echo.port()));
    sandbox.until(number, "established\r\n\r\n");
    sandbox.send(number, "x");
    sandbox.until(number, "\r\n\r\nx");

    sandbox.policy.set(new NetworkPolicy(List.of(), LIMITS, SECTION));

    sandbox.awaitCut(number);
    assertThat(sandbox.ended(number)).as("a cut looks like an end").isFalse();
    await().until(() -> echo.open() == 0);
  }

  @Test
  void aServerThatBreaksOffIsNotAnEnd() throws Exception {
    try (TestServer broken = new TestServer(TestServer.BROKEN);
        GatedAgent caller =
            new GatedAgent(with(rule("good.test", broken.port(), NetworkProtocol.TCP)))) {
      long number = caller.open("http", connect("good.test", broken.port()) + "x");

      caller.awaitCut(number);
      assertThat(caller.ended(number)).isFalse();
    }
  }

  @Test
  void aCutLooksLikeOneToTheServerToo() throws Exception {
    try (TestServer server = new TestServer(TestServer.ENDING);
        GatedAgent caller =
            new GatedAgent(with(rule("good.test", server.port(), NetworkProtocol.TCP)))) {
      var unused = caller.open("http", connect("good.test", server.port()) + "half");
      await().until(() -> server.received().equals(List.of("half")));

      caller.policy.set(new NetworkPolicy(List.of(), LIMITS, SECTION));

      await().until(() -> server.received().equals(List.of("half broke off")));
    }
  }

  @Test
  void anAnsweredRequestEndsForTheServer() throws Exception {
    TestServer.Serving answering =
        (socket, received) -> {
          TestServer.ONE_ANSWER.serve(socket, received);
          received.append("ended");
        };
    try (TestServer server = new TestServer(answering);
        GatedAgent caller =
            new GatedAgent(with(rule("good.test", server.port(), NetworkProtocol.HTTP)))) {
      long number = caller.open("http", get("good.test", server.port()));

      assertThat(caller.all(number)).endsWith("ok");
      await().until(() -> server.received().getFirst().endsWith("\r\n\r\nended"));
    }
  }

  @Test
  void aRuleThatCameLaterIsForLaterRuns() throws Exception {
    try (TestServer late = new TestServer(TestServer.ECHO)) {
      sandbox.policy.set(with(rule("good.test", late.port(), NetworkProtocol.TCP)));
      String denied =
          "no rule allows port %d of 'good.test' in the policy that the run began with; decided by"
              .formatted(late.port());

      assertThat(sandbox.all(sandbox.open("http", connect("good.test", late.port()))))
          .startsWith("HTTP/1.1 403 denied by the network policy: " + denied);
      long socks = sandbox.open("socks");
      sandbox.send(socks, new byte[] {5, 1, 0});
      sandbox.send(socks, socks(1, "good.test", late.port()));
      assertThat(sandbox.all(socks)).startsWith("\5\0\5\2");
      for (String wait : List.of("true", "false")) {
        assertThat(
                sandbox.ask(
                    "{\"ask\":\"connect\",\"host\":\"good.test\",\"port\":%d,\"source\":1,\"wait\":%s}"
                        .formatted(late.port(), wait)))
            .contains(denied);
      }
      assertThat(late.received()).isEmpty();
    }
  }

  @Test
  void aHostThatCameLaterIsNotKnown() throws InterruptedException {
    sandbox.policy.set(with(rule("late.test", 443, NetworkProtocol.TLS)));

    assertThat(sandbox.ask("{\"ask\":\"resolve\",\"host\":\"late.test\"}"))
        .contains("no rule allows the host 'late.test' in the policy that the run began with");
  }

  @Test
  void aProtocolThatCameLaterIsForLaterRuns() throws Exception {
    sandbox.policy.set(with(rule("good.test", secure.port(), NetworkProtocol.TCP)));
    long number = sandbox.open("http", connect("good.test", secure.port()));
    sandbox.until(number, "established\r\n\r\n");
    sandbox.send(number, "SSH-2.0-x\r\n\r\n");

    assertThat(sandbox.all(number)).contains("established\r\n\r\nHTTP/1.1 400 ");
    await().untilAsserted(() -> assertThat(secure.received()).containsExactly(""));
  }

  @Test
  void aRuleThatIsGoneIsGoneAtOnce() throws InterruptedException {
    sandbox.policy.set(new NetworkPolicy(List.of(), LIMITS, SECTION));

    assertThat(sandbox.all(sandbox.open("http", connect("good.test", echo.port()))))
        .startsWith("HTTP/1.1 403 denied by the network policy: the policy allows no network");
    assertThat(echo.received()).isEmpty();
  }

  @Test
  void whatWasConnectedForCodeThatDidNotComeYetIsCutByANarrowerPolicyToo()
      throws InterruptedException {
    assertThat(sandbox.ask(dialing(echo.port(), 1))).isEqualTo("{\"allowed\":true}\n");
    await().until(() -> echo.open() == 1);

    sandbox.policy.set(new NetworkPolicy(List.of(), LIMITS, SECTION));

    await().until(() -> echo.open() == 0);
  }

  private NetworkPolicy with(NetworkRule further) {
    NetworkPolicy before = policy(LIMITS);
    return new NetworkPolicy(
        java.util.stream.Stream.concat(before.allow().stream(), java.util.stream.Stream.of(further))
            .toList(),
        LIMITS,
        SECTION);
  }

  /** The question of a plain socket that waits for its connection. */
  private static String dialing(int port, int source) {
    return "{\"ask\":\"connect\",\"host\":\"good.test\",\"port\":%d,\"source\":%d,\"wait\":true}"
        .formatted(port, source);
  }

  /** A place comes free when the thread that took it is done. */
  @ParameterizedTest
  @ValueSource(strings = {"ask", "http"})
  void aLookupUnderWayEndsWithTheRun(String entrance) throws InterruptedException {
    try (GatedAgent one = new GatedAgent(oneConnection(GatedAgent.SLOW, 80))) {
      String question =
          "{\"ask\":\"connect\",\"host\":\"slow.test\",\"port\":80,\"source\":1,\"wait\":true}\n";
      one.open(entrance, entrance.equals("ask") ? question : connect(GatedAgent.SLOW, 80));
      await().until(() -> !one.lookups.isEmpty());
      assertThat(one.gate.traffic().open()).as("a second place").isPresent();

      one.agent.ends("{\"how\":\"completed\",\"alone\":true}");

      await().until(() -> one.gate.traffic().open().isEmpty());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ask", "http"})
  void aConnectionUnderWayEndsWithTheRun(String entrance) throws Exception {
    try (FullServer full = new FullServer();
        GatedAgent one = new GatedAgent(oneConnection("good.test", full.port()))) {
      one.open(
          entrance,
          entrance.equals("ask")
              ? dialing(full.port(), 1) + "\n"
              : connect("good.test", full.port()));
      await().until(full::keepsSomebodyWaiting);
      assertThat(one.gate.traffic().open()).as("a second place").isPresent();

      one.agent.ends("{\"how\":\"completed\",\"alone\":true}");

      await().until(() -> !full.keepsSomebodyWaiting());
      await().until(() -> one.gate.traffic().open().isEmpty());
    }
  }

  private static NetworkPolicy oneConnection(String host, int port) {
    return new NetworkPolicy(
        List.of(rule(host, port, NetworkProtocol.TCP)),
        new NetworkLimits(1, 1_000_000, LIMITS.bytes(), LIMITS.rate(), LIMITS.idleTimeout()),
        SECTION);
  }

  @Test
  void connectionsEndWithTheRun() throws InterruptedException {
    long number = sandbox.open("http", connect("good.test", echo.port()));
    sandbox.until(number, "established\r\n\r\n");

    sandbox.agent.ends("{\"how\":\"completed\"}");

    await().until(() -> echo.open() == 0);
    assertThat(number).isEqualTo(1);
  }

  // ---- limits ----

  @Test
  void oneMoreConnectionAtOnceIsRefusedByTheNameOfTheLimit() throws InterruptedException {
    for (int i = 0; i < 8; i++) {
      sandbox.until(sandbox.open("http", connect("good.test", echo.port())), "established");
    }

    assertThat(sandbox.all(sandbox.open("http", connect("good.test", echo.port()))))
        .startsWith("HTTP/1.1 429 more than 8 connections at once (network.connections)\r\n");
  }

  @Test
  void aConnectionThatWasMadeForASocketHasAPlaceBeforeTheSocketComes() throws InterruptedException {
    for (int source = 1; source <= 8; source++) {
      assertThat(sandbox.ask(dialing(echo.port(), source))).isEqualTo("{\"allowed\":true}\n");
    }
    assertThat(sandbox.ask(dialing(echo.port(), 9)))
        .contains("\"denied\":\"more than 8 connections at once (network.connections)\"");

    long number = sandbox.open("direct", 3);
    sandbox.send(number, "x");
    sandbox.sendEnd(number);
    assertThat(sandbox.all(number)).isEqualTo("x");
    await()
        .untilAsserted(() ->
            assertThat(sandbox.ask(dialing(echo.port(), 9))).isEqualTo("{\"allowed\":true}\n"));
  }

  @Test
  void connectionsForSocketsThatNeverComeCountToo() throws InterruptedException {
    try (GatedAgent few =
        new GatedAgent(
            policy(new NetworkLimits(8, 2, LIMITS.bytes(), LIMITS.rate(), LIMITS.idleTimeout())))) {
      for (int source = 1; source <= 2; source++) {
        assertThat(few.ask(dialing(echo.port(), source))).isEqualTo("{\"allowed\":true}\n");
      }
      assertThat(few.ask(dialing(echo.port(), 3))).contains("network.connections_total");

      assertThat(few.stopped).hasSize(1);
    }
  }

  @Test
  void moreConnectionsInAllThanThereMayBeEndTheRun() throws InterruptedException {
    try (GatedAgent few =
        new GatedAgent(
            policy(new NetworkLimits(8, 2, LIMITS.bytes(), LIMITS.rate(), LIMITS.idleTimeout())))) {
      for (int i = 0; i < 2; i++) {
        assertThat(few.all(few.open("http", get("good.test", http.port())))).contains("200 OK");
      }
      assertThat(few.stopped).isEmpty();
      few.all(few.open("http", get("good.test", http.port())));

      assertThat(few.stopped)
          .containsExactly(
              new RunOutcome.LimitExceeded(
                  "network.connections_total",
                  "the program used more than 2 connections (network.connections_total)"));
    }
  }

  @Test
  void moreBytesThanThereMayBeEndTheRun() throws InterruptedException {
    try (GatedAgent small =
        new GatedAgent(
            policy(
                new NetworkLimits(8, 9, new ByteSize(20), LIMITS.rate(), LIMITS.idleTimeout())))) {
      long number = small.open("http", connect("good.test", echo.port()));
      small.until(number, "established\r\n\r\n");
      small.send(number, "0123456789");
      small.until(number, "0123456789");
      assertThat(small.stopped).isEmpty();
      small.send(number, "x");

      small.awaitCut(number);
      assertThat(small.stopped)
          .allMatch(
              o -> o instanceof RunOutcome.LimitExceeded l && l.limit().equals("network.bytes"))
          .isNotEmpty();
    }
  }

  @Test
  void aConnectionThatSaysNothingIsCut() throws InterruptedException {
    try (GatedAgent hasty =
        new GatedAgent(
            policy(
                new NetworkLimits(8, 9, LIMITS.bytes(), LIMITS.rate(), Duration.ofMillis(300))))) {
      long number = hasty.open("http", connect("good.test", echo.port()));
      hasty.until(number, "established\r\n\r\n");

      hasty.awaitCut(number);
    }
  }

  // ---- hostile agents ----

  @Test
  void bytesPastTheWindowAreAViolation() throws InterruptedException {
    // Nobody reads what belongs to a connection whose request was denied and that was ended.
    long number = sandbox.open("direct", 1);
    sandbox.awaitCut(number);
    for (int i = 0; i < 3; i++) {
      sandbox.send(number, new byte[32 << 10]);
    }

    await().until(() -> sandbox.lost.get().isPresent());
    assertThat(sandbox.lost.get().orElseThrow().code()).isEqualTo(ErrorCode.CHANNEL_VIOLATION);
  }

  @Test
  void framesOfConnectionsThatAreNotOpenAreViolations() {
    sandbox.agent.says(FrameKind.NET_SEND, 7, new byte[1]);

    await().until(() -> sandbox.lost.get().isPresent());
    assertThat(sandbox.lost.get().orElseThrow())
        .hasMessageContaining("a net_send frame for connection 7, which is not open");
  }

  @Test
  void numbersOfConnectionsRise() throws InterruptedException {
    // There is a gap after those that were opened while a run before was ending.
    sandbox.agent.says(FrameKind.NET_OPEN, 5, "{\"entrance\":\"direct\",\"source\":1}");
    sandbox.awaitCut(5);
    sandbox.agent.says(FrameKind.NET_OPEN, 5, "{\"entrance\":\"direct\",\"source\":1}");

    await().until(() -> sandbox.lost.get().isPresent());
    assertThat(sandbox.lost.get().orElseThrow())
        .hasMessageContaining("connection 5 after connection 5: numbers rise");
  }
}
