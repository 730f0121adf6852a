package dev.caisson.daemon.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import dev.caisson.v1.StartRun;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an operator says about servers of the installation's own, by the daemon's configuration. */
class OwnServersTest {

  @TempDir Path folder;

  @Test
  void aServerOnAPrivateNetworkIsReachedAtTheAddressThatTheOperatorNamesAndNoneBesideIt()
      throws Exception {
    try (PrivateAddress own = PrivateAddress.ofThisMachine()) {
      onlyTheNamedServerIsReached(own.address());
    }
  }

  private void onlyTheNamedServerIsReached(InetAddress address) throws Exception {
    HttpServer server = server(address);
    // What stands for names in the daemon, and nothing else does.
    Path hosts =
        Files.writeString(
            folder.resolve("hosts"),
            "%s mirror.test\n10.9.8.7 neighbour.test\n127.0.0.1 loopback.test\n169.254.169.254 meta.test\n"
                .formatted(address.getHostAddress()));
    String policy =
        "extends: web\nnetwork:\n  allow:\n%s%s%s%s"
            .formatted(
                rule("mirror.test", server),
                rule("neighbour.test", server),
                rule("loopback.test", server),
                rule("meta.test", server));
    try (DaemonProcess daemon =
            DaemonProcess.start(
                folder,
                0,
                Map.of("mirror", policy),
                Map.of(
                    "CAISSON_NETWORK_PRIVATE_ADDRESSES",
                    address.getHostAddress() + "/32",
                    "JAVA_TOOL_OPTIONS",
                    "-Djdk.net.hosts.file=" + hosts));
        RunClient client = new RunClient(daemon.socket())) {
      await().atMost(Duration.ofSeconds(60)).until(client::full);

      Transcript run =
          client.run(
              StartRun.newBuilder()
                  .setPolicy("mirror")
                  .setCode(
                      """
                      import urllib.request
                      for host in 'mirror', 'neighbour', 'loopback', 'meta':
                          try:
                              print(urllib.request.urlopen(f'http://{host}.test:%d/').read().decode())
                          except OSError as error:
                              print(error)
                      """
                          .formatted(server.getAddress().getPort())));

      String refused = "HTTP Error 403: denied by the network gate: the host '";
      assertThat(run.output().lines())
          .as(run::toString)
          .containsExactly(
              "packages",
              refused
                  + "neighbour.test' has a refused address: 10.9.8.7 is a private network (10.0.0.0/8)",
              refused + "loopback.test' has a refused address: 127.0.0.1 is loopback (127.0.0.0/8)",
              refused
                  + "meta.test' has a refused address: 169.254.169.254 is link-local, where clouds serve their"
                  + " metadata (169.254.0.0/16)");
    } finally {
      server.stop(0);
    }
  }

  private static String rule(String host, HttpServer server) {
    return "    - host: %s\n      ports: [%d]\n      protocols: [http]\n"
        .formatted(host, server.getAddress().getPort());
  }

  private static HttpServer server(InetAddress address) throws java.io.IOException {
    HttpServer server = HttpServer.create(new InetSocketAddress(address, 0), 10);
    server.createContext(
        "/",
        exchange -> {
          byte[] answer = "packages".getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    server.start();
    return server;
  }

  @Test
  void aDaemonWithCertificatesThatAreNoneDoesNotStart() throws Exception {
    Path file = Files.writeString(folder.resolve("ca.pem"), "none");
    try (DaemonProcess daemon =
        DaemonProcess.start(
            folder, 0, Map.of(), Map.of("CAISSON_NETWORK_CA_FILE", file.toString()))) {
      assertThat(daemon.awaitExit()).isEqualTo(1);
      assertThat(daemon.log())
          .isEqualTo(
              "caisson daemon: network.ca_file: %s cannot be used: it holds no certificate in PEM format (-----BEGIN CERTIFICATE-----)\n"
                  .formatted(file));
    }
  }
}
