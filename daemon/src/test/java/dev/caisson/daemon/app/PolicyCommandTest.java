package dev.caisson.daemon.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.caisson.daemon.api.GrpcServer;
import dev.caisson.daemon.api.PolicyEndpoint;
import dev.caisson.daemon.config.ConfigReader;
import dev.caisson.daemon.config.Surroundings;
import dev.caisson.daemon.model.Deadline;
import dev.caisson.daemon.policy.LivePolicies;
import dev.caisson.daemon.policy.PolicyStore;
import dev.caisson.daemon.policy.PolicyWatch;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PolicyCommandTest {

  private static final String WEB =
      """
      extends: web
      network: {allow: [{host: %s}]}
      """;

  @TempDir Path folder;
  private Map<String, String> environment = Map.of();

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final PolicyCommand command =
      new PolicyCommand(
          new PrintStream(out, true, StandardCharsets.UTF_8),
          new PrintStream(err, true, StandardCharsets.UTF_8),
          () -> ConfigReader.read(List.of(), surroundings()));

  @BeforeEach
  void readPoliciesFromTheFolder() {
    environment = Map.of("CAISSON_POLICIES", folder.toString());
  }

  @Test
  void aGoodFileIsSaidToBeGood() throws IOException {
    Path file = Files.writeString(folder.resolve("small.yaml"), "time: {wall: 5s}\n");

    assertThat(command.run(List.of("check", file.toString()))).isZero();

    assertThat(out.toString(StandardCharsets.UTF_8))
        .startsWith(file + ": good. Policy 'small':")
        .contains("wall time 5s");
  }

  @Test
  void aBadFileIsRefusedWithLineAndReasonAndTheOthersAreStillRead() throws IOException {
    Path bad = Files.writeString(folder.resolve("bad.yaml"), "time:\n  wal: 5s\n");
    Path good = Files.writeString(folder.resolve("good.yaml"), "pool: {warm: 1}\n");

    assertThat(command.run(List.of("check", bad.toString(), good.toString()))).isEqualTo(1);

    assertThat(err.toString(StandardCharsets.UTF_8)).contains(bad + ":2: ", "wal", "wall");
    assertThat(out.toString(StandardCharsets.UTF_8)).contains("Policy 'good'");
  }

  @Test
  void aFileThatIsNotThereIsRefused() {
    assertThat(command.run(List.of("check", folder.resolve("none.yaml").toString()))).isEqualTo(1);

    assertThat(err.toString(StandardCharsets.UTF_8)).contains("none.yaml");
  }

  @Test
  void aGoodFileMayExtendOneBesideItWhateverIsWrongWithTheOthers() throws IOException {
    Files.writeString(folder.resolve("parent.yaml"), "time: {wall: 7s}\n");
    Files.writeString(folder.resolve("broken.yaml"), "tim: 1\n");
    Path child = Files.writeString(folder.resolve("child.yaml"), "extends: parent\n");

    assertThat(command.run(List.of("check", child.toString()))).isZero();

    assertThat(text(out)).contains("wall time 7s");
  }

  @Test
  void checkSaysThatAnIndexIsNotConfigured() throws IOException {
    Path file = Files.writeString(folder.resolve("p.yaml"), "extends: packages\n");

    assertThat(command.run(List.of("check", file.toString()))).isZero();

    assertThat(text(out))
        .contains(
            "note: network.allow[0] (packages.yaml:19) allows nothing until packages.index is"
                + " configured");
  }

  @Test
  void explainNamesTheDecisionTheRuleAndTheLine() throws IOException {
    Files.writeString(
        folder.resolve("web.yaml"),
        """
        extends: web
        network:
          allow:
            - host: "*.example.test"
              protocols: [tls, http]
        """);

    assertThat(command.run(List.of("explain", "web", "--connect", "api.example.test:443")))
        .isZero();
    assertThat(text(out))
        .isEqualTo(
            """
            allowed: connection to api.example.test:443
              rule:   network.allow[0]
              line:   web.yaml:4
              note:   may carry tls
              note:   an address that is private, loopback or otherwise special is refused all the same
              policy: web, from FOLDER/web.yaml, which extends web.yaml (shipped), which extends default.yaml (shipped)
              asked:  the files; no daemon answers at FOLDER/.local/state/caisson/caisson.sock
            """
                .replace("FOLDER", folder.toString()));
    out.reset();

    assertThat(command.run(List.of("explain", "web", "--connect", "evil.test:443"))).isEqualTo(1);
    assertThat(text(out))
        .startsWith(
            """
            denied: connection to evil.test:443
              reason: no rule allows the host 'evil.test'
              rule:   network.allow
              line:   web.yaml:3
            """);
  }

  @Test
  void explainAnswersEveryKindOfQuestionAndSaysSoInItsStatus() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("q.yaml"),
            """
            tools: {ask: ["mail.send"], deny: ["files.*"]}
            network: {allow: [{host: plain.test, protocols: [http], methods: [POST]}]}
            code: {refuse_imports: [ctypes], refuse_builtins: [eval], refuse_attributes: [os.system]}
            """);
    String policy = file.toString();

    assertThat(command.run(List.of("explain", policy, "--tool", "x.y"))).isZero();
    assertThat(command.run(List.of("explain", policy, "--tool", "mail.send"))).isEqualTo(3);
    assertThat(command.run(List.of("explain", policy, "--tool", "files.read"))).isEqualTo(1);
    assertThat(command.run(List.of("explain", policy, "--http", "POST", "http://plain.test/x")))
        .isZero();
    assertThat(command.run(List.of("explain", policy, "--http", "GET", "http://plain.test/x")))
        .isEqualTo(1);
    assertThat(command.run(List.of("explain", policy, "--import", "ctypes.util"))).isEqualTo(1);
    assertThat(command.run(List.of("explain", policy, "--import", "json"))).isZero();
    assertThat(command.run(List.of("explain", policy, "--builtin", "eval"))).isEqualTo(1);
    assertThat(command.run(List.of("explain", policy, "--attribute", "os.system"))).isEqualTo(1);
    assertThat(text(out))
        .contains("ask: tool mail.send\n  reason: a person has to say yes within 1m, each time\n")
        .contains("denied: import ctypes.util")
        .contains("line:   q.yaml:3");
  }

  @Test
  void aQuestionThatIsNoneIsToldWithTheRightOnes() {
    assertThat(command.run(List.of("explain", "web", "--conect", "a.test:1"))).isEqualTo(2);
    assertThat(command.run(List.of("explain", "web", "--connect", "a.test"))).isEqualTo(2);
    assertThat(command.run(List.of("explain", "web", "--http", "GET"))).isEqualTo(2);
    assertThat(command.run(List.of("explain", "weeb", "--tool", "a.b"))).isEqualTo(2);

    assertThat(text(err))
        .contains("Did you mean '--connect'?")
        .contains("'a.test' is not HOST:PORT")
        .contains("--http takes a method and a URL")
        .contains("Did you mean 'web'?");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "a.test|'a.test' is not HOST:PORT; write for example api.example.test:443",
        "a.test:|'a.test:' has the port ''; a port is a number from 1 to 65535",
        "a.test:0|'a.test:0' has the port '0'",
        "a.test:65536|'a.test:65536' has the port '65536'",
        "a.test:https|'a.test:https' has the port 'https'",
        ":443|':443' is not HOST:PORT",
        "::1:443|'::1:443' is not HOST:PORT; write for example api.example.test:443, or [2001:db8::1]:443",
        "[2001:db8::1]|'[2001:db8::1]' is not HOST:PORT",
        "https://a.test:443|'https://a.test:443' is not HOST:PORT",
        "b\u00fccher.test:443|is not ASCII; names in other scripts are asked for in their xn-- form, here probably 'xn--bcher-kva.test'",
        "\"  \"|--connect takes a value that is not empty",
      })
  void whatIsNoHostAndPortIsToldSo(String value, String told) {
    assertThat(command.run(List.of("explain", "web", "--connect", value))).isEqualTo(2);

    assertThat(text(err)).contains(told);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "API.Example.TEST:443|allowed: connection to API.Example.TEST:443",
        "api.example.test.:443|allowed: connection to api.example.test.:443",
        "api.example.test:0443|allowed: connection to api.example.test:443",
        "xn--bcher-kva.example.test:443|allowed: ",
        "example.test:443|reason: no rule allows the host 'example.test'",
        "api.example.test:80|reason: no rule allows port 80 of 'api.example.test'",
        "[::1]:443|reason: '[::1]' is not the name of a host",
        "[::ffff:10.0.0.1]:443|reason: '[::ffff:10.0.0.1]' is not the name of a host",
        "2130706433:443|reason: '2130706433' is not the name of a host",
        "api.example.test.evil.test:443|reason: no rule allows the host 'api.example.test.evil.test'",
        "a b.example.test:443|reason: 'a b.example.test' is not the name of a host",
      })
  void hostsAreReadAsTheGateReadsThem(String value, String told) throws IOException {
    Files.writeString(
        folder.resolve("web.yaml"),
        "extends: web\nnetwork: {allow: [{host: '*.example.test', protocols: [tls]}]}\n");

    command.run(List.of("explain", "web", "--connect", value));

    assertThat(text(out)).contains(told);
    assertThat(text(err)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "HTTP://Plain.test/x?y|allowed: GET in plain http to Plain.test:80",
        "http://plain.test:8080|denied: GET in plain http to plain.test:8080",
        "http://plain.test@evil.test/|denied: GET in plain http to evil.test:80",
        "http://under_score.test/|denied: GET in plain http to under_score.test:80",
        "http://[::1]/|denied: GET in plain http to [::1]:80",
        "https://plain.test/|denied: connection to plain.test:443",
        "http://plain.test:0/|'http://plain.test:0/' has the port '0'",
        "ftp://plain.test/|'ftp://plain.test/' is not a URL with http or https and a host",
        "plain.test/x|'plain.test/x' is not a URL with http or https and a host",
        "http:///x|'http:///x' is not a URL with http or https and a host",
        "http://b\u00fccher.test/|here probably 'xn--bcher-kva.test'",
      })
  void urlsAreReadAsTheGateReadsThem(String url, String told) throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("q.yaml"),
            "network: {allow: [{host: plain.test, protocols: [http]}]}\n");

    command.run(List.of("explain", file.toString(), "--http", "GET", url));

    assertThat(text(out) + text(err)).contains(told);
  }

  @Test
  void aRunningDaemonIsAskedAndSaidToHaveBeen() throws IOException {
    Path daemons = Files.createDirectory(folder.resolve("daemons"));
    Files.writeString(daemons.resolve("web.yaml"), WEB.formatted("of-the-daemon.test"));
    Files.writeString(folder.resolve("web.yaml"), WEB.formatted("of-the-files.test"));
    Path socket = folder.resolve("caisson.sock");
    environment =
        Map.of("CAISSON_POLICIES", folder.toString(), "CAISSON_SOCKET", socket.toString());
    LivePolicies policies =
        new LivePolicies(
            PolicyStore.withFolder(daemons), () -> PolicyStore.withFolder(daemons), made -> {});
    GrpcServer daemon = new GrpcServer(socket, List.of(new PolicyEndpoint(policies)));
    daemon.start();
    try (PolicyWatch watch = new PolicyWatch(policies, Optional.of(daemons))) {
      watch.start();
      assertThat(command.run(List.of("explain", "web", "--connect", "of-the-daemon.test:443")))
          .isZero();
      assertThat(text(out))
          .startsWith("allowed: connection to of-the-daemon.test:443")
          .endsWith(
              "\n  asked:  the daemon at %s, for its policies of generation 1\n".formatted(socket));
      out.reset();

      assertThat(
              command.run(
                  List.of("explain", "--files", "web", "--connect", "of-the-daemon.test:443")))
          .isEqualTo(1);
      assertThat(text(out)).endsWith("\n  asked:  the files\n");
      out.reset();

      String file = folder.resolve("web.yaml").toString();
      assertThat(command.run(List.of("explain", file, "--connect", "of-the-files.test:443")))
          .isZero();
      assertThat(text(out)).endsWith("\n  asked:  the files\n");
      out.reset();

      assertThat(command.run(List.of("explain", "default", "--tool", "x.y"))).isZero();
      assertThat(command.run(List.of("explain", "offline", "--tool", "x.y"))).isEqualTo(1);
      assertThat(command.run(List.of("explain", "weeb", "--tool", "x.y"))).isEqualTo(2);
      assertThat(text(err)).contains("Did you mean 'web'?");
      out.reset();

      Files.writeString(daemons.resolve("web.yaml"), "netwrk: 1\n");
      watch.request();
      await().until(() -> policies.state().refusal().isPresent());
      assertThat(command.run(List.of("explain", "web", "--connect", "of-the-daemon.test:443")))
          .isZero();
      assertThat(text(out)).contains("note:   the files have changed and are not in force: ");
    } finally {
      daemon.stop(Deadline.after(Duration.ofSeconds(5)));
    }
  }

  @Test
  void whoAsksForTheDaemonIsNotAnsweredFromTheFiles() {
    assertThat(command.run(List.of("explain", "--daemon", "web", "--tool", "x.y"))).isEqualTo(2);
    assertThat(command.run(List.of("explain", "--daemon", "./web.yaml", "--tool", "x.y")))
        .isEqualTo(2);

    assertThat(text(out)).isEmpty();
    assertThat(text(err))
        .contains("no daemon answers at ")
        .contains("a daemon knows policies by their names, and './web.yaml' is a file");
  }

  @Test
  void aSocketThatNobodyServesIsNoDaemon() throws IOException {
    Path socket = Files.createFile(folder.resolve("caisson.sock"));
    environment = Map.of("CAISSON_SOCKET", socket.toString());

    assertThat(command.run(List.of("explain", "default", "--tool", "x.y"))).isZero();

    assertThat(text(out)).contains("asked:  the files; no daemon answers at " + socket);
  }

  @Test
  void aWrongCommandLineSaysWhatIsRight() {
    assertThat(command.run(List.of("chek", "x"))).isEqualTo(2);

    assertThat(err.toString(StandardCharsets.UTF_8))
        .contains("Did you mean 'check'?")
        .contains("Usage: caisson policy check FILE");
  }

  private Surroundings surroundings() {
    return new Surroundings(environment, folder, folder, Surroundings.User.OTHER);
  }

  private static String text(ByteArrayOutputStream stream) {
    return stream.toString(StandardCharsets.UTF_8);
  }
}
