package dev.caisson.mcp.protocol;

import static dev.caisson.mcp.protocol.Tools.said;
import static dev.caisson.mcp.protocol.Tools.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.modelcontextprotocol.spec.McpSchema.ListResourceTemplatesResult;
import io.modelcontextprotocol.spec.McpSchema.ListResourcesResult;
import io.modelcontextprotocol.spec.McpSchema.ReadResourceResult;
import io.modelcontextprotocol.spec.McpSchema.TextResourceContents;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Clients of revision 2026-07-28. */
final class ModernEraTest {

  private static final String VERSION = "io.modelcontextprotocol/protocolVersion";
  private static final String CAPABILITIES = "io.modelcontextprotocol/clientCapabilities";
  private static final String LOG_LEVEL = "io.modelcontextprotocol/logLevel";

  /** One resource. */
  private static final class OneResource implements ResourcesFeature.Resources {
    @Override
    public ListResourcesResult list(Optional<String> cursor) {
      return ListResourcesResult.builder(List.of()).build();
    }

    @Override
    public ListResourceTemplatesResult templates(Optional<String> cursor) {
      return ListResourceTemplatesResult.builder(List.of()).build();
    }

    @Override
    public ReadResourceResult read(String uri, ClientLink client) throws RequestRefusedException {
      if (!uri.equals("x://there")) {
        throw new RequestRefusedException(ErrorCodes.RESOURCE_NOT_FOUND, "nothing is there");
      }
      return ReadResourceResult.builder(List.of(TextResourceContents.builder(uri, "hello").build()))
          .build();
    }
  }

  private final TestClient client =
      new TestClient(
          new LoggingFeature(),
          new ResourcesFeature(new OneResource()),
          Tools.of(
              "do",
              (link, call) -> {
                link.log(LogLevel.DEBUG, "l", "quiet");
                link.log(LogLevel.ERROR, "l", "loud");
                link.progress(1, Optional.empty(), "half");
                return said(link.capabilities().canShowForms());
              }));

  private static String described(JsonNode error) {
    return error.path("error").path("code").asInt()
        + " "
        + error.path("error").path("message").asString();
  }

  @Test
  void a_client_discovers_the_server_without_a_greeting() {
    assertThat(client.askModern("server/discover", "{}").path("result"))
        .hasToString(
            "{\"supportedVersions\":[\"2026-07-28\"],\"capabilities\":{\"logging\":{},"
                + "\"resources\":{\"subscribe\":false,\"listChanged\":false},\"tools\":"
                + "{\"listChanged\":false}},\"instructions\":\"be kind\",\"resultType\":\"complete\","
                + "\"ttlMs\":300000,\"cacheScope\":\"public\",\"_meta\":{"
                + "\"io.modelcontextprotocol/serverInfo\":{\"name\":\"test\",\"version\":\"7\"}}}");
  }

  @ParameterizedTest
  @CsvSource({
    "tools/list, {}, 60000, private",
    "resources/list, {}, 0, private",
    "resources/templates/list, {}, 300000, public",
    "resources/read, '{\"uri\":\"x://there\"}', 0, private"
  })
  void what_can_be_kept_says_for_how_long_and_for_whom(
      String method, String parameters, int millis, String scope) {
    var result = client.askModern(method, parameters).path("result");

    assertThat(result.path("resultType").asString()).isEqualTo("complete");
    assertThat(result.path("ttlMs").isInt()).isTrue();
    assertThat(result.path("ttlMs").asInt()).isEqualTo(millis);
    assertThat(result.path("cacheScope").asString()).isEqualTo(scope);
  }

  @Test
  void the_answer_of_a_tool_is_complete_and_from_whom_it_is_and_cannot_be_kept() {
    var result = client.askModern("tools/call", "{\"name\":\"do\"}").path("result");

    assertThat(result.path("resultType").asString()).isEqualTo("complete");
    assertThat(result.path("_meta"))
        .hasToString(
            "{\"io.modelcontextprotocol/serverInfo\":{\"name\":\"test\",\"version\":\"7\"}}");
    assertThat(result.has("ttlMs") || result.has("cacheScope")).isFalse();
    assertThat(result.path("content")).hasSize(1);
  }

  @Test
  void the_older_era_gets_nothing_of_that() {
    var result = client.greeted().ask("tools/list", "{}").path("result");

    assertThat(result.propertyNames()).containsExactly("tools");
  }

