package dev.caisson.daemon.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.caisson.daemon.acceptance.DaemonProcess;
import dev.caisson.daemon.acceptance.EngineView;
import dev.caisson.daemon.acceptance.LiveRun;
import dev.caisson.daemon.acceptance.RunClient;
import dev.caisson.daemon.acceptance.TestSite;
import dev.caisson.daemon.acceptance.Transcript;
import dev.caisson.daemon.app.SiteDaemon;
import dev.caisson.v1.ExplainDecisionRequest;
import dev.caisson.v1.ExplainDecisionResponse;
import dev.caisson.v1.PolicyServiceGrpc;
import dev.caisson.v1.RunFinished.Outcome;
import dev.caisson.v1.StartRun;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * The network as code in a sandbox meets it, on the real engine: one site that is allowed, and all
 * the ways to somewhere else. The numbers are those of the threat model.
 */
@DisplayNameGeneration(AttackNames.class)
class GroupDTest {

  private static final OverheardServer careless = new OverheardServer();

  @RegisterExtension
  static final AttackedDaemon daemon =
      new AttackedDaemon()
          .withSite("site", TestSite::rules)
          .withSite("live", TestSite::rules)
          .withSite("wider", TestSite::rules)
          .withSite("slow", site -> "time: {wall: 8s}\n" + site.rules() + "  rate: 64 KiB\n")
          .withSite("careless", site -> site.rules() + carelessRule())
          .withSite("narrow", site -> site.rules() + "  connections: 4\n  connections_total: 20\n");

  @AfterAll
  static void close() throws IOException {
    careless.close();
  }

  private static String carelessRule() {
    return """
        - host: good.test
          ports: [%d]
          protocols: [http]
          methods: [GET, POST]
    """
        .formatted(careless.port());
  }

  private static TestSite site() {
    return daemon.site();
  }

  private static Transcript run(String policy, String code) {
    return daemon.run(StartRun.newBuilder().setPolicy(policy).setCode(preamble() + code));
  }

  private static Transcript run(String code) {
    return run("site", code);
  }

  private static String preamble() {
    return """
    import asyncio, errno, http.client, json, os, socket, ssl, subprocess, sys, time, urllib.request
    HTTP, HTTPS = %d, %d
    def tried(attempt, *arguments):
        started = time.monotonic()
        try:
            result = attempt(*arguments)
            print('REACHED', arguments, result)
        except Exception as error:
            if time.monotonic() - started > 4:
                print('LATE', arguments, time.monotonic() - started)
            return error
    """
        .formatted(site().httpPort(), site().httpsPort());
  }

  @Test
  @Attack(
      row = "D3",
      what = "an allowed host answers over HTTP and HTTPS, by the proxy of the environment",
      expected = "SUCCEEDED, the answers arrive",
      guards = "by design: what is allowed works, or nothing beside it would prove anything")
  void anAllowedHostAnswers() {
    Transcript run =
        run(
            """
            print(urllib.request.urlopen(f'http://good.test:{HTTP}/a').read())
            print(urllib.request.urlopen(f'https://good.test:{HTTPS}/b').read())
            print(urllib.request.urlopen(f'http://good.test:{HTTP}/c', data=b'x' * 300000).read())
            print(urllib.request.urlopen(f'https://good.test:{HTTPS}/d', data=b'x' * 3000000).read())
            """);

    assertThat(run.output())
        .isEqualTo("b'hello /a 0'\nb'hello /b 0'\nb'hello /c 300000'\nb'hello /d 3000000'\n");
  }

