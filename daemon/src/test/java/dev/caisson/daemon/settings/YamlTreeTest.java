package dev.caisson.daemon.settings;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class YamlTreeTest {

  @Test
  void knowsTheLineOfEveryKey() {
    YamlTree tree = YamlTree.read("f.yaml", "a:\n  b: 1\n\n  c: x\nd: true\n");

    assertThat(tree.problems()).isEmpty();
    assertThat(tree.tree().toString()).isEqualTo("{\"a\":{\"b\":1,\"c\":\"x\"},\"d\":true}");
    assertThat(tree.where("a.c")).isEqualTo("f.yaml:4");
    assertThat(tree.where("nowhere")).isEqualTo("f.yaml");
  }

  @Test
  void anEmptyFileSaysNothing() {
    assertThat(YamlTree.read("f.yaml", "# nothing\n").tree().isEmpty()).isTrue();
    assertThat(YamlTree.read("f.yaml", "").problems()).isEmpty();
  }

  @Test
  void aliasesAreRefusedBeforeTheyGrow() {
    StringBuilder text = new StringBuilder("a0: &a0 [x, x]\n");
    for (int i = 1; i < 20; i++) {
      text.append("a%d: &a%d [*a%d, *a%d]\n".formatted(i, i, i - 1, i - 1));
    }
    assertThat(YamlTree.read("f.yaml", text.toString()).problems())
        .hasSize(20)
        .first()
        .hasToString("f.yaml:1: a0: anchors and aliases are refused. Write the value out");
    assertThat(YamlTree.read("f.yaml", "a: &a\n  b: *a\n").problems()).isNotEmpty();
  }

  @Test
  void whatIsNotYamlIsAProblemWithItsLine() {
    assertThat(YamlTree.read("f.yaml", "a: 1\nb: [\n").problems()).hasSize(1);
    assertThat(YamlTree.read("f.yaml", "a: b: c").problems().getFirst().where())
        .isEqualTo("f.yaml:1");
    assertThat(YamlTree.read("f.yaml", "a: 1\n---\nb: 2\n").problems()).hasSize(1);
    assertThat(YamlTree.read("f.yaml", "- a").problems()).hasSize(1);
    assertThat(YamlTree.read("f.yaml", "a: .inf").problems()).hasSize(1);
    assertThat(YamlTree.read("f.yaml", "a: !!java.net.URL x").problems()).hasSize(1);
    assertThat(YamlTree.read("f.yaml", "a: " + "[".repeat(5000)).problems()).isNotEmpty();
    assertThat(YamlTree.read("f.yaml", "a: " + "[".repeat(100) + "]".repeat(100)).problems())
        .isNotEmpty();
  }
}
