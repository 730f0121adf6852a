package dev.caisson.mcp.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.caisson.mcp.relay.ToolAnswer;
import dev.caisson.mcp.relay.ToolAnswer.Failed;
import dev.caisson.mcp.relay.ToolAnswer.Reason;
import dev.caisson.mcp.relay.ToolAnswer.Relayed;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** Servers of both eras over stdio, and how they are told apart. */
final class ErasTest {

  private static final Duration LONG = Duration.ofSeconds(30);

  private final AtomicLong clock = new AtomicLong();
  private final List<UpstreamServers> open = new ArrayList<>();

  @AfterEach
  void close() {
    open.forEach(UpstreamServers::close);
  }

  private UpstreamServers servers(ServerDefinition... definitions) {
    var servers =
        new UpstreamServers(
            List.of(definitions),
            new Wires(Optional.empty()),
            new UpstreamServer.Timing(LONG, LONG, LONG),
            clock::get);
    open.add(servers);
    return servers;
  }

  private static String text(ToolAnswer answer) {
    assertThat(answer).isInstanceOf(Relayed.class);
    return JsonMapper.shared()
        .readTree(((Relayed) answer).resultJson())
        .path("content")
        .path(0)
        .path("text")
        .asString();
  }

  private static String trouble(UpstreamServers servers) throws InterruptedException {
    return servers.snapshot(LONG).troubles().getOrDefault("a", "");
  }

  private static List<String> toolNames(UpstreamServers servers) throws InterruptedException {
    return servers.snapshot(LONG).catalogue().servers().getFirst().tools().stream()
        .map(tool -> tool.name())
        .toList();
  }

  @Test
  void a_request_of_the_newer_era_carries_its_revision_and_who_asks() throws Exception {
    var servers = servers(Scripted.server("a", "--modern"));

    assertThat(text(servers.call("a", "line", "{\"x\": 1e400}")).replaceFirst("[34]", "N"))
        .isEqualTo(
            "{\"jsonrpc\":\"2.0\",\"id\":N,\"method\":\"tools/call\",\"params\":{\"_meta\":{"
                + "\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","
                + "\"io.modelcontextprotocol/clientInfo\":"
                + "{\"name\":\"caisson\",\"version\":\"0.1.0\"},\"io.modelcontextprotocol/clientCapabilities\":{}},"
                + "\"name\":\"line\",\"arguments\":{\"x\": 1e400}}}\n");
    assertThat(servers.snapshot(LONG).catalogue().servers().getFirst().description())
        .isEqualTo("Does as it is told.");
  }

  @Test
  void a_server_that_ends_at_what_is_no_greeting_is_greeted(@TempDir Path folder) throws Exception {
    var starts = folder.resolve("starts");
    var servers = servers(Scripted.server("a", "--greeting-first", "--starts", "" + starts));

    assertThat(text(servers.call("a", "echo", "{\"number\": 1}"))).isEqualTo("1");
    assertThat(starts).content().isEqualTo("xx");
    assertThat(servers.call("a", "die", "{}").ok()).isFalse();
    assertThat(text(servers.call("a", "echo", "{\"number\": 2}"))).isEqualTo("2");
    // The second time it was greeted at once.
    assertThat(starts).content().isEqualTo("xxx");
  }

  @Test
  void a_server_that_is_silent_when_it_is_asked_is_greeted() throws Exception {
    assertThat(
            text(
                servers(Scripted.server("a", "--mute", "server/discover"))
                    .call("a", "echo", "{\"number\": 1}")))
        .isEqualTo("1");
  }

  @Test
  void a_server_without_a_revision_that_we_know_is_told_so() throws Exception {
    var definition =
        Scripted.server("a", "--modern", "--refusal", "-32022", "--versions", "2030-01-01");

    assertThat(trouble(servers(definition)))
        .startsWith("it speaks protocol versions [2030-01-01]; known are [2026-07-28, 2025-11-25");
  }

  @Test
  void a_refusal_of_the_newer_era_is_not_taken_for_the_older_one() throws Exception {
    assertThat(trouble(servers(Scripted.server("a", "--modern", "--refusal", "-32021"))))
        .isEqualTo("it answered with error -32021: no");
  }