  @Test
  @Attack(
      row = "D3",
      what = "an allowed host answers plain sockets, blocking or not, in a child too",
      expected = "SUCCEEDED, the answers arrive",
      guards = "by design: what is allowed works, or nothing beside it would prove anything")
  void anAllowedHostAnswersPlainSockets() {
    Transcript run =
        run(
            """
            for name in list(os.environ):
                if 'proxy' in name.lower():
                    del os.environ[name]
            connection = http.client.HTTPConnection('good.test', HTTP)
            connection.request('GET', '/plain')
            print(connection.getresponse().read())
            print(urllib.request.urlopen(f'https://good.test:{HTTPS}/tls').read())
            async def fetch(path, **options):
                reader, writer = await asyncio.open_connection('good.test', **options)
                writer.write(f'GET {path} HTTP/1.1\\r\\nHost: good.test:{options["port"]}\\r\\n'
                             'Connection: close\\r\\n\\r\\n'.encode())
                answer = await reader.read()
                writer.close()
                return answer.split(b'\\r\\n')[-1]
            print(await asyncio.gather(
                fetch('/async', port=HTTP), fetch('/tls', port=HTTPS, ssl=ssl.create_default_context())))
            sys.stdout.flush()
            if os.fork() == 0:
                os.write(1, urllib.request.urlopen(f'https://good.test:{HTTPS}/child').read())
                os._exit(0)
            os.wait()
            """);

    assertThat(run.output())
        .isEqualTo(
            """
            b'hello /plain 0'
            b'hello /tls 0'
            [b'hello /async 0', b'hello /tls 0']
            hello /child 0\
            """);
  }

  @Test
  @Attack(
      row = "D1",
      what = "without network there is no proxy, no device but loopback, and no wait",
      expected = "SUCCEEDED, nothing is reached, at once",
      guards = {"gate.none", "gVisor", "set-up: runsc is registered with --network=none"})
  void noneMeansNone() {
    Transcript run =
        run(
            "default",
            """
            for family, host, port in [
                    (2, '1.1.1.1', 53), (2, '172.17.0.1', 2375), (2, '169.254.169.254', 80),
                    (10, '2606:4700:4700::1111', 53), (10, 'fd00:ec2::254', 80), (2, '127.0.0.11', 53),
                    (2, '127.0.0.1', 18080), (2, '127.0.0.1', 18081), (2, '127.0.0.1', 18082),
                    (2, '127.0.0.1', 18083)]:
                def connect(where):
                    s = socket.socket(family)
                    s.settimeout(5)
                    return s.connect(where)
                tried(connect, (host, port))
            tried(socket.getaddrinfo, 'good.test', 80)
            print([name for _, name in socket.if_nameindex()], [n for n in os.environ if 'proxy' in n.lower()])
            """);

    assertThat(run.output()).as(run::toString).isEqualTo("['lo'] []\n");
  }

  @Test
  @Attack(
      row = "D4",
      what = "every spelling of an address is refused, by every way",
      expected = "SUCCEEDED, nothing is reached",
      guards = "gate.policy")
  void noAddressIsReached() {
    int before = site().requests.size();
    Transcript run =
        run(
            """
            hosts = ['127.0.0.1', '127.1', '127.000.000.001', '0', '0.0.0.0', '2130706433', '0x7f000001',
                     '0x7f.0.0.1', '0177.0.0.1', '127.0.0.1.', 'localhost', 'LOCALHOST.', 'ip6-localhost',
                     '[::1]', '[::]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[0:0:0:0:0:ffff:7f00:1]',
                     '[::127.0.0.1]', '[64:ff9b::7f00:1]', '[2002:7f00:1::]', '[fe80::1]', '[fe80::1%lo]',
                     '[fd00:ec2::254]', '[ff02::1]', '10.0.0.1', '172.17.0.1', '192.168.0.1',
                     '169.254.169.254', '2852039166', '0xa9fea9fe', '0251.0376.0251.0376', '100.100.100.200',
                     '100.64.0.1', '198.18.0.1', '224.0.0.1', '255.255.255.255', '127.0.0.1.nip.io',
                     'good.test.evil.test', 'good.test@127.0.0.1', 'xgood.test', 'good.test%00.evil.test',
                     'api.good.test', 'good.test\\x00', 'metadata.google.internal']
            def answer(request):
                with socket.create_connection(('127.0.0.1', 18080)) as s:
                    s.settimeout(5)
                    s.sendall(request)
                    reply = s.makefile('rb').readline()
                    if b' 200 ' in reply:
                        return reply
                    raise OSError(reply)
            said = set()
            for host in hosts:
                raw = host.encode()
                for port in (HTTP, HTTPS, 22, 2375):
                    where = b'%s:%d' % (raw, port)
                    tried(answer, b'CONNECT %s HTTP/1.1\\r\\nHost: %s\\r\\n\\r\\n' % (where, where))
                tried(answer, b'GET http://%s:%d/ HTTP/1.1\\r\\nHost: %s:%d\\r\\n\\r\\n' % (raw, HTTP, raw, HTTP))
                bare = host.strip('[]')
                if bare.startswith(('127', '0', 'localhost', 'LOCALHOST', '::', 'ip6')) and bare != '0x7f000001':
                    continue  # the sandbox's own loopback, where nothing of the test listens
                tried(lambda h: socket.create_connection((h, HTTP), 5), bare)
            print('tried', len(hosts))
            """);

    assertThat(run.output()).isEqualTo("tried 45\n");
    assertThat(site().requests.size()).isEqualTo(before);
  }

