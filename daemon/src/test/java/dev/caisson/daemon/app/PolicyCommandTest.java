package dev.caisson.daemon.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caisson.daemon.config.ConfigReader;
import dev.caisson.daemon.config.Surroundings;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PolicyCommandTest {

  @TempDir Path folder;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final PolicyCommand command =
      new PolicyCommand(
          new PrintStream(out, true, StandardCharsets.UTF_8),
          new PrintStream(err, true, StandardCharsets.UTF_8),
          () -> ConfigReader.read(List.of(), surroundings()));

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

  @Test
  void aWrongCommandLineSaysWhatIsRight() {
    assertThat(command.run(List.of("chek", "x"))).isEqualTo(2);

    assertThat(err.toString(StandardCharsets.UTF_8))
        .contains("Did you mean 'check'?")
        .contains("Usage: caisson policy check FILE");
  }

  private Surroundings surroundings() {
    return new Surroundings(
        Map.of("CAISSON_POLICIES", folder.toString()), folder, folder, Surroundings.User.OTHER);
  }

  private static String text(ByteArrayOutputStream stream) {
    return stream.toString(StandardCharsets.UTF_8);
  }
}
