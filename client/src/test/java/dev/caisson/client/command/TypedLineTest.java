package dev.caisson.client.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TypedLineTest {

  private final StringBuilder shown = new StringBuilder();
  private final TypedLine line = new TypedLine(shown::append);

  @Test
  void aLineIsGivenWithItsEndAndShown() {
    assertThat(typed("Ada\rB\n"))
        .containsExactly(new TypedLine.Pressed.Line("Ada\n"), new TypedLine.Pressed.Line("B\n"));
    assertThat(shown).hasToString("Ada\nB\n");
  }

  @Test
  void itCanBeMended() {
    assertThat(typed("\u007fAb\u007f\b💥\u007fx\u0015yz\u001b[A\u001b[200~\u001bOP\u001bx\r"))
        .containsExactly(new TypedLine.Pressed.Line("yz\n"));
    assertThat(shown.toString()).startsWith("Ab\b \b\b \b").endsWith("x\b \byz\n");
    assertThat(line.unfinished()).isEmpty();
  }

  @Test
  void ctrlDEndsTheInputWhereNothingIsTyped() {
    assertThat(typed("a\u0004\r\u0004"))
        .containsExactly(new TypedLine.Pressed.Line("a\n"), new TypedLine.Pressed.End());
  }

  @Test
  void whatHasNoEndYetIsKept() {
    assertThat(typed("abc\u007f")).isEmpty();
    assertThat(line.unfinished()).isEqualTo("ab");
  }

  private List<TypedLine.Pressed> typed(String keys) {
    List<TypedLine.Pressed> all = new ArrayList<>();
    keys.chars()
        .mapToObj(key -> line.press((char) key))
        .filter(pressed -> !(pressed instanceof TypedLine.Pressed.Part))
        .forEach(all::add);
    return all;
  }
}
