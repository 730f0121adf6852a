package dev.caisson.daemon.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caisson.daemon.policy.Decision.Allowed;
import dev.caisson.daemon.policy.Decision.Asked;
import dev.caisson.daemon.policy.Decision.Denied;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PolicyFamilyTest {

  @TempDir Path folder;

  @Test
  void aKeyLeftOutHasTheValueOfTheNearestFileThatGivesIt() throws IOException {
    write("a.yaml", "time: {wall: 7s}\noutput: {bytes: 8 B}\n");
    write("b.yaml", "extends: a\noutput: {bytes: 9 B}\n");
    write("c.yaml", "extends: b\n");

    Policy policy = find("c");

    assertThat(policy.wallTime()).isEqualTo(Duration.ofSeconds(7));
    assertThat(policy.outputBytes().bytes()).isEqualTo(9);
    assertThat(policy.tools()).isEqualTo(find("default").tools());
    assertThat(policy.origin().of("time.wall")).isEqualTo(new RuleRef("time.wall", "a.yaml", 1));
    assertThat(policy.origin().of("output.bytes"))
        .isEqualTo(new RuleRef("output.bytes", "b.yaml", 2));
    assertThat(policy.origin().files())
        .containsExactly(
            folder.resolve("c.yaml").toString(),
            folder.resolve("b.yaml").toString(),
            folder.resolve("a.yaml").toString(),
            "default.yaml (shipped)");
  }

  @Test
  void whatExtendsNothingExtendsTheDefaultThatIsInForce() throws IOException {
    write("default.yaml", "time: {wall: 7s}\n");
    write("a.yaml", "output: {bytes: 8 B}\n");

    assertThat(find("a").wallTime()).isEqualTo(Duration.ofSeconds(7));
    assertThat(find("web").wallTime()).isEqualTo(Duration.ofSeconds(7));
    assertThat(find("default").outputBytes())
        .isEqualTo(PolicyStore.shipped().find("default").outputBytes());
  }

  @Test
  void aFileThatNamesItselfExtendsTheShippedPolicyThatItReplaces() throws IOException {
    write("offline.yaml", "extends: offline\ntime: {wall: 7s}\n");

    assertThat(find("offline").wallTime()).isEqualTo(Duration.ofSeconds(7));
    assertThat(find("offline").tools().calls()).isZero();
  }

  @Test
  void listsThatAllowReplaceAndListsThatRefuseAdd() throws IOException {
    write(
        "a.yaml",
        """
        tools: {allow: ["x.*"], ask: ["x.ask"], deny: ["x.deny"], limits: [{tools: "x.*", calls: 1}]}
        network: {allow: [{host: a.test}]}
        code: {refuse_imports: [ctypes], refuse_builtins: [eval], refuse_attributes: [os.system]}
        """);
    write(
        "b.yaml",
        """
        extends: a
        tools: {allow: ["y.*", "x.deny"], ask: ["y.ask"], deny: ["y.deny"], limits: [{tools: "*", calls: 2}]}
        network: {allow: [{host: b.test}]}
        code: {refuse_imports: [socket], refuse_builtins: [exec], refuse_attributes: [os.fork]}
        """);

    Policy policy = find("b");
    ToolGrants grants = policy.grants();
    CodeRules code = policy.code();

    assertThat(grants.decide("x", "any")).isInstanceOf(Denied.class);
    assertThat(grants.decide("x", "deny"))
        .isEqualTo(
            new Denied("the policy denies this tool", new RuleRef("tools.deny[0]", "a.yaml", 1)));
    assertThat(grants.decide("x", "ask")).isInstanceOf(Asked.class);
    assertThat(grants.decide("y", "any"))
        .isEqualTo(new Allowed(new RuleRef("tools.allow[0]", "b.yaml", 2)));
    assertThat(grants.decide("y", "ask")).isInstanceOf(Asked.class);
    assertThat(grants.decide("y", "deny")).isInstanceOf(Denied.class);
    assertThat(grants.limitsOf("x", "ask"))
        .extracting(limit -> limit.calls().orElseThrow())
        .containsExactly(2, 1);
    assertThat(policy.network().decide(new NetworkRequest.Tls("a.test", 443)))
        .isInstanceOf(Denied.class);
    assertThat(policy.network().decide(new NetworkRequest.Tls("b.test", 443)))
        .isInstanceOf(Allowed.class);
    assertThat(code.decideImport("ctypes")).isInstanceOf(Denied.class);
    assertThat(code.decideImport("socket")).isInstanceOf(Denied.class);
    assertThat(code.decideBuiltin("eval")).isInstanceOf(Denied.class);
    assertThat(code.decideBuiltin("exec")).isInstanceOf(Denied.class);
    assertThat(code.decideAttribute("os.system")).isInstanceOf(Denied.class);
    assertThat(code.decideAttribute("os.fork")).isInstanceOf(Denied.class);
  }

  @Test
  void aCircleIsToldWithItsMembers() throws IOException {
    write("a.yaml", "extends: b\n");
    write("b.yaml", "\nextends: c\n");
    write("c.yaml", "extends: a\n");

    assertThatThrownBy(() -> find("a"))
        .hasMessage(
            """
            the policies of FOLDER cannot be used:
              FOLDER/c.yaml:1: extends: got 'a'; policies extend each other in a circle: a extends b extends c extends a. Remove one 'extends'\
            """
                .replace("FOLDER", folder.toString()));
  }

  @Test
  void aFileThatNamesItselfAndReplacesNothingExtendsNothing() throws IOException {
    write("mine.yaml", "extends: mine\n");

    assertThatThrownBy(() -> find("mine"))
        .hasMessageContaining("extends: got 'mine'; there is no policy of this name. Known: data");
  }

  @Test
  void anUnknownParentIsToldWithTheNearest() throws IOException {
    write("a.yaml", "time: {wall: 5}\nextends: ofline\n");

    assertThatThrownBy(() -> find("a"))
        .hasMessageContaining(
            "a.yaml:2: extends: got 'ofline'; there is no policy of this name. Known: data,"
                + " default, offline, packages, trusted-tools, web. Did you mean 'offline'?")
        .hasMessageContaining("a.yaml:1: time.wall: got 5;");
  }

  @Test
  void whatIsWrongWithAParentIsToldOnce() throws IOException {
    write("a.yaml", "time: {wall: 5}\n");
    write("b.yaml", "extends: a\n");
    write("c.yaml", "extends: a\n");

    assertThatThrownBy(() -> find("b"))
        .satisfies(e -> assertThat(String.valueOf(e.getMessage()).lines()).hasSize(2));
  }

  @Test
  void aLineHasAtMostEightGenerations() throws IOException {
    for (int i = 1; i < 9; i++) {
      write("p" + i + ".yaml", "extends: " + (i == 1 ? "default" : "p" + (i - 1)) + "\n");
    }
    assertThatThrownBy(() -> find("p1"))
        .hasMessageContaining("at most 8 policies may stand in one line");

    Files.delete(folder.resolve("p8.yaml"));
    assertThat(find("p7").wallTime()).isEqualTo(find("default").wallTime());
  }

  private Policy find(String name) {
    return PolicyStore.withFolder(folder).find(name);
  }

  private void write(String name, String text) throws IOException {
    Files.writeString(folder.resolve(name), text);
  }
}
