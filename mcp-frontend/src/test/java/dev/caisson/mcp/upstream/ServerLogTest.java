package dev.caisson.mcp.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class ServerLogTest {

  private final ServerLog log =
      new ServerLog(new Redaction(List.of("sesame-open")), Optional.empty());

  @Test
  void the_last_twenty_lines_are_kept_each_up_to_a_length() {
    for (var i = 0; i < 30; i++) {
      log.add("line " + i);
    }
    log.add("x".repeat(600));

    assertThat(log.lastWords())
        .startsWith("line 11 | line 12")
        .endsWith(" | line 29 | " + "x".repeat(500) + "…");
  }

  @Test
  void secrets_are_hidden_also_where_a_line_was_cut() {
    log.add("a sesame-open");
    log.add("y".repeat(495) + "sesame-open");
    log.addBeginning("b sesame-o");

    assertThat(log.lastWords()).isEqualTo("a *** | " + "y".repeat(495) + "*** | b ***…");
  }
}