  @Test
  void a_server_that_discovers_older_revisions_only_is_greeted() throws Exception {
    assertThat(trouble(servers(Scripted.server("a", "--modern", "--versions", "2025-11-25"))))
        .isEqualTo("it answered with error -32601: only the newest revision");
  }

  @Test
  void who_asks_for_input_is_told_that_nobody_can_be_asked() throws Exception {
    assertThat(servers(Scripted.server("a", "--modern")).call("a", "ask", "{}"))
        .isEqualTo(
            new Failed(
                Reason.TOOL_ERROR,
                "it asks for an answer of a person (elicitation) before it goes on, and nobody can"
                    + " be asked here; if its arguments can say the same, pass them"));
  }

  @Test
  void who_asks_to_be_asked_again_is_and_gets_its_state_as_it_was() throws Exception {
    assertThat(text(servers(Scripted.server("a", "--modern")).call("a", "again", "{}")))
        .endsWith("\"arguments\":{},\"requestState\":\"as it \\u00e9 is\"}}\n");
  }

  @Test
  void an_unknown_type_of_result_is_an_error() throws Exception {
    assertThat(servers(Scripted.server("a", "--modern")).call("a", "odd", "{}"))
        .isEqualTo(new Failed(Reason.TOOL_ERROR, "the answer has a result type that is not known"));
  }

  @Test
  void in_the_older_era_a_result_may_have_any_type() throws Exception {
    var members = RawJson.quoted("\"result\": {\"content\": [], \"resultType\": \"odd\"}");

    assertThat(servers(Scripted.server("a")).call("a", "literal", "{\"members\":" + members + "}"))
        .isEqualTo(new Relayed("{\"content\": [], \"resultType\": \"odd\"}", true));
  }

  @Test
  void changed_tools_are_heard_of_by_a_subscription() throws Exception {
    var servers = servers(Scripted.server("a", "--modern"));
    await().atMost(LONG).until(() -> !text(servers.call("a", "listings", "{}")).equals("0"));

    await()
        .atMost(LONG)
        .until(() -> {
          assertThat(text(servers.call("a", "grow", "{}"))).isEqualTo("grown");
          return toolNames(servers).contains("grown");
        });
  }

  @Test
  void a_subscription_that_the_server_ends_is_made_again() throws Exception {
    var servers = servers(Scripted.server("a", "--modern"));
    assertThat(toolNames(servers)).contains("unsubscribe");

    await()
        .atMost(LONG)
        .until(() ->
            servers.call("a", "unsubscribe", "{}") instanceof Relayed ended
                && text(ended).equals("2"));
  }

  @Test
  void a_list_is_read_again_when_it_is_older_than_its_server_wants() throws Exception {
    var servers = servers(Scripted.server("a", "--modern", "--ttl", "60000"));
    assertThat(toolNames(servers)).contains("echo");
    clock.addAndGet(Duration.ofSeconds(59).toNanos());
    assertThat(toolNames(servers)).contains("echo");
    assertThat(text(servers.call("a", "listings", "{}"))).isEqualTo("1");

    clock.addAndGet(Duration.ofSeconds(1).toNanos());
    assertThat(toolNames(servers)).contains("echo");

    await().atMost(LONG).until(() -> text(servers.call("a", "listings", "{}")).equals("2"));
  }

  @Test
  void a_list_is_not_read_for_each_run_however_short_its_server_wants_it() throws Exception {
    var servers = servers(Scripted.server("a", "--modern", "--ttl", "0"));
    assertThat(toolNames(servers)).contains("echo");
    clock.addAndGet(Freshness.SHORTEST.minusNanos(1).toNanos());
    assertThat(toolNames(servers)).contains("echo");
    assertThat(text(servers.call("a", "listings", "{}"))).isEqualTo("1");

    clock.addAndGet(1);
    assertThat(toolNames(servers)).contains("echo");

    await().atMost(LONG).until(() -> text(servers.call("a", "listings", "{}")).equals("2"));
  }
}