  @Test
  @Attack(
      row = "D14",
      what = "names that no rule allows are never looked up",
      expected = "SUCCEEDED, no lookup leaves",
      guards = "gate.policy")
  void noNameLeaves() {
    Transcript run =
        run(
            """
            for number in range(200):
                error = tried(socket.getaddrinfo, f'{number:x}.data.evil.test', 80)
                error = tried(socket.gethostbyname, f'{number:x}.data.good.test')
            print(type(error).__name__, error)
            """);

    assertThat(run.output()).startsWith("PermissionError ").contains("network.allow (site.yaml:");
    assertThat(site().lookups()).noneMatch(name -> name.contains(".data."));
  }

  @Test
  @Attack(
      row = "D6",
      what = "a name that changes its address is checked at every connection",
      expected = "SUCCEEDED, the second answer is refused",
      guards = "gate.addresses")
  void aRebindingNameIsRefused() {
    Transcript run =
        run(
            """
            for path in 'ab':
                try:
                    print(urllib.request.urlopen(f'http://x.rebind.test:{HTTP}/{path}').read())
                except urllib.error.HTTPError as error:
                    print(error)
            """);

    assertThat(run.output())
        .startsWith("b'hello /a 0'\nHTTP Error 403: denied by the network gate: ")
        .contains("the host 'x.rebind.test' has a refused address: 127.0.0.2");
  }

  @Test
  @Attack(
      row = "D8",
      what = "a redirect is a new request with a decision of its own",
      expected = "SUCCEEDED, only the allowed target is reached",
      guards = "gate.policy")
  void redirectsAreDecidedAnew() {
    Transcript run =
        run(
            """
            for target in ('http://169.254.169.254/latest/', f'http://evil.test:{HTTP}/', 'https://evil.test/', 'http://127.0.0.1/',
                           f'http://127.0.0.1:{HTTP}/', 'file:///etc/passwd'):
                for scheme, port in (('http', HTTP), ('https', HTTPS)):
                    tried(lambda u: urllib.request.urlopen(u).read(),
                          f'{scheme}://good.test:{port}/redirect?{target}')
            print(urllib.request.urlopen(f'http://good.test:{HTTP}/redirect?https://good.test:{HTTPS}/end').read())
            """);

    assertThat(run.output()).isEqualTo("b'hello /end 0'\n");
  }

  @Test
  @Attack(
      row = "D19",
      what = "neither the environment nor a resolver of its own gets code further",
      expected = "SUCCEEDED, nothing is reached",
      guards = "gate.policy")
  void whatTheCodeSetsGainsNothing() {
    Transcript run =
        run(
            """
            os.environ.clear()
            tried(urllib.request.urlopen, f'http://evil.test:{HTTP}/')
            tried(socket.create_connection, ('169.254.169.254', 80), 5)
            socket.getaddrinfo = lambda *a, **k: [(2, 1, 6, '', ('203.0.113.5', HTTPS))]
            error = tried(socket.create_connection, ('good.test', HTTPS), 5)
            print(type(error).__name__)
            import _socket
            s = _socket.socket(2, 1)
            s.settimeout(5)
            print(tried(s.connect, ('203.0.113.5', 443)).errno in (errno.ENETUNREACH, errno.EHOSTUNREACH))
            tried(open, '/etc/hosts', 'a')
            """);

    assertThat(run.output()).isEqualTo("PermissionError\nTrue\n");
  }

