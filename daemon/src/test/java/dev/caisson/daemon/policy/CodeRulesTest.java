package dev.caisson.daemon.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caisson.daemon.policy.Decision.Allowed;
import dev.caisson.daemon.policy.Decision.Denied;
import java.util.List;
import org.junit.jupiter.api.Test;

class CodeRulesTest {

  private static final RuleRef REF = new RuleRef("code.x[0]", "c.yaml", 4);
  private static final RuleRef SECTION = new RuleRef("code", "c.yaml", 1);

  private final CodeRules rules =
      new CodeRules(
          List.of(new CodeRule("ctypes", REF), new CodeRule("os.path", REF)),
          List.of(new CodeRule("eval", REF)),
          List.of(new CodeRule("os.system", REF), new CodeRule("__*globals__", REF)),
          SECTION);

  @Test
  void aRefusedModuleRefusesWhatIsBelowItAndNothingBesideIt() {
    for (String refused : List.of("ctypes", "ctypes.util", "ctypes.a.b", "os.path", "os.path.x")) {
      assertThat(rules.decideImport(refused))
          .isEqualTo(new Denied("the policy refuses importing '" + refused + "'", REF));
    }
    for (String allowed : List.of("os", "ctypesx", "xctypes", "my.ctypes", "os.pathx", "")) {
      assertThat(rules.decideImport(allowed)).isEqualTo(new Allowed(SECTION));
    }
  }

  @Test
  void builtinsAreRefusedByName() {
    assertThat(rules.decideBuiltin("eval"))
        .isEqualTo(new Denied("the policy refuses the builtin 'eval'", REF));
    assertThat(rules.decideBuiltin("evaluate")).isEqualTo(new Allowed(SECTION));
  }

  @Test
  void attributesAreRefusedByNameOrWithWhatIsBeforeTheDot() {
    for (String refused : List.of("os.system", "a.os.system", "f.__globals__", "__globals__")) {
      assertThat(rules.decideAttribute(refused))
          .isEqualTo(new Denied("the policy refuses the attribute '" + refused + "'", REF));
    }
    for (String allowed : List.of("system", "os.systemx", "xos.system", "f.globals")) {
      assertThat(rules.decideAttribute(allowed)).isEqualTo(new Allowed(SECTION));
    }
  }

  @Test
  void rulesThatRefuseNothingSaySo() {
    assertThat(rules.allowsEverything()).isFalse();
    assertThat(new CodeRules(List.of(), List.of(), List.of(), SECTION).allowsEverything()).isTrue();
  }
}
