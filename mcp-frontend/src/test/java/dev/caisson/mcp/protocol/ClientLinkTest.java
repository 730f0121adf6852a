package dev.caisson.mcp.protocol;

import static dev.caisson.mcp.protocol.Tools.said;
import static dev.caisson.mcp.protocol.Tools.text;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** What a request says to a client of the older era, and asks of it. */
final class ClientLinkTest {

  private static final String ALL = "{\"elicitation\":{},\"sampling\":{},\"roots\":{}}";

  /** A tool that answers with what the client did. */
  private static ToolsFeature asking(String method) {
    return Tools.of(
        "ask",
        (client, call) -> {
          try {
            return said(client.ask(method, Map.of("a", 1)));
          } catch (ClientRefusedException refused) {
            return said("refused: " + refused.getMessage());
          }
        });
  }

  private static void answer(TestClient client, JsonNode question, String rest) {
    client.send("{\"jsonrpc\":\"2.0\",\"id\":%s,%s}".formatted(question.path("id"), rest));
  }

  @ParameterizedTest
  @CsvSource({"elicitation/create", "sampling/createMessage", "roots/list"})
  void a_client_is_asked_what_it_said_it_can(String method) {
    var client = new TestClient(asking(method)).greeted(ALL);
    client.request("\"r\"", "tools/call", "{\"name\":\"ask\"}");

    var question = client.next();
    assertThat(question.path("method").asString()).isEqualTo(method);
    assertThat(question.path("params")).hasToString("{\"a\":1}");
    answer(client, question, "\"result\":{\"b\":2}");
    assertThat(text(client.next("r"))).isEqualTo("{b=2}");
  }

  @ParameterizedTest
  @CsvSource({"elicitation/create", "sampling/createMessage", "roots/list", "made/up"})
  void a_client_is_not_asked_what_it_did_not_say(String method) {
    var client = new TestClient(asking(method)).greeted();

    assertThat(text(client.ask("tools/call", "{\"name\":\"ask\"}")))
        .isEqualTo("refused: it did not say that it takes " + method);
  }

  @Test
  void an_error_of_the_client_is_a_refusal_with_its_message() {
    var client = new TestClient(asking("roots/list")).greeted(ALL);
    client.request("\"r\"", "tools/call", "{\"name\":\"ask\"}");
    answer(client, client.next(), "\"error\":{\"code\":-32603,\"message\":\"no folders\"}");

    assertThat(text(client.next("r"))).isEqualTo("refused: no folders");
  }

  @Test
  void questions_end_when_the_client_has_gone() {
    var client = new TestClient(asking("roots/list")).greeted(ALL);
    client.request("\"r\"", "tools/call", "{\"name\":\"ask\"}");
    client.next();
    client.finish(Duration.ofSeconds(20));

    assertThat(text(client.next("r"))).isEqualTo("refused: the client is gone");
  }

  @Test
  void a_withdrawn_question_is_taken_back_from_the_client() {
    var asker = new CompletableFuture<Thread>();
    var client =
        new TestClient(
                Tools.of(
                    "ask",
                    (link, call) -> {
                      asker.complete(Thread.currentThread());
                      try {
                        return said(link.roots());
                      } catch (InterruptedException withdrawn) {
                        return said("withdrawn");
                      } catch (ClientRefusedException refused) {
                        return said(refused.getMessage());
                      }
                    }))
            .greeted(ALL);
    client.request("\"r\"", "tools/call", "{\"name\":\"ask\"}");
    var question = client.next();
    asker.join().interrupt();

    var taken = client.next();
    assertThat(taken.path("method").asString()).isEqualTo("notifications/cancelled");
    assertThat(taken.path("params").path("requestId")).isEqualTo(question.path("id"));
    assertThat(text(client.next("r"))).isEqualTo("withdrawn");
  }

  @Test
  void a_question_of_a_request_that_is_cancelled_ends_on_every_thread()
      throws InterruptedException {
    var told = new CompletableFuture<String>();
    var client =
        new TestClient(
                Tools.of(
                    "ask",
                    (link, call) -> {
                      Thread.ofVirtual()
                          .start(() -> {
                            try {
                              told.complete(String.valueOf(link.roots()));
                            } catch (ClientRefusedException | InterruptedException over) {
                              told.complete(String.valueOf(over.getMessage()));
                            }
                          });
                      new CountDownLatch(1).await();
                      return said("never");
                    }))
            .greeted(ALL);
    client.request("\"r\"", "tools/call", "{\"name\":\"ask\"}");
    client.next();
    client.send(
        "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":\"r\"}}");

    assertThat(told.join()).isEqualTo("the request is over");
  }

  @Test
  void a_link_says_nothing_once_its_request_is_answered() {
    var kept = new CompletableFuture<ClientLink>();
    var client =
        new TestClient(
                new LoggingFeature(),
                Tools.of(
                    "keep",
                    (link, call) -> {
                      kept.complete(link);
                      return said("kept");
                    }))
            .greeted();
    client.ask("tools/call", "{\"name\":\"keep\",\"_meta\":{\"progressToken\":1}}");
    kept.join().progress(1, Optional.empty(), "late");
    kept.join().log(LogLevel.EMERGENCY, "test", "late");

    assertThat(client.hasNoMore()).isTrue();
  }