  @Test
  @Attack(
      row = "D12",
      what = "a TLS server name other than the host that was asked for is refused",
      expected = "SUCCEEDED, each handshake is refused",
      guards = "gate.server_name")
  void serverNamesAreTiedToTheHost() {
    int before = site().requests.size();
    Transcript run =
        run(
            """
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            def handshake(name, port):
                with socket.create_connection(('good.test', port)) as plain:
                    return context.wrap_socket(plain, server_hostname=name).version()
            for name in ('evil.test', 'x.good.test', 'good.test.evil.test', None):
                print(tried(handshake, name, HTTPS))
            tried(handshake, 'good.test', HTTP)
            """);

    assertThat(run.output().lines())
        .hasSize(4)
        .allMatch(line -> line.contains("ALERT_ACCESS_DENIED"));
    assertThat(site().requests.size()).isEqualTo(before);
  }

  @Test
  @Attack(
      row = "D15",
      what = "other protocols than TCP to an allowed host go nowhere",
      expected = "SUCCEEDED, nothing leaves",
      guards = {"gVisor", "set-up: runsc is registered with --network=none"})
  void otherProtocolsGoNowhere() {
    Transcript run =
        run(
            """
            address = socket.gethostbyname('good.test')
            for host in (address, '1.1.1.1', '224.0.0.1', '255.255.255.255'):
                for port in (53, 123, 443):
                    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                    s.settimeout(2)
                    error = tried(s.sendto, b'x', (host, port))
            for kind in ((2, socket.SOCK_RAW, 1), (2, socket.SOCK_DGRAM, 1), (2, socket.SOCK_STREAM, 132),
                         (17, socket.SOCK_RAW, 3)):
                try:
                    s = socket.socket(*kind)
                except OSError:
                    continue
                tried(s.sendto, bytes(8), ('1.1.1.1', 0))
            tried(lambda: socket.create_connection(('good.test', 853), 5))
            print('tried')
            """);

    assertThat(run.output()).isEqualTo("tried\n");
  }

  @Test
  @Attack(
      row = "D11",
      what = "what could be read in two ways is refused, and nothing of it arrives",
      expected = "SUCCEEDED, 400 and nothing arrives",
      guards = "gate.two_lengths")
  void nothingIsSmuggled() {
    Transcript run =
        run(
            "careless",
            """
            CARELESS = %d
            host = f'good.test:{CARELESS}'
            for head in (
                    'Content-Length: 5\\r\\nTransfer-Encoding: chunked', 'Content-Length: 5\\r\\nContent-Length: 6',
                    'Transfer-Encoding: xchunked', 'Transfer-Encoding : chunked', 'Host: evil.test'):
                for way in (18080, None):
                    target = f'http://{host}/smuggled' if way else '/smuggled'
                    s = socket.create_connection(('127.0.0.1', way) if way else ('good.test', CARELESS))
                    s.sendall(f'POST {target} HTTP/1.1\\r\\nHost: {host}\\r\\n{head}\\r\\n\\r\\n0\\r\\n\\r\\n'
                              f'GET /smuggled HTTP/1.1\\r\\nHost: {host}\\r\\n\\r\\n'.encode())
                    print(s.makefile('rb').readline()[9:12])
            """
                .formatted(careless.port()));

    assertThat(run.output()).isEqualTo("b'400'\n".repeat(10));
    assertThat(careless.heard()).isEmpty();
  }

  @Test
  @Attack(
      row = "D18",
      what = "connections past the limits are refused by name, then end the run",
      expected = "refused by name, then LIMIT_EXCEEDED",
      guards = "gate.connections")
  void connectionsAreLimited() {
    Transcript atOnce =
        run(
            "narrow",
            """
            held = []
            for _ in range(5):
                s = socket.create_connection(('127.0.0.1', 18080))
                s.sendall(f'CONNECT good.test:{HTTPS} HTTP/1.1\\r\\nHost: good.test:{HTTPS}\\r\\n\\r\\n'.encode())
                held.append(s)
                print(s.makefile('rb').readline()[9:].strip().decode())
            """);
    Transcript inAll =
        run(
            "narrow",
            """
            for number in range(30):
                urllib.request.urlopen(f'http://good.test:{HTTP}/many').read()
                print(number)
            """);

    assertThat(atOnce.output())
        .isEqualTo(
            "200 Connection established\n".repeat(4)
                + "429 more than 4 connections at once (network.connections)\n");
    assertThat(inAll.output()).contains("\n19\n").doesNotContain("\n20\n");
    assertThat(inAll.message()).contains("network.connections_total");
  }

