package dev.caisson.mcp.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.junit.jupiter.api.Test;

final class OutgoingTest {

  private static final Message SMALL = new Message.Notification("m", "{}");

  private final ByteBudget budget = ByteBudget.of(1 << 20);
  private final Outgoing outgoing = new Outgoing(budget);

  @Test
  void a_message_waits_as_a_line_and_takes_its_bytes_until_it_is_closed() throws Exception {
    assertThat(outgoing.offer(SMALL)).isEmpty();
    var waiting = Objects.requireNonNull(outgoing.next());

    assertThat(new String(waiting.line(), StandardCharsets.UTF_8))
        .isEqualTo("{\"jsonrpc\":\"2.0\",\"method\":\"m\"}\n");
    assertThat(budget.taken()).isEqualTo(waiting.line().length);
    waiting.close();
    assertThat(budget.taken()).isZero();
  }

  @Test
  void a_message_without_room_is_refused_and_smaller_ones_are_not() {
    var large = new Message.Notification("m", "{\"x\":\"" + "é".repeat(600_000) + "\"}");

    assertThat(outgoing.offer(large))
        .hasValueSatisfying(
            why -> assertThat(why).startsWith("the message of 1172 KiB does not fit: "));
    assertThat(outgoing.offer(SMALL)).isEmpty();
  }

  @Test
  void the_number_of_messages_is_bounded_too() {
    for (var i = 0; i < Outgoing.MOST; i++) {
      assertThat(outgoing.offer(SMALL)).isEmpty();
    }
    var taken = budget.taken();

    assertThat(outgoing.offer(SMALL))
        .contains("the server does not read its input: 1024 messages wait");
    assertThat(budget.taken()).isEqualTo(taken);
  }

  @Test
  void closing_gives_back_what_waits_and_what_still_comes() {
    assertThat(outgoing.offer(SMALL)).isEmpty();
    outgoing.close();
    assertThat(budget.taken()).isZero();

    assertThat(outgoing.offer(SMALL)).isEmpty();
    assertThat(budget.taken()).isZero();
  }
}
