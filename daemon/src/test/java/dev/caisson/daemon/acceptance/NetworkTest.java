package dev.caisson.daemon.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.util.Durations;
import dev.caisson.daemon.app.RunningDaemon;
import dev.caisson.daemon.policy.PackageIndex;
import dev.caisson.v1.RunFinished.Outcome;
import dev.caisson.v1.RunLimits;
import dev.caisson.v1.StartRun;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a run with a network may make tighter for itself, and whom it trusts. */
class NetworkTest {

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
            1,
            Map.of("site", "extends: web\n" + site.rules()),
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

  private static Transcript run(StartRun.Builder start, String code) {
    String preamble =
        """
        import os, socket, ssl, urllib.request
        HTTP, HTTPS = %d, %d
        def connect():
            s = socket.create_connection(('127.0.0.1', 18080))
            s.sendall(f'CONNECT good.test:{HTTPS} HTTP/1.1\\r\\nHost: good.test:{HTTPS}\\r\\n\\r\\n'.encode())
            return s, s.makefile('rb').readline()[9:].strip().decode()
        def get(path, **options):
            return urllib.request.urlopen(f'http://good.test:{HTTP}{path}', **options).read().decode()
        """
            .formatted(site.httpPort(), site.httpsPort());
    return client.run(start.setPolicy("site").setCode(preamble + code));
  }

  private static Transcript run(RunLimits.Builder limits, String code) {
    return run(StartRun.newBuilder().setLimits(limits), code);
  }

  // ---- limits that a run asks for ----

  @Test
  void aRunMayAskForFewerConnectionsAtOnce() {
    Transcript run =
        run(
            RunLimits.newBuilder().setNetworkConnections(2),
            "held = [connect() for _ in range(3)]\nprint(*[said for _, said in held], sep='\\n')");

    assertThat(run.output())
        .as(run::toString)
        .isEqualTo(
            "200 Connection established\n".repeat(2)
                + "429 more than 2 connections at once (network.connections)\n");
  }

  @Test
  void aRunMayAskForFewerConnectionsInAll() {
    Transcript run =
        run(
            RunLimits.newBuilder().setNetworkConnectionsTotal(2),
            "for path in '/total/1', '/total/2', '/total/3':\n    get(path)");

    assertThat(run.finished().getLimit()).as(run::toString).isEqualTo("network.connections_total");
    assertThat(site.requests)
        .filteredOn(request -> request.contains("/total/"))
        .hasSize(2)
        .noneMatch(request -> request.endsWith("3"));
  }

  @Test
  void aRunMayAskForFewerBytes() {
    RunLimits.Builder limits = RunLimits.newBuilder().setNetworkBytes(50_000);

    Transcript under = run(limits, "print(get('/a', data=b'x' * 48_000))");
    Transcript over = run(limits, "print(get('/a', data=b'x' * 50_001))");

    assertThat(under.output()).as(under::toString).isEqualTo("hello /a 48000\n");
    assertThat(over.outcome()).isEqualTo(Outcome.LIMIT_EXCEEDED);
    assertThat(over.finished().getLimit()).isEqualTo("network.bytes");
  }

  @Test
  void aRunMayAskForASlowerNetwork() {
    RunLimits.Builder limits =
        RunLimits.newBuilder().setNetworkRate(1_024).setWallTime(Durations.fromSeconds(8));

    Transcript little = run(limits, "print(get('/a'))");
    Transcript much = run(limits, "print(get('/a', data=b'x' * 100_000))");

    assertThat(little.output()).as(little::toString).isEqualTo("hello /a 0\n");
    assertThat(much.outcome()).as(much::toString).isEqualTo(Outcome.TIMED_OUT);
  }

  @Test
  void aRunMayAskForLessPatienceWithSilence() {
    String code =
        """
        s = ssl.create_default_context().wrap_socket(
            socket.create_connection(('good.test', HTTPS)), server_hostname='good.test')
        s.settimeout(20)
        try:
            print(s.recv(1))
        except OSError as error:
            print(type(error).__name__)
        """;

    Transcript run =
        run(RunLimits.newBuilder().setNetworkIdleTimeout(Durations.fromSeconds(4)), code);

    assertThat(run.output()).as(run::toString).isEqualTo("ConnectionResetError\n");
  }

  @Test
  void aWiderLimitOfTheNetworkIsRefusedByName() {
    assertThatThrownBy(() -> run(RunLimits.newBuilder().setNetworkConnections(17), "1"))
        .hasMessageContaining(
            "limits.network_connections is 17; allowed is 1 to 16 (network.connections)");
  }

  // ---- certificates ----

  @Test
  void codeTrustsTheInstallationsCertificatesWhateverClientItUses() {
    Transcript run =
        run(
            StartRun.newBuilder(),
            """
            print(urllib.request.urlopen(f'https://good.test:{HTTPS}/x').read().decode())
            with socket.create_connection(('good.test', HTTPS)) as plain:
                with ssl.create_default_context().wrap_socket(plain, server_hostname='good.test') as s:
                    print(s.version()[:3])
            names = ('SSL_CERT_FILE', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE', 'PIP_CERT')
            print({os.environ[name] for name in names})
            ours = open('/tmp/caisson-ca.pem').read()
            print(ours.count('BEGIN CERTIFICATE') > 50, ours.startswith(open('/etc/ssl/certs/ca-certificates.crt').read()))
            """);

    assertThat(run.output())
        .as(run::toString)
        .isEqualTo("hello /x 0\nTLS\n{'/tmp/caisson-ca.pem'}\nTrue True\n");
  }

  @Test
  void whatTheCallerSetsIsLeftAlone() {
    Transcript run =
        run(
            StartRun.newBuilder().putEnvironment("SSL_CERT_FILE", "/nowhere"),
            """
            print(os.environ['SSL_CERT_FILE'], os.environ['PIP_CERT'])
            try:
                urllib.request.urlopen(f'https://good.test:{HTTPS}/x')
            except OSError as error:
                print('CERTIFICATE_VERIFY_FAILED' in str(error))
            """);

    assertThat(run.output()).as(run::toString).isEqualTo("/nowhere /tmp/caisson-ca.pem\nTrue\n");
  }

  @Test
  void codeWithoutANetworkIsPointedAtNoCertificates() {
    Transcript run =
        client.run(
            StartRun.newBuilder()
                .setCode(
                    "import os\nprint([n for n in os.environ if 'CERT' in n], os.listdir('/tmp'))"));

    // The file is there: its sandbox was made before anybody knew which policy its run would have.
    assertThat(run.output()).isEqualTo("[] ['caisson-ca.pem']\n");
  }
}