  @Test
  @Attack(
      row = "D17",
      what = "a connection is cut when the policy's file no longer allows it",
      expected = "SUCCEEDED, the connection is reset",
      guards = "gate.live")
  void connectionsFollowThePolicy() {
    LiveRun run =
        start(
            "live",
            """
            s = ssl.create_default_context().wrap_socket(
                socket.create_connection(('good.test', HTTPS)), server_hostname='good.test')
            s.settimeout(20)
            print('open', flush=True)
            print(type(tried(s.recv, 1)).__name__)
            print(type(tried(socket.create_connection, ('good.test', HTTPS))).__name__)
            """);
    run.awaitOutput("open");
    daemon.rewrite("live", "extends: web\nnetwork:\n  allow:\n    - host: other.test\n");

    assertThat(daemon.ended(run).output())
        .startsWith("open\n")
        .contains("ConnectionResetError\n")
        .endsWith("PermissionError\n");
  }

  @Test
  @Attack(
      row = "D21",
      what = "the entrances are those of one sandbox, and end with its run",
      expected = "SUCCEEDED, nothing listens",
      guards = "gate.none")
  void anotherRunHasAnEntranceOfItsOwn() {
    LiveRun first = start("site", "print('on', flush=True)\ninput()");
    first.awaitOutput("on");
    Transcript second =
        run("default", "print(tried(socket.create_connection, ('127.0.0.1', 18080), 5).errno)");
    first.stdin("\n");

    assertThat(second.output()).isEqualTo("111\n");
    daemon.ended(first);
  }

  @Test
  @Attack(
      row = "D2",
      what = "a lookup without network",
      expected = "SUCCEEDED, no lookup leaves",
      guards = "gate.none")
  void noLookupWithoutNetwork() {
    Transcript run =
        run("default", "print(type(tried(socket.getaddrinfo, 'x.good.test', 80)).__name__)");

    assertThat(run.output()).isEqualTo("gaierror\n");
    assertThat(site().lookups()).doesNotContain("x.good.test");
  }

  @Test
  @Attack(
      row = "D5",
      what = "the metadata service of a cloud, by name, by address and by redirect",
      expected = "SUCCEEDED, nothing is reached",
      guards = "gate.addresses")
  void noMetadata() {
    Transcript run =
        run(
            """
            for url in (f'http://metadata.rebind.test:{HTTP}/', 'http://169.254.169.254/latest/',
                        'http://metadata.google.internal/',
                        f'http://good.test:{HTTP}/redirect?http://metadata.rebind.test:{HTTP}/'):
                error = tried(urllib.request.urlopen, url)
                print('169.254.169.254 is link-local' in str(error))
            """);

    assertThat(run.output()).isEqualTo("True\nFalse\nFalse\nTrue\n");
  }

  @Test
  @Attack(
      row = "D7",
      what = "a good address with a private one beside it",
      expected = "SUCCEEDED, the name is refused",
      guards = "gate.addresses")
  void mixedAnswersAreRefused() {
    int before = site().requests.size();
    Transcript run =
        run("print(tried(urllib.request.urlopen, f'http://mixed.rebind.test:{HTTP}/'))");

    assertThat(run.output()).contains("has a refused address: 10.0.0.1 is a private network");
    assertThat(site().requests.size()).isEqualTo(before);
  }

  @Test
  @Attack(
      row = "D9",
      what = "a hosts file and a resolver of the code's own",
      expected = "SUCCEEDED, the daemon's lookup counts",
      guards = "gate.policy")
  void theDaemonsLookupCounts() {
    Transcript run =
        run(
            """
            tried(open, '/etc/hosts', 'a')
            socket.getaddrinfo = lambda *a, **k: [(2, 1, 6, '', ('203.0.113.5', HTTPS))]
            print(type(tried(socket.create_connection, ('good.test', HTTPS), 5)).__name__)
            """);

    assertThat(run.output()).isEqualTo("PermissionError\n");
  }

