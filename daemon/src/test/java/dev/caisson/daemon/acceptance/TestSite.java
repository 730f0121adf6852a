package dev.caisson.daemon.acceptance;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.caisson.daemon.app.SiteDaemon;
import dev.caisson.daemon.egress.Gate;
import dev.caisson.daemon.egress.TrustedCertificates;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * A web site on this machine under names that exist in tests only, over HTTP and HTTPS, and what a
 * daemon needs to find it there.
 */
public final class TestSite implements AutoCloseable {

  private static final String PASSWORD = "secret";

  public final List<String> requests = new CopyOnWriteArrayList<>();

  /** The headers of all requests, as "Name: value". */
  public final List<String> headers = new CopyOnWriteArrayList<>();

  private final Path lookups;
  private final HttpServer http;
  private final HttpsServer https;
  private final String certificate;

  public TestSite(Path folder) throws IOException, GeneralSecurityException, InterruptedException {
    lookups = folder.resolve("lookups.txt").toAbsolutePath();
    KeyStore keys = keys(folder.resolve("site.p12"));
    byte[] encoded = keys.getCertificate("site").getEncoded();
    certificate =
        "-----BEGIN CERTIFICATE-----\n"
            + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(encoded)
            + "\n-----END CERTIFICATE-----\n";
    http = HttpServer.create(loopback(), 100);
    https = HttpsServer.create(loopback(), 100);
    KeyManagerFactory managers = KeyManagerFactory.getInstance("PKIX");
    managers.init(keys, PASSWORD.toCharArray());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(managers.getKeyManagers(), null, null);
    https.setHttpsConfigurator(new HttpsConfigurator(context));
    for (HttpServer server : List.of(http, https)) {
      server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
      server.createContext("/", this::answer);
      server.start();
    }
  }

  public int httpPort() {
    return http.getAddress().getPort();
  }

  public int httpsPort() {
    return https.getAddress().getPort();
  }

  /** What a client has to trust. */
  public String certificate() {
    return certificate;
  }

  /** Where it keeps its files. */
  public Path folder() {
    return Objects.requireNonNull(lookups.getParent());
  }

  /** For a daemon in this process; its programs trust the site. */
  public Gate gate() {
    return gate("");
  }

  /** The same, and these certificates beside the site's. */
  public Gate gate(String further) {
    Path bundle = write("further.pem", certificate + further);
    return new SiteNames(lookups).gate(Optional.of(TrustedCertificates.read(bundle)));
  }

  /** What makes a {@link SiteDaemon} find the site, and its programs trust it. */
  public Map<String, String> variables() {
    return Map.of(
        SiteDaemon.LOOKUPS,
        lookups.toString(),
        "CAISSON_NETWORK_CA_FILE",
        write("ca.pem", certificate).toString());
  }

  /** The names that a daemon was asked for so far. */
  public List<String> lookups() {
    try {
      return Files.exists(lookups) ? Files.readAllLines(lookups) : List.of();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path write(String name, String text) {
    try {
      return Files.writeString(lookups.resolveSibling(name), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The part of a policy that allows this site, and a few names that lead elsewhere. */
  public String rules() {
    return """
    network:
      allow:
        - host: good.test
          ports: [%1$d]
        - host: good.test
          ports: [%2$d]
          protocols: [http]
          methods: [GET, POST]
        - host: "*.wild.test"
          ports: [%1$d]
        - host: "*.rebind.test"
          ports: [%2$d]
          protocols: [http]
          methods: [GET]
    """
        .formatted(httpsPort(), httpPort());
  }

  private void answer(HttpExchange exchange) throws IOException {
    String path = String.valueOf(exchange.getRequestURI());
    requests.add(
        exchange.getRequestMethod() + " " + exchange.getRequestHeaders().getFirst("Host") + path);
    exchange
        .getRequestHeaders()
        .forEach((name, values) -> values.forEach(value -> headers.add(name + ": " + value)));
    byte[] body;
    try (InputStream input = exchange.getRequestBody()) {
      body = input.readAllBytes();
    }
    Optional<String> target =
        path.startsWith("/redirect?") ? Optional.of(path.substring(10)) : Optional.empty();
    target.ifPresent(to -> exchange.getResponseHeaders().set("Location", to));
    byte[] answer = ("hello " + path + " " + body.length).getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(target.isPresent() ? 302 : 200, answer.length);
    exchange.getResponseBody().write(answer);
    exchange.close();
  }

  @SuppressWarnings("AddressSelection") // there is one
  private static InetSocketAddress loopback() {
    return new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0);
  }

  /** A key and a certificate of its own signing, by the JDK's own tool. */
  private static KeyStore keys(Path file)
      throws IOException, GeneralSecurityException, InterruptedException {
    Process tool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "site",
                "-keyalg",
                "EC",
                "-dname",
                "CN=" + SiteNames.HOST,
                "-ext",
                "SAN=dns:" + SiteNames.HOST,
                "-ext",
                "BC:critical=ca:true",
                "-ext",
                "KU:critical=digitalSignature,keyCertSign",
                "-validity",
                "30",
                "-storetype",
                "PKCS12",
                "-storepass",
                PASSWORD,
                "-keystore",
                file.toString())
            .inheritIO()
            .start();
    if (tool.waitFor() != 0) {
      throw new IllegalStateException("keytool made no key");
    }
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(file)) {
      keys.load(in, PASSWORD.toCharArray());
    }
    return keys;
  }

  @Override
  public void close() {
    http.stop(0);
    https.stop(0);
  }
}
