package dev.caisson.daemon.acceptance;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.caisson.daemon.egress.AddressRules;
import dev.caisson.daemon.egress.Dialer;
import dev.caisson.daemon.egress.Gate;
import dev.caisson.daemon.egress.Resolver;
import dev.caisson.daemon.model.Ticker;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * A web site on this machine under names that exist in tests only, over HTTP and HTTPS, and the
 * gate that finds it there.
 */
public final class TestSite implements AutoCloseable {

  public static final String HOST = "good.test";

  /** Allowed by the tests' policies and answered with another address each time. */
  public static final String REBINDING = "rebind.test";

  private static final String PASSWORD = "secret";

  public final List<String> requests = new CopyOnWriteArrayList<>();
  public final List<String> lookups = new CopyOnWriteArrayList<>();
  private final AtomicInteger rebinds = new AtomicInteger();
  private final HttpServer http;
  private final HttpsServer https;
  private final String certificate;

  public TestSite(Path folder) throws IOException, GeneralSecurityException, InterruptedException {
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

  /** Finds this site on loopback, and other names where they are. */
  public Gate gate() {
    InetAddress here = InetAddress.ofLiteral("127.0.0.1");
    return new Gate(
        new Dialer(this::resolve, AddressRules.exempting(Set.of(here)), Duration.ofSeconds(8)),
        Ticker.SYSTEM);
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
        - host: "*.rebind.test"
          ports: [%2$d]
          protocols: [http]
          methods: [GET]
    """
        .formatted(httpsPort(), httpPort());
  }

  private List<InetAddress> resolve(String host) throws UnknownHostException {
    lookups.add(host);
    if (host.equals(HOST)) {
      return List.of(InetAddress.ofLiteral("127.0.0.1"));
    }
    if (host.equals("metadata." + REBINDING)) {
      return List.of(InetAddress.ofLiteral("169.254.169.254"));
    }
    if (host.equals("mixed." + REBINDING)) {
      return List.of(InetAddress.ofLiteral("127.0.0.1"), InetAddress.ofLiteral("10.0.0.1"));
    }
    if (host.endsWith(REBINDING)) {
      // Good at first, then what an attacker would point it at.
      return List.of(
          InetAddress.ofLiteral(rebinds.getAndIncrement() == 0 ? "127.0.0.1" : "127.0.0.2"));
    }
    if (host.endsWith(".test")) {
      throw new UnknownHostException(host);
    }
    return Resolver.bySystem(host);
  }

  private void answer(HttpExchange exchange) throws IOException {
    String path = String.valueOf(exchange.getRequestURI());
    requests.add(
        exchange.getRequestMethod() + " " + exchange.getRequestHeaders().getFirst("Host") + path);
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
                "CN=" + HOST,
                "-ext",
                "SAN=dns:" + HOST,
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