  @Test
  @Attack(
      row = "D10",
      what = "the host, its engine and the ports around it",
      expected = "SUCCEEDED, nothing is reached",
      guards = "gate.policy")
  void theHostIsNotReached() {
    Transcript run =
        run(
            """
            for name in ('host.docker.internal', 'gateway.docker.internal', 'localhost.test'):
                error = tried(socket.create_connection, (name, HTTP), 5)
                if not isinstance(error, PermissionError):
                    print(name, error)
            for host in ('172.17.0.1', '192.0.2.1', '192.0.2.2', '10.0.2.2', '::ffff:172.17.0.1'):
                for port in (22, 53, 80, 2375, 2376, 10250, HTTP, HTTPS):
                    family = socket.AF_INET6 if ':' in host else socket.AF_INET
                    s = socket.socket(family)
                    s.settimeout(5)
                    error = tried(s.connect, (host, port))
                    if not isinstance(error, PermissionError):
                        print(host, port, error)
            """);

    assertThat(run.output()).isEmpty();
  }

  @Test
  @Attack(
      row = "D17",
      what = "a policy is made wider while a run goes on",
      expected = "SUCCEEDED, the run reaches what it reached before and no more",
      guards = "gate.begun")
  void aWiderPolicyIsForLaterRuns() throws IOException {
    try (ServerSocket later = new ServerSocket(0, 50, InetAddress.ofLiteral("127.0.0.1"))) {
      String code =
          "print('on', flush=True)\nif sys.stdin.readline() == '':\n    raise SystemExit('no input')\n"
              + "print(tried(socket.create_connection, ('good.test', %d), 5))"
                  .formatted(later.getLocalPort());
      LiveRun before = start("wider", code);
      before.awaitOutput("on");
      daemon.rewrite(
          "wider",
          "extends: web\n"
              + site().rules()
              + "    - host: good.test\n      ports: [%d]\n      protocols: [tcp]\n"
                  .formatted(later.getLocalPort()));
      await().atMost(Duration.ofSeconds(30)).until(() -> explained("wider", later.getLocalPort()));
      before.stdin("\n");

      assertThat(daemon.ended(before).output())
          .contains("no rule allows port " + later.getLocalPort() + " of 'good.test'")
          .contains("in the policy that the run began with");
      LiveRun after = start("wider", code);
      after.awaitOutput("on");
      after.stdin("\n");
      assertThat(daemon.ended(after).output()).contains("REACHED");
    }
  }

  /** Whether the policy in force allows the port. */
  private static boolean explained(String policy, int port) {
    return PolicyServiceGrpc.newBlockingStub(daemon.client().channel())
            .explainDecision(
                ExplainDecisionRequest.newBuilder()
                    .setPolicy(policy)
                    .setConnect(
                        ExplainDecisionRequest.Connect.newBuilder()
                            .setHost("good.test")
                            .setPort(port))
                    .build())
            .getVerdict()
        == ExplainDecisionResponse.Verdict.ALLOWED;
  }

  @Test
  @Attack(
      row = "D18",
      what = "more bytes a second than the policy gives",
      expected = "TIMED_OUT: the bytes take the time that the rate says",
      guards = "gate.rate")
  void bytesAreHeldToTheirRate() {
    Transcript little =
        run("slow", "print(urllib.request.urlopen(f'http://good.test:{HTTP}/a').read())");
    Transcript much =
        run(
            "slow",
            "print(urllib.request.urlopen(f'http://good.test:{HTTP}/c', data=b'x' * 3000000).read())");

    assertThat(little.output()).isEqualTo("b'hello /a 0'\n");
    assertThat(much.outcome()).as(much::toString).isEqualTo(Outcome.TIMED_OUT);
  }

