package dev.caisson.mcp.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caisson.mcp.upstream.MessageLines.Line.Dropped;
import dev.caisson.mcp.upstream.MessageLines.Line.Whole;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class MessageLinesTest {

  private static final int LIMIT = 1 << 20;
  private static final String LONG = "x".repeat(LIMIT);
  private static final String TOO_LONG = "the server sent more than 1 MiB in one message";

  private final ByteBudget budget = ByteBudget.of(600_000);

  private MessageLines lines(String text) {
    return lines(text, ByteBudget.of(Long.MAX_VALUE));
  }

  private static MessageLines lines(String text, ByteBudget budget) {
    var bytes = new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    return new MessageLines(bytes, LIMIT, budget);
  }

  private static void nextIsWhole(MessageLines lines) throws IOException {
    assertThat(lines.next()).isInstanceOf(Whole.class);
  }

  @Test
  void lines_come_without_their_ends_and_the_last_one_needs_none() throws IOException {
    var lines = lines("a\r\n\nbé\nc");

    for (var expected : new String[] {"a", "", "bé", "c"}) {
      assertThat(lines.next())
          .isInstanceOfSatisfying(Whole.class, line -> assertThat(line.text()).isEqualTo(expected));
    }
    assertThat(lines.next()).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"jsonrpc\": \"2.0\", \"id\": 7, \"result\": {\"id\": 8, \"t\": \"LONG\"}}",
        "{\"id\":7,\"jsonrpc\":\"2.0\",\"result\":{\"t\":\"LONG\"}}",
        "{\"id\":\"7\",\"error\":{\"message\":\"LONG\"}}",
        "{\"result\":{\"id\":8,\"t\":\"LONG\",\"id\":8},\"jsonrpc\":\"2.0\",\"id\":7}",
        "{\"jsonrpc\":\"2.0\",\"result\":{\"t\":\"LONG\"},\"id\":\"7\"}",
        "{\"result\":\"LONG\",\"id\":7,\"jsonrpc\":\"2.0\"} "
      })
  void of_an_answer_that_is_too_long_the_id_is_found_at_either_end(String line) throws IOException {
    var lines = lines(line.replace("LONG", LONG) + "\nnext");

    assertThat(lines.next()).isEqualTo(new Dropped(Optional.of("7"), false, TOO_LONG));
    nextIsWhole(lines);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"result\":{\"t\":\"LONG\",\"id\":8}}",
        "{\"result\":{\"id\":8,\"t\":\"LONG\"}}",
        "{\"result\":[\"LONG\",{\"id\":8}],\"jsonrpc\":\"2.0\"}",
        "LONG and more"
      })
  void an_id_within_a_result_is_not_taken_for_the_messages_own(String line) throws IOException {
    assertThat(lines(line.replace("LONG", LONG)).next())
        .isEqualTo(new Dropped(Optional.empty(), false, TOO_LONG));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\",\"params\":{\"t\":\"LONG\"}}",
        "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"m\",\"params\":{\"t\":\"LONG\"}}",
        "{\"method\":\"m\",\"params\":{\"t\":\"LONG\"},\"jsonrpc\":\"2.0\",\"id\":7}"
      })
  void what_the_server_asks_is_nobodys_answer(String line) throws IOException {
    assertThat(lines(line.replace("LONG", LONG)).next())
        .isEqualTo(new Dropped(Optional.empty(), true, TOO_LONG));
  }

  @Test
  void a_line_takes_its_bytes_until_its_lease_is_closed() throws IOException {
    var lines = lines("y".repeat(500_000) + "\n" + "z".repeat(100) + "\n", budget);

    assertThat(lines.next())
        .isInstanceOfSatisfying(
            Whole.class,
            line -> {
              assertThat(budget.taken()).isEqualTo(500_000);
              line.lease().close();
              assertThat(budget.taken()).isZero();
            });
    nextIsWhole(lines);
    assertThat(budget.taken()).isZero();
  }

  @Test
  void a_line_without_room_is_dropped_and_gives_back_what_it_had() throws IOException {
    var lines = lines("{\"id\":7,\"result\":\"" + "y".repeat(700_000) + "\"}\nnext", budget);

    assertThat(lines.next()).isEqualTo(new Dropped(Optional.of("7"), false, MessageLines.NO_ROOM));
    assertThat(budget.taken()).isZero();
    nextIsWhole(lines);
  }
}