  @Test
  void a_request_without_a_version_or_capabilities_is_incomplete() {
    var request = "'_meta' has to carry '%s', %s, with every request of revision 2026-07-28";

    for (var method : List.of("server/discover", "tools/list")) {
      assertThat(described(client.ask(method, "{\"_meta\":{\"%s\":{}}}".formatted(CAPABILITIES))))
          .isEqualTo("-32602 " + request.formatted(VERSION, "a text"));
      assertThat(
              described(
                  client.ask(method, "{\"_meta\":{\"%s\":\"2026-07-28\"}}".formatted(VERSION))))
          .isEqualTo("-32602 " + request.formatted(CAPABILITIES, "an object"));
    }
    assertThat(described(client.ask("server/discover", "{}")))
        .isEqualTo("-32602 " + request.formatted(VERSION, "a text"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"1900-01-01", "2025-11-25", "2027-01-01"})
  void a_version_that_is_not_spoken_is_answered_with_those_that_are(String version) {
    var error =
        client.ask("tools/list", TestClient.modern("{}", Map.of(VERSION, version))).path("error");

    assertThat(error)
        .hasToString(
            "{\"code\":-32022,\"message\":\"Unsupported protocol version\",\"data\":"
                + "%s}".formatted(error.path("data")));
    assertThat(error.path("data").path("requested").asString()).isEqualTo(version);
    assertThat(error.path("data").path("supported"))
        .extracting(JsonNode::asString)
        .containsExactly("2026-07-28", "2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05");
  }

  @ParameterizedTest
  @ValueSource(strings = {"ping", "logging/setLevel", "resources/subscribe", "made/up"})
  void what_the_revision_does_not_have_is_not_there(String method) {
    assertThat(described(client.askModern(method, "{\"level\":\"info\"}")))
        .isEqualTo("-32601 Method not found: " + method);
  }

  @Test
  void both_eras_are_spoken_on_one_connection() {
    assertThat(client.askModern("tools/list", "{}").path("result").path("tools")).hasSize(1);
    assertThat(described(client.ask("tools/list", "{}")))
        .isEqualTo("-32600 send 'initialize' before 'tools/list'");

    client.greeted();
    assertThat(client.ask("tools/list", "{}").path("result").has("resultType")).isFalse();
    assertThat(client.askModern("tools/list", "{}").path("result").has("resultType")).isTrue();
  }

  @Test
  void a_greeting_is_a_greeting_whatever_it_carries() {
    var greeting = client.askModern("initialize", "{\"protocolVersion\":\"2025-11-25\"}");

    assertThat(greeting.path("result").path("protocolVersion").asString()).isEqualTo("2025-11-25");
  }

  @Test
  void a_resource_that_is_not_there_has_the_code_of_its_era() {
    var modern = client.askModern("resources/read", "{\"uri\":\"x://gone\"}");
    assertThat(described(modern)).isEqualTo("-32602 nothing is there");
    assertThat(modern.path("error").path("data")).hasToString("{\"uri\":\"x://gone\"}");

    var older = client.greeted().ask("resources/read", "{\"uri\":\"x://gone\"}");
    assertThat(described(older)).isEqualTo("-32002 nothing is there");
  }

  @Test
  void log_messages_come_only_to_a_request_that_wants_them() {
    assertThat(client.askModern("tools/call", "{\"name\":\"do\"}").has("result")).isTrue();

    client.request(
        "\"r\"",
        "tools/call",
        TestClient.modern("{\"name\":\"do\"}", Map.of(LOG_LEVEL, "warning")));
    assertThat(client.next().path("params").path("data").asString()).isEqualTo("loud");
    client.next("r");

    assertThat(
            described(
                client.ask(
                    "tools/call",
                    TestClient.modern("{\"name\":\"do\"}", Map.of(LOG_LEVEL, "shrill")))))
        .startsWith("-32602 the log level has to be one of debug, ");
  }

  @Test
  void progress_comes_to_a_request_that_wants_it() {
    client.request(
        "\"r\"", "tools/call", TestClient.modern("{\"name\":\"do\"}", Map.of("progressToken", 9)));

    assertThat(client.next().path("params").path("progressToken").asInt()).isEqualTo(9);
    client.next("r");
  }

  @Test
  void nobody_can_be_asked_while_a_request_runs() {
    // It declared elicitation; a question would have to be the answer.
    assertThat(text(client.askModern("tools/call", "{\"name\":\"do\"}"))).isEqualTo("false");
  }
}