  @Test
  @Attack(
      row = "D13",
      what = "another Host behind the name of an allowed one (domain fronting)",
      expected =
          "SUCCEEDED, refused in plain; within TLS it arrives at the allowed host, as promised",
      guards = "gate.tunnel_host")
  void frontingIsSeenInPlainAndNotWithinTls() {
    Transcript run =
        run(
            """
            def ask(s, host):
                s.sendall(f'GET /front HTTP/1.1\\r\\nHost: {host}\\r\\nConnection: close\\r\\n\\r\\n'.encode())
                return s.makefile('rb').readline()[9:12].decode()
            for host in ('evil.test', 'evil.test:80', 'x.good.test', f'good.test:{HTTPS}'):
                with socket.create_connection(('127.0.0.1', 18080)) as s:
                    s.sendall(f'CONNECT good.test:{HTTP} HTTP/1.1\\r\\nHost: good.test:{HTTP}\\r\\n\\r\\n'.encode())
                    assert b' 200 ' in s.recv(1000)
                    print(ask(s, host))
                with socket.create_connection(('good.test', HTTP)) as s:
                    print(ask(s, host))
            context = ssl.create_default_context()
            with socket.create_connection(('good.test', HTTPS)) as plain:
                with context.wrap_socket(plain, server_hostname='good.test') as s:
                    print(ask(s, 'evil.test'))
            """);

    assertThat(run.output()).isEqualTo("400\n".repeat(8) + "200\n");
    assertThat(site().requests)
        .filteredOn(request -> request.endsWith("/front"))
        .containsExactly("GET evil.test/front");
    assertThat(site().lookups()).doesNotContain("evil.test");
  }

  @Test
  @Attack(
      row = "D16",
      what = "every way to write a name that is nearly allowed",
      expected = "SUCCEEDED, only the names themselves are reached",
      guards = "gate.policy")
  void onlyTheNamesThemselvesAreReached() {
    Transcript run =
        run(
            """
            allowed = ['good.test', 'GOOD.test', 'Good.Test.', 'a.wild.test', 'a.b.wild.test', 'A-1.WILD.TEST',
                       'xn--bcher-kva.wild.test', 'a_b.wild.test']
            denied = ['wild.test', '.wild.test', 'wild.test.', 'awild.test', 'a.wild.test.evil.test', 'good.test..',
                      '.good.test', 'a.good.test', 'good-test', 'goodxtest', 'good.tes', 'good.testt', 'ood.test',
                      'g\\u043e\\u043ed.test', 'good\\u3002test', 'good.test\\u200b', 'xn--gd-fmca.test', 'good.test%2e',
                      '*.wild.test', '*', 'a..wild.test', '-a.wild.test', 'a-.wild.test',
                      'x' * 64 + '.wild.test', 'x.' * 123 + 'wild.test', 'good.test\\\\', 'good.test/', 'good.test:1',
                      'good.test;', 'good.test,a.wild.test', 'a wild.test', '1.2.3.4.', '1', '0x1.wild.0x2', 'test', '']
            def by_proxy(name):
                with socket.create_connection(('127.0.0.1', 18080)) as s:
                    where = name.encode() + b':%d' % HTTPS
                    s.sendall(b'CONNECT ' + where + b' HTTP/1.1\\r\\nHost: ' + where + b'\\r\\n\\r\\n')
                    return s.recv(1000)[9:12] == b'200'
            def by_socks(name):
                raw = name.encode()
                if len(raw) > 255:
                    return False
                with socket.create_connection(('127.0.0.1', 18081)) as s:
                    s.sendall(b'\\5\\1\\0\\5\\1\\0\\3' + bytes([len(raw)]) + raw + HTTPS.to_bytes(2, 'big'))
                    return s.makefile('rb').read(4)[3:4] == b'\\0'
            def by_name(name):
                if not name.isascii():
                    return False  # Python makes ASCII of it before anybody asks
                try:
                    socket.create_connection((name, HTTPS), 5).close()
                    return True
                except (OSError, UnicodeError):
                    return False
            for way in (by_proxy, by_socks, by_name):
                print([name for name in allowed if not way(name)], [name for name in denied if way(name)])
            """);

    assertThat(run.output()).as(run::toString).isEqualTo("[] []\n".repeat(3));
  }

