package dev.caisson.daemon.security;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caisson.daemon.acceptance.LiveRun;
import dev.caisson.daemon.acceptance.RunClient;
import dev.caisson.daemon.acceptance.TestSite;
import dev.caisson.daemon.acceptance.Transcript;
import dev.caisson.daemon.app.RunningDaemon;
import dev.caisson.daemon.policy.PackageIndex;
import dev.caisson.v1.StartRun;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
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

  @RegisterExtension static final AttackRecord record = new AttackRecord();

  @TempDir static Path folder;

  private static TestSite site;
  private static RunningDaemon daemon;
  private static RunClient client;

  @BeforeAll
  static void start() throws Exception {
    site = new TestSite(folder);
    daemon =
        RunningDaemon.start(
            folder,
            2,
            Map.of(
                "site",
                "extends: web\n" + site.rules(),
                "live",
                "extends: web\n" + site.rules(),
                "narrow",
                "extends: web\n" + site.rules() + "  connections: 4\n  connections_total: 20\n"),
            PackageIndex.NONE,
            site.gate());
    client = new RunClient(daemon.socket());
  }

  @AfterAll
  static void end() {
    client.close();
    daemon.close();
    site.close();
  }

  /** Runs with the site's certificate trusted and its addresses known. */
  private static Transcript run(String policy, String code) {
    return client.run(StartRun.newBuilder().setPolicy(policy).setCode(preamble() + code));
  }

  private static Transcript run(String code) {
    return run("site", code);
  }

  private static String preamble() {
    return """
    import asyncio, errno, http.client, json, os, socket, ssl, subprocess, sys, time, urllib.request
    HTTP, HTTPS = %d, %d
    open('ca.pem', 'w').write('''%s''')
    for name in ('SSL_CERT_FILE', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE'):
        os.environ[name] = os.path.abspath('ca.pem')
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
        .formatted(site.httpPort(), site.httpsPort(), site.certificate());
  }

  @Test
  @Attack(
      row = "D3",
      what = "an allowed host answers over HTTP and HTTPS, by the proxy of the environment",
      expected = "SUCCEEDED, the answers arrive",
      guards = "gate.policy")
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
      guards = "gate.policy")
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
      guards = "host.no_network")
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
    int before = site.requests.size();
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
    assertThat(site.requests.size()).isEqualTo(before);
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
    assertThat(site.lookups).noneMatch(name -> name.contains("data"));
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
        .contains("the host 'x.rebind.test' stands for 127.0.0.2");
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
            for target in ('http://169.254.169.254/latest/', 'https://evil.test/', 'http://127.0.0.1/',
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
            tried(urllib.request.urlopen, 'http://evil.test/')
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
    int before = site.requests.size();
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
    assertThat(site.requests.size()).isEqualTo(before);
  }

  @Test
  @Attack(
      row = "D15",
      what = "other protocols than TCP to an allowed host go nowhere",
      expected = "SUCCEEDED, nothing leaves",
      guards = "host.no_network")
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
    int before = site.requests.size();
    Transcript run =
        run(
            """
            host = f'good.test:{HTTP}'
            for head in (
                    'Content-Length: 5\\r\\nTransfer-Encoding: chunked', 'Content-Length: 5\\r\\nContent-Length: 6',
                    'Transfer-Encoding: xchunked', 'Transfer-Encoding : chunked', 'Host: evil.test'):
                for way in (18080, None):
                    target = f'http://{host}/smuggled' if way else '/smuggled'
                    s = socket.create_connection(('127.0.0.1', way) if way else ('good.test', HTTP))
                    s.sendall(f'POST {target} HTTP/1.1\\r\\nHost: {host}\\r\\n{head}\\r\\n\\r\\n0\\r\\n\\r\\n'
                              f'GET /smuggled HTTP/1.1\\r\\nHost: {host}\\r\\n\\r\\n'.encode())
                    print(s.makefile('rb').readline()[9:12])
            """);

    assertThat(run.output()).isEqualTo("b'400'\n".repeat(10));
    assertThat(site.requests.size()).isEqualTo(before);
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
  void connectionsFollowThePolicy() throws IOException {
    LiveRun run =
        client.start(
            StartRun.newBuilder()
                .setPolicy("live")
                .setCode(
                    preamble()
                        + """
                        s = ssl.create_default_context().wrap_socket(
                            socket.create_connection(('good.test', HTTPS)), server_hostname='good.test')
                        s.settimeout(20)
                        print('open', flush=True)
                        print(type(tried(s.recv, 1)).__name__)
                        print(type(tried(socket.create_connection, ('good.test', HTTPS))).__name__)
                        """));
    run.awaitOutput("open");
    RunningDaemon.writePolicies(
        folder, 2, Map.of("live", "extends: web\nnetwork:\n  allow:\n    - host: other.test\n"));

    assertThat(run.transcript().output())
        .startsWith("open\n")
        .contains("ConnectionResetError\n")
        .endsWith("PermissionError\n");
  }

  @Test
  @Attack(
      row = "D21",
      what = "the entrances are those of one sandbox, and end with its run",
      expected = "SUCCEEDED, nothing listens",
      guards = "host.no_network")
  void anotherRunHasAnEntranceOfItsOwn() {
    LiveRun first =
        client.start(
            StartRun.newBuilder()
                .setPolicy("site")
                .setCode(preamble() + "print('on', flush=True)\ninput()")
                .setStdin(true));
    first.awaitOutput("on");
    Transcript second =
        run("default", "print(tried(socket.create_connection, ('127.0.0.1', 18080), 5).errno)");
    first.stdin("\n");

    assertThat(second.output()).isEqualTo("111\n");
    first.transcript();
  }

  @Test
  @Attack(
      row = "D2",
      what = "a lookup without network",
      expected = "SUCCEEDED, no lookup leaves",
      guards = "host.no_network")
  void noLookupWithoutNetwork() {
    Transcript run =
        run("default", "print(type(tried(socket.getaddrinfo, 'x.good.test', 80)).__name__)");

    assertThat(run.output()).isEqualTo("gaierror\n");
    assertThat(site.lookups).doesNotContain("x.good.test");
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
    int before = site.requests.size();
    Transcript run =
        run("print(tried(urllib.request.urlopen, f'http://mixed.rebind.test:{HTTP}/'))");

    assertThat(run.output()).contains("stands for 10.0.0.1 is a private network");
    assertThat(site.requests.size()).isEqualTo(before);
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
}
