package dev.caisson.mcp.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import tools.jackson.core.JacksonException;

final class MessageTest {

  @Test
  void each_kind_is_read_with_its_parts_as_they_were_written() {
    assertThat(Message.read("{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"method\":\"m\",\"params\":{ }}"))
        .contains(new Message.Request("\"x\"", "m", "{ }"));
    assertThat(Message.read("{\"method\":\"m\"}")).contains(new Message.Notification("m", "{}"));
    assertThat(Message.read("{\"result\":" + Exact.OBJECT + ",\"jsonrpc\":\"2.0\",\"id\":7}"))
        .contains(new Message.Answer("7", Exact.OBJECT));
    assertThat(Message.read("{\"id\":7,\"error\":{\"code\":-1},\"result\":null}"))
        .contains(new Message.Refusal("7", "{\"code\":-1}"));
  }

  @Test
  void an_answer_with_an_empty_error_is_a_good_one() {
    assertThat(Message.read("{\"id\":7,\"error\":null,\"result\":{}}"))
        .contains(new Message.Answer("7", "{}"));
  }

  @Test
  void other_json_is_no_message() {
    assertThat(Message.read("7")).isEmpty();
    assertThat(Message.read("[{\"id\":7,\"result\":{}}]")).isEmpty();
    assertThat(Message.read("{\"id\":null,\"error\":{}}")).isEmpty();
    assertThat(Message.read("{\"id\":7}")).isEmpty();
    assertThatThrownBy(() -> Message.read("Welcome!")).isInstanceOf(JacksonException.class);
  }

  @Test
  void a_message_is_written_on_one_line_with_its_parts_untouched() {
    assertThat(new Message.Request("1", "m", "{\"a\":\n" + Exact.OBJECT + "\r}").json())
        .isEqualTo(
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\",\"params\":{\"a\": "
                + Exact.OBJECT
                + " }}");
    assertThat(new Message.Notification("m", "{}").json())
        .isEqualTo("{\"jsonrpc\":\"2.0\",\"method\":\"m\"}");
    assertThat(new Message.Answer("\"x\"", "{}").json())
        .isEqualTo("{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"result\":{}}");
    assertThat(new Message.Refusal("1", "{\"code\":-1}").json())
        .isEqualTo("{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-1}}");
  }

  @Test
  void an_id_is_the_same_as_a_number_and_as_a_text() {
    assertThat(Message.plainId("7")).isEqualTo("7");
    assertThat(Message.plainId("\"7\"")).isEqualTo("7");
  }
}