  @Test
  @Attack(
      row = "D22",
      what =
          "credentials on the way: the gate adds none, keeps none and takes none to another host",
      expected = "SUCCEEDED, a server sees what the code sent it and nothing more",
      guards = "gate.proxy_credentials")
  void noCredentialsTravel() {
    int before = site().headers.size();
    Transcript run =
        run(
            """
            plain = urllib.request.Request(f'http://good.test:{HTTP}/redirect?http://a.rebind.test:{HTTP}/',
                                           headers={'Proxy-Authorization': 'Basic cHJveHk6c2VjcmV0',
                                                    'Authorization': 'Bearer own'})
            class Stay(urllib.request.HTTPRedirectHandler):
                def redirect_request(self, *arguments):
                    return None
            try:
                urllib.request.build_opener(Stay).open(plain)
            except urllib.error.HTTPError as error:
                print(error.code)
            print(urllib.request.urlopen(f'http://good.test:{HTTP}/').status)
            said = json.dumps(dict(os.environ))
            print([word for word in ('@', 'secret', 'token', 'password') if word in said.lower()])
            """);

    assertThat(run.output()).as(run::toString).isEqualTo("302\n200\n[]\n");
    assertThat(site().headers.subList(before, site().headers.size()))
        .contains("Authorization: Bearer own")
        .filteredOn(header -> header.toLowerCase(Locale.ROOT).contains("auth"))
        .hasSize(1);
    assertThat(site().headers.subList(before, site().headers.size()))
        .noneMatch(header -> header.matches("(?i)(proxy-|via|forwarded|x-forwarded|cookie).*"));
  }

  @Test
  @Attack(
      row = "D20",
      what = "the daemon, and with it the gate, is killed under an open connection",
      expected = "the connection is cut, and the sandbox is gone with its only way out",
      guards = {"by design: no device, no rules and no proxy beside the daemon", "gVisor"})
  void withoutTheGateThereIsNoWayOut(@TempDir Path place) throws Exception {

    try (ServerSocket server = new ServerSocket(0, 50, InetAddress.ofLiteral("127.0.0.1"))) {
      String policy =
          "extends: web\nnetwork:\n  allow:\n    - host: good.test\n      ports: [%d]\n      protocols: [tcp]\n"
              .formatted(server.getLocalPort());
      try (DaemonProcess other =
              DaemonProcess.start(
                  place,
                  0,
                  Map.of("open", policy),
                  site().variables(),
                  SiteDaemon.class.getName());
          RunClient client = new RunClient(other.socket())) {
        await().atMost(Duration.ofSeconds(60)).until(client::full);
        LiveRun run =
            client.start(
                StartRun.newBuilder()
                    .setPolicy("open")
                    .setCode(
                        preamble()
                            + """
                            s = socket.create_connection(('good.test', %d))
                            s.sendall(b'x')
                            print('open', flush=True)
                            while True:
                                time.sleep(1)
                            """
                                .formatted(server.getLocalPort())));
        try (Socket connection = server.accept()) {
          run.awaitOutput("open");
          assertThat(connection.getInputStream().read()).isEqualTo('x');
          String sandbox = run.accepted().getSandboxId();
          assertThat(networkOf(sandbox)).isEqualTo("none");

          other.kill();

          assertThat(endOf(connection)).isEqualTo(-1);
          await()
              .atMost(Duration.ofSeconds(60))
              .until(() ->
                  EngineView.sandbox(sandbox).stream()
                      .noneMatch(container -> "running".equals(container.getState())));
        }
      }
      removeWhatIsLeft(place);
    }
  }

  private static String networkOf(String sandbox) {
    String id = EngineView.sandbox(sandbox).getFirst().getId();
    return String.valueOf(
        EngineView.<String>ask(
            engine -> engine.inspectContainerCmd(id).exec().getHostConfig().getNetworkMode()));
  }

  /** A killed peer is an end or a reset. */
  private static int endOf(Socket connection) {
    try {
      return connection.getInputStream().read();
    } catch (IOException e) {
      return -1;
    }
  }

  /** As the next daemon of the same socket would. */
  private static void removeWhatIsLeft(Path place) {
    try (DaemonProcess next = DaemonProcess.start(place, 0);
        RunClient client = new RunClient(next.socket())) {
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> client.full() && EngineView.owned(next.socket()).isEmpty());
    }
  }

  /** A run that is told when to go on. */
  private static LiveRun start(String policy, String code) {
    return daemon
        .client()
        .start(StartRun.newBuilder().setPolicy(policy).setCode(preamble() + code).setStdin(true));
  }
}