  @Test
  void a_link_says_nothing_once_its_request_is_cancelled() {
    var said = new CompletableFuture<Boolean>();
    var client =
        new TestClient(
                Tools.of(
                    "go",
                    (link, call) -> {
                      link.progress(1, Optional.empty(), "begun");
                      try {
                        new CountDownLatch(1).await();
                      } catch (InterruptedException cancelled) {
                        link.progress(2, Optional.empty(), "late");
                        said.complete(link.isCancelled());
                      }
                      return said("late");
                    }))
            .greeted();
    client.request("\"r\"", "tools/call", "{\"name\":\"go\",\"_meta\":{\"progressToken\":1}}");
    client.next();
    client.send(
        "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":\"r\"}}");

    assertThat(said.join()).isTrue();
    client.finish(Duration.ofSeconds(20));
    assertThat(client.hasNoMore()).isTrue();
  }

  @Test
  void progress_carries_token_amount_total_and_message() {
    var client =
        new TestClient(
                Tools.of(
                    "go",
                    (link, call) -> {
                      link.progress(1, Optional.of(4.0), "one");
                      link.progress(2.5, Optional.empty(), "");
                      return said(link.wantsProgress());
                    }))
            .greeted();
    client.request("\"r\"", "tools/call", "{\"name\":\"go\",\"_meta\":{\"progressToken\":\"t\"}}");

    assertThat(client.next())
        .hasToString(
            "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\",\"params\":{"
                + "\"progressToken\":\"t\",\"progress\":1.0,\"total\":4.0,\"message\":\"one\"}}");
    assertThat(client.next().path("params"))
        .hasToString("{\"progressToken\":\"t\",\"progress\":2.5}");
    assertThat(text(client.next("r"))).isEqualTo("true");
    assertThat(text(client.ask("tools/call", "{\"name\":\"go\"}"))).isEqualTo("false");
  }

  /** A tool that logs once at each of these levels. */
  private static ToolsFeature logging() {
    return Tools.of(
        "log",
        (link, call) -> {
          for (var level : List.of(LogLevel.DEBUG, LogLevel.INFO, LogLevel.ALERT)) {
            link.log(level, "here", Map.of("n", 1));
          }
          return said("logged");
        });
  }

  private static List<String> levels(TestClient client) {
    client.request("\"r\"", "tools/call", "{\"name\":\"log\"}");
    var seen = new ArrayList<String>();
    var message = client.next();
    while (message.has("method")) {
      assertThat(message.path("method").asString()).isEqualTo("notifications/message");
      assertThat(message.path("params").path("logger").asString()).isEqualTo("here");
      assertThat(message.path("params").path("data")).hasToString("{\"n\":1}");
      seen.add(message.path("params").path("level").asString());
      message = client.next();
    }
    return seen;
  }

  @Test
  void log_messages_come_from_the_level_on_that_the_client_has_set() {
    var client = new TestClient(new LoggingFeature(), logging()).greeted();
    assertThat(levels(client)).containsExactly("info", "alert");

    assertThat(client.ask("logging/setLevel", "{\"level\":\"critical\"}").path("result"))
        .hasToString("{}");
    assertThat(levels(client)).containsExactly("alert");
    client.ask("logging/setLevel", "{\"level\":\"debug\"}");
    assertThat(levels(client)).containsExactly("debug", "info", "alert");

    var wrong = client.ask("logging/setLevel", "{\"level\":\"loud\"}").path("error");
    assertThat(wrong.path("code").asInt()).isEqualTo(-32602);
    assertThat(wrong.path("message").asString())
        .isEqualTo(
            "the log level has to be one of debug, info, notice, warning, error, critical, alert,"
                + " emergency");
  }

  @Test
  void a_server_that_does_not_offer_logging_sends_none() {
    assertThat(levels(new TestClient(logging()).greeted())).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{}                                  | false | false",
        "{\"elicitation\":{}}                | true  | false",
        "{\"elicitation\":{\"form\":{}}}     | true  | false",
        "{\"elicitation\":{\"url\":{}}}      | false | true",
        "{\"elicitation\":{\"form\":{},\"url\":{}}} | true | true",
      })
  void what_a_client_can_show_its_user_is_what_it_declared(
      String declared, boolean forms, boolean urls) {
    var client =
        new TestClient(
                Tools.of(
                    "can",
                    (link, call) ->
                        said(
                            link.capabilities().canShowForms()
                                + " "
                                + link.capabilities().canOpenUrls())))
            .greeted(declared);

    assertThat(text(client.ask("tools/call", "{\"name\":\"can\"}"))).isEqualTo(forms + " " + urls);
  }

  @Test
  void an_elicitation_without_a_known_action_is_a_refusal() {
    var client =
        new TestClient(
                Tools.of(
                    "elicit",
                    (link, call) -> {
                      try {
                        return said(link.elicit("Well?", Map.of("type", "object")));
                      } catch (ClientRefusedException refused) {
                        return said(refused.getMessage());
                      }
                    }))
            .greeted(ALL);
    client.request("\"r\"", "tools/call", "{\"name\":\"elicit\"}");
    answer(client, client.next(), "\"result\":{\"action\":\"shrug\"}");
    assertThat(text(client.next("r")))
        .isEqualTo("its answer is none of accept, decline and cancel");

    client.request("\"r\"", "tools/call", "{\"name\":\"elicit\"}");
    answer(client, client.next(), "\"result\":{\"action\":\"accept\",\"content\":{\"x\":1}}");
    assertThat(text(client.next("r"))).isEqualTo("Elicited[action=ACCEPT, content={x=1}]");
  }
}
