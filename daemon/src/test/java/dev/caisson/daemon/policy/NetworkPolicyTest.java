package dev.caisson.daemon.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caisson.daemon.model.ByteSize;
import dev.caisson.daemon.policy.Decision.Allowed;
import dev.caisson.daemon.policy.Decision.Denied;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NetworkPolicyTest {

  private static final RuleRef SECTION = new RuleRef("network.allow", "web.yaml", 3);
  private static final NetworkLimits LIMITS =
      new NetworkLimits(
          4, 100, ByteSize.ofMebibytes(1), ByteSize.ofMebibytes(1), Duration.ofSeconds(1));

  private final NetworkPolicy policy =
      new NetworkPolicy(
          List.of(
              rule(0, "good.test", Set.of(), Set.of(NetworkProtocol.TLS), Set.of()),
              rule(1, "*.wide.test", Set.of(8443), Set.of(NetworkProtocol.TLS), Set.of()),
              rule(
                  2,
                  "plain.test",
                  Set.of(),
                  Set.of(NetworkProtocol.HTTP, NetworkProtocol.TLS),
                  Set.of("GET", "HEAD")),
              rule(3, "db.test", Set.of(5432), Set.of(NetworkProtocol.TCP), Set.of())),
          LIMITS,
          SECTION);

  @ParameterizedTest
  @CsvSource({
    "good.test,      443,  0",
    "GOOD.test.,     443,  0",
    "a.wide.test,    8443, 1",
    "a.b.wide.test,  8443, 1",
    "A.WIDE.TEST,    8443, 1",
    "plain.test,     443,  2"
  })
  void aNamedHostOnANamedPortIsAllowedByItsRule(String host, int port, int rule) {
    assertThat(policy.decide(new NetworkRequest.Opening(host, port)))
        .isEqualTo(new Allowed(ref(rule)));
    assertThat(policy.decide(new NetworkRequest.Tls(host, port))).isEqualTo(new Allowed(ref(rule)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "evil.test",
        "good.test.evil.test",
        "xgood.test",
        "a.good.test",
        "wide.test",
        "xwide.test",
        "good",
        "test",
        "goodxtest"
      })
  void aHostThatNoRuleNamesIsDeniedByTheSection(String host) {
    assertThat(policy.decide(new NetworkRequest.Opening(host, 443)))
        .isEqualTo(new Denied("no rule allows the host '" + host + "'", SECTION));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0X7F.0.0.1",
        "0177.0.0.1",
        "127.0.0.1.",
        "[::1]",
        "::1",
        "::ffff:127.0.0.1",
        "fe80::1%eth0",
        "good.test:443",
        "good.test/",
        "user@good.test",
        "good.test\0.evil.test",
        "good.test ",
        " good.test",
        "good..test",
        ".good.test",
        "good.test..",
        "good。test",
        "gооd.test",
        "-good.test",
        "good-.test",
        "*.wide.test",
        "a.*",
        "",
        "."
      })
  void whatIsNotAHostNameIsDenied(String host) {
    assertThat(policy.decide(new NetworkRequest.Opening(host, 443)))
        .isInstanceOfSatisfying(
            Denied.class,
            denied -> {
              assertThat(denied.reason()).endsWith("is not the name of a host");
              assertThat(denied.reason()).matches("[\\x20-\\x7e]+");
              assertThat(denied.rule()).isEqualTo(SECTION);
            });
  }

  @Test
  void labelsAndNamesThatAreTooLongAreNoHostNames() {
    String label = "a".repeat(63);
    assertThat(HostName.of(label + ".test")).isPresent();
    assertThat(HostName.of("a" + label + ".test")).isEmpty();
    String longest = String.join(".", label, label, label, "a".repeat(61));
    assertThat(longest).hasSize(253);
    assertThat(HostName.of(longest)).isPresent();
    assertThat(HostName.of(longest + ".")).isPresent();
    assertThat(HostName.of(longest + "a")).isEmpty();
  }

  @Test
  void anotherPortIsDeniedByTheRuleAboutTheHost() {
    assertThat(policy.decide(new NetworkRequest.Opening("good.test", 80)))
        .isEqualTo(new Denied("no rule allows port 80 of 'good.test'", ref(0)));
    assertThat(policy.decide(new NetworkRequest.Opening("a.wide.test", 443)))
        .isEqualTo(new Denied("no rule allows port 443 of 'a.wide.test'", ref(1)));
  }

  @Test
  void anotherProtocolOnAnAllowedPortIsDenied() {
    assertThat(policy.decide(new NetworkRequest.Tcp("good.test", 443)))
        .isEqualTo(new Denied("no rule allows tcp on port 443 of 'good.test'", ref(0)));
    assertThat(policy.decide(new NetworkRequest.Http("good.test", 443, "GET")))
        .isEqualTo(new Denied("no rule allows plain http on port 443 of 'good.test'", ref(0)));
    assertThat(policy.decide(new NetworkRequest.Tls("plain.test", 80)))
        .isEqualTo(new Denied("no rule allows tls on port 80 of 'plain.test'", ref(2)));
    assertThat(policy.decide(new NetworkRequest.Tls("db.test", 5432)))
        .isEqualTo(new Denied("no rule allows tls on port 5432 of 'db.test'", ref(3)));
    assertThat(policy.decide(new NetworkRequest.Tcp("db.test", 5432)))
        .isEqualTo(new Allowed(ref(3)));
  }

  @Test
  void plainHttpIsDecidedByItsMethodAsWritten() {
    assertThat(policy.decide(new NetworkRequest.Http("plain.test", 80, "GET")))
        .isEqualTo(new Allowed(ref(2)));
    for (String method : List.of("POST", "get", "CONNECT", "")) {
      assertThat(policy.decide(new NetworkRequest.Http("plain.test", 80, method)))
          .isEqualTo(
              new Denied("no rule allows the method '" + method + "' on 'plain.test'", ref(2)));
    }
  }

  @Test
  void withoutRulesEverythingIsDenied() {
    NetworkPolicy none = new NetworkPolicy(List.of(), LIMITS, SECTION);

    assertThat(none.offline()).isTrue();
    assertThat(policy.offline()).isFalse();
    assertThat(none.decide(new NetworkRequest.Tls("good.test", 443)))
        .isEqualTo(new Denied("the policy allows no network", SECTION));
  }

  @Test
  void aPatternIsANameOrAStarBeforeTwoLabels() {
    for (String bad :
        List.of("*", "*.test", "a.*.test", "*good.test", "**.good.test", "127.0.0.1")) {
      assertThat(HostPattern.of(bad)).as(bad).isEmpty();
    }
    assertThat(HostPattern.of("*.Good.Test").map(Object::toString)).hasValue("*.good.test");
  }

  @Test
  void aRuleThatWouldMeanNothingCannotBeMade() {
    assertThatThrownBy(() -> rule(0, "a.test", Set.of(), Set.of(), Set.of()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(
            () -> rule(0, "a.test", Set.of(), Set.of(NetworkProtocol.TLS), Set.of("GET")))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> rule(0, "a.test", Set.of(), Set.of(NetworkProtocol.HTTP), Set.of()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> rule(0, "a.test", Set.of(), Set.of(NetworkProtocol.TCP), Set.of()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> rule(0, "a.test", Set.of(0), Set.of(NetworkProtocol.TLS), Set.of()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static NetworkRule rule(
      int index,
      String host,
      Set<Integer> ports,
      Set<NetworkProtocol> protocols,
      Set<String> methods) {
    return new NetworkRule(
        HostPattern.of(host).orElseThrow(), ports, protocols, methods, ref(index));
  }

  private static RuleRef ref(int index) {
    return new RuleRef("network.allow[" + index + "]", "web.yaml", 10 + index);
  }
}
