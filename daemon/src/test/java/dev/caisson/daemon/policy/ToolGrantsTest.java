package dev.caisson.daemon.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caisson.daemon.policy.Decision.Allowed;
import dev.caisson.daemon.policy.Decision.Asked;
import dev.caisson.daemon.policy.Decision.Denied;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ToolGrantsTest {

  private static final RuleRef SECTION = new RuleRef("tools.allow", "t.yaml", 2);

  private final ToolLimit weather = limit("weather.*", 1);
  private final ToolLimit all = limit("*", 2);
  private final ToolGrants grants =
      new ToolGrants(
          List.of(rule("allow[0]", "files.*"), rule("allow[1]", "weather.get_*")),
          List.of(rule("ask[0]", "files.write_*")),
          List.of(rule("deny[0]", "*.write_secret")),
          List.of(weather, all),
          Duration.ofSeconds(1),
          SECTION);

  @Test
  void denyBeatsAskBeatsAllowBeatsNothing() {
    assertThat(grants.decide("files", "read")).isEqualTo(new Allowed(ref("allow[0]")));
    assertThat(grants.decide("files", "write_x")).isEqualTo(new Asked(ref("ask[0]")));
    assertThat(grants.decide("files", "write_secret"))
        .isEqualTo(new Denied("the policy denies this tool", ref("deny[0]")));
    assertThat(grants.decide("mail", "send"))
        .isEqualTo(new Denied("no rule allows this tool", SECTION));
    assertThat(grants.decide("weather", "set"))
        .isEqualTo(new Denied("no rule allows this tool", SECTION));
  }

  @Test
  void everyLimitThatFitsHolds() {
    assertThat(grants.limitsOf("weather", "get_x")).containsExactly(weather, all);
    assertThat(grants.limitsOf("files", "read")).containsExactly(all);
  }

  @ParameterizedTest
  @CsvSource({
    "*,            any,       thing,     true",
    "*,            a.b,       c,         true",
    "mail.*,       mail,      send,      true",
    "mail.*,       mail,      a.b,       true",
    "mail.*,       mail.evil, send,      false",
    "mail.*,       email,     send,      false",
    "mail.send,    mail,      send,      true",
    "mail.send,    mail,      send2,     false",
    "mail.send,    mail,      Send,      false",
    "*.send,       mail,      send,      true",
    "*.a*b*c,      x,         a1b2c,     true",
    "*.a*b*c,      x,         a1c2b,     false",
    "a?b.tool,     a.b,       tool,      true",
    "a?b.tool,     ab,        tool,      false",
    "m.get_?,      m,         get_,      false",
    "m.x.y,        m,         x.y,       true",
    "m.x.y,        m.x,       y,         false"
  })
  void patternsFitServersAndToolsEachForItself(
      String pattern, String server, String tool, boolean fits) {
    assertThat(ToolPattern.of(pattern).orElseThrow().matches(server, tool)).isEqualTo(fits);
  }

  @Test
  void aPatternNamesAServerAndATool() {
    for (String bad : List.of("", "mail", ".send", "mail.", ".", "x".repeat(600) + ".y")) {
      assertThat(ToolPattern.of(bad)).as(bad).isEmpty();
    }
  }

  private static ToolRule rule(String key, String pattern) {
    return new ToolRule(ToolPattern.of(pattern).orElseThrow(), ref(key));
  }

  private static RuleRef ref(String key) {
    return new RuleRef("tools." + key, "t.yaml", 9);
  }

  private static ToolLimit limit(String pattern, int calls) {
    return new ToolLimit(
        ToolPattern.of(pattern).orElseThrow(),
        OptionalInt.of(calls),
        OptionalInt.empty(),
        Optional.empty(),
        ref("limits"));
  }
}
