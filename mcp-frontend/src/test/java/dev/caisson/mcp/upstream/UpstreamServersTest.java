package dev.caisson.mcp.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.caisson.mcp.relay.ToolAnswer;
import dev.caisson.mcp.relay.ToolAnswer.Failed;
import dev.caisson.mcp.relay.ToolAnswer.Reason;
import dev.caisson.mcp.relay.ToolAnswer.Relayed;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

final class UpstreamServersTest {

  private static final Duration LONG = Duration.ofSeconds(30);

  private final AtomicLong clock = new AtomicLong();
  private final List<UpstreamServers> open = new ArrayList<>();

  @AfterEach
  void close() {
    open.forEach(UpstreamServers::close);
  }

  private UpstreamServers servers(ServerDefinition... definitions) {
    return servers(new UpstreamServer.Timing(LONG, LONG, LONG), definitions);
  }

  private UpstreamServers servers(UpstreamServer.Timing timing, ServerDefinition... definitions) {
    return servers(new Wires(Optional.empty()), timing, definitions);
  }

  private UpstreamServers servers(
      Wires wires, UpstreamServer.Timing timing, ServerDefinition... definitions) {
    var servers = new UpstreamServers(List.of(definitions), wires, timing, clock::get);
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

  private static JsonNode json(ToolAnswer answer) {
    return JsonMapper.shared().readTree(text(answer));
  }

  private static Failed failure(ToolAnswer answer) {
    assertThat(answer).isInstanceOf(Failed.class);
    return (Failed) answer;
  }

  private static List<String> toolNames(UpstreamServers servers) throws InterruptedException {
    return servers.snapshot(LONG).catalogue().servers().stream()
        .flatMap(server -> server.tools().stream().map(tool -> server.name() + "." + tool.name()))
        .toList();
  }

  @Test
  void a_tool_is_called_and_its_result_is_relayed_as_it_is() throws InterruptedException {
    assertThat(servers(Scripted.server("a")).call("a", "echo", "{\"number\": 7}"))
        .isEqualTo(new Relayed("{\"content\": [{\"type\": \"text\", \"text\": \"7\"}]}", true));
  }

  @Test
  void arguments_reach_the_server_digit_by_digit() throws InterruptedException {
    assertThat(text(servers(Scripted.server("a")).call("a", "line", Exact.OBJECT)))
        .isEqualTo(
            "{\"jsonrpc\":\"2.0\",\"id\":4,\"method\":\"tools/call\",\"params\":"
                + "{\"name\":\"line\",\"arguments\":"
                + Exact.OBJECT
                + "}}\n");
  }

  @Test
  void a_result_reaches_the_code_digit_by_digit() throws InterruptedException {
    var result = "{\"content\": [], \"structuredContent\": " + Exact.OBJECT + "}";
    var members = RawJson.quoted("\"result\": " + result);

    assertThat(servers(Scripted.server("a")).call("a", "literal", "{\"members\":" + members + "}"))
        .isEqualTo(new Relayed(result, true));
  }

  @Test
  void arguments_with_line_breaks_are_one_message() throws InterruptedException {
    var hidden =
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"die\"}}";

    assertThat(
            text(servers(Scripted.server("a")).call("a", "line", "{\"x\":\n" + hidden + "\r\n}")))
        .endsWith("\"arguments\":{\"x\": " + hidden + "  }}}\n");
  }

  @Test
  void sixty_four_calls_at_once_each_get_their_own_answer() throws InterruptedException {
    var servers = servers(Scripted.server("a"));
    var answers = new ConcurrentHashMap<Integer, ToolAnswer>();
    var callers = new ArrayList<Thread>();
    for (var i = 0; i < 64; i++) {
      var number = i;
      callers.add(
          Thread.ofVirtual()
              .start(() -> {
                try {
                  answers.put(number, servers.call("a", "echo", "{\"number\": " + number + "}"));
                } catch (InterruptedException stop) {
                  Thread.currentThread().interrupt();
                }
              }));
    }
    for (var caller : callers) {
      caller.join();
    }

    assertThat(answers).hasSize(64);
    answers.forEach((number, answer) -> assertThat(text(answer)).isEqualTo("" + number));
  }

  @Test
  void all_pages_of_tools_are_read() throws InterruptedException {
    var servers = servers(Scripted.server("a", "--page", "7", "--tools", "300"));

    assertThat(toolNames(servers)).hasSize(318).contains("a.echo", "a.tool-0", "a.tool-299");
  }

  @Test
  void a_changed_list_is_read_again() throws InterruptedException {
    var servers = servers(Scripted.server("a"));
    assertThat(toolNames(servers)).doesNotContain("a.grown");

    assertThat(text(servers.call("a", "grow", "{}"))).isEqualTo("grown");

    await().atMost(LONG).until(() -> toolNames(servers).contains("a.grown"));
  }

  @Test
  void the_instructions_describe_the_server() throws InterruptedException {
    var catalogue = servers(Scripted.server("a")).snapshot(LONG).catalogue();

    assertThat(catalogue.servers().getFirst().description()).isEqualTo("Does as it is told.");
  }

  @Test
  void a_tools_own_error_is_relayed() throws InterruptedException {
    var answer = servers(Scripted.server("a")).call("a", "refuse", "{}");

    assertThat(answer.ok()).isFalse();
    assertThat(text(answer)).isEqualTo("not today");
  }

  @Test
  void protocol_errors_tell_wrong_arguments_from_the_rest() throws InterruptedException {
    var servers = servers(Scripted.server("a"));

    assertThat(servers.call("a", "break", "{\"code\": -32602}"))
        .isEqualTo(new Failed(Reason.INVALID_ARGUMENTS, "broken"));
    assertThat(servers.call("a", "break", "{\"code\": -32603}"))
        .isEqualTo(new Failed(Reason.TOOL_ERROR, "broken"));
  }

  @Test
  void arguments_that_are_no_object_never_reach_the_server() throws InterruptedException {
    assertThat(servers(Scripted.server("a")).call("a", "echo", "[1]"))
        .isEqualTo(new Failed(Reason.INVALID_ARGUMENTS, "the arguments are not a JSON object"));
  }

  @Test
  void a_server_that_dies_fails_its_own_call_with_its_last_words_and_comes_back()
      throws InterruptedException {
    var servers = servers(Scripted.server("a"), Scripted.server("b"));
    assertThat(text(servers.call("b", "echo", "{\"number\": 1}"))).isEqualTo("1");

    assertThat(servers.call("a", "die", "{}"))
        .isEqualTo(
            new Failed(
                Reason.UNAVAILABLE,
                "MCP server 'a' is not available: the server's process ended with status 3; its"
                    + " last words: it all went wrong"));
    assertThat(text(servers.call("b", "echo", "{\"number\": 2}"))).isEqualTo("2");
    assertThat(text(servers.call("a", "echo", "{\"number\": 3}"))).isEqualTo("3");
  }

  @Test
  void the_tools_of_a_lost_server_stay_in_the_catalogue() throws InterruptedException {
    var servers = servers(Scripted.server("a"));
    var before = toolNames(servers);
    assertThat(failure(servers.call("a", "die", "{}")).reason()).isEqualTo(Reason.UNAVAILABLE);

    assertThat(toolNames(servers)).isEqualTo(before);
  }

  @Test
  void a_server_that_cannot_start_is_named_with_the_reason_and_the_others_work()
      throws InterruptedException {
    var gone =
        new ServerDefinition.Stdio(
            "gone",
            List.of("/no/such/program"),
            Map.of(),
            Optional.empty(),
            new Redaction(List.of()));
    var ends = Scripted.server("ends", "--end-at-start", "no licence");
    var servers = servers(gone, ends, Scripted.server("a"));

    var snapshot = servers.snapshot(LONG);

    assertThat(snapshot.catalogue().servers())
        .extracting(server -> server.name() + ": " + server.unavailable())
        .containsExactly(
            "gone: MCP server 'gone' is not available: "
                + "cannot start '/no/such/program': No such file or directory",
            "ends: MCP server 'ends' is not available: "
                + "the server's process ended with status 3; its last words: no licence",
            "a: ");
    assertThat(snapshot.troubles())
        .containsOnlyKeys("gone", "ends")
        .containsEntry("gone", "cannot start '/no/such/program': No such file or directory")
        .containsEntry(
            "ends", "the server's process ended with status 3; its last words: no licence");
    assertThat(text(servers.call("a", "echo", "{\"number\": 1}"))).isEqualTo("1");
  }

  @Test
  void after_a_failed_attempt_the_next_one_waits_and_then_works(@TempDir Path folder)
      throws InterruptedException {
    var servers = servers(Scripted.server("a", "--end-twice", folder.resolve("ended").toString()));

    assertThat(failure(servers.call("a", "echo", "{\"number\": 1}")).message())
        .contains("ended with status 4");
    assertThat(failure(servers.call("a", "echo", "{\"number\": 1}")).message())
        .contains("ended with status 4");

    clock.addAndGet(Duration.ofMillis(501).toNanos());
    assertThat(text(servers.call("a", "echo", "{\"number\": 1}"))).isEqualTo("1");
  }

  @Test
  void a_server_that_dies_on_every_call_is_not_started_for_each() throws InterruptedException {
    var servers = servers(Scripted.server("a"));
    var died = "MCP server 'a' is not available: the server's process ended with status 3";
    assertThat(failure(servers.call("a", "die", "{}")).message()).startsWith(died);
    // Once is no habit.
    assertThat(failure(servers.call("a", "die", "{}")).message()).startsWith(died);

    assertThat(failure(servers.call("a", "die", "{}")).message())
        .startsWith(died)
        .endsWith(" (next attempt in 1 s)");
    clock.addAndGet(Duration.ofMillis(500).toNanos());
    assertThat(failure(servers.call("a", "die", "{}")).message())
        .startsWith(died)
        .doesNotContain("next");
    clock.addAndGet(Duration.ofMillis(500).toNanos());
    assertThat(failure(servers.call("a", "die", "{}")).message())
        .endsWith(" (next attempt in 1 s)");
  }

  @Test
  void a_server_that_answered_since_is_started_again_at_once() throws InterruptedException {
    var servers = servers(Scripted.server("a"));
    for (var i = 0; i < 5; i++) {
      assertThat(failure(servers.call("a", "die", "{}")).reason()).isEqualTo(Reason.UNAVAILABLE);
      assertThat(failure(servers.call("a", "break", "{\"code\": -1}")).message())
          .isEqualTo("broken");
      assertThat(failure(servers.call("a", "die", "{}")).reason()).isEqualTo(Reason.UNAVAILABLE);
      assertThat(text(servers.call("a", "echo", "{\"number\": 1}"))).isEqualTo("1");
    }
  }

  @Test
  void patience_with_a_server_that_does_not_start_is_counted_once() {
    var patience = Duration.ofHours(1);
    var timing = new UpstreamServer.Timing(patience, patience, patience);
    var servers = servers(timing, Scripted.server("mute", "--mute", "initialize"));
    servers.connectAll();
    clock.addAndGet(patience.toNanos());
    var reasons = new AtomicReference<Map<String, String>>();

    var run =
        Thread.ofVirtual()
            .start(() -> {
              try {
                reasons.set(servers.snapshot(patience).troubles());
              } catch (InterruptedException stop) {
                Thread.currentThread().interrupt();
              }
            });

    await().atMost(LONG).until(() -> !run.isAlive());
    assertThat(reasons.get()).isEqualTo(Map.of("mute", "it is still starting"));
  }

  @Test
  void a_folder_or_an_address_that_is_not_there_is_named(@TempDir Path folder)
      throws InterruptedException {
    var nowhere = folder.resolve("nowhere");
    var homeless =
        new ServerDefinition.Stdio(
            "homeless", List.of("cat"), Map.of(), Optional.of(nowhere), new Redaction(List.of()));
    var closed = URI.create("http://127.0.0.1:1/mcp");
    var silent =
        new ServerDefinition.Http("silent", closed, Map.of(), false, new Redaction(List.of()));

    assertThat(servers(homeless, silent).snapshot(LONG).troubles())
        .containsEntry("homeless", "its 'cwd' " + nowhere + " is no folder")
        .containsEntry("silent", "nothing answers at http://127.0.0.1:1/mcp");
  }

  @Test
  void a_server_that_came_up_meanwhile_has_its_tools_in_the_next_catalogue(@TempDir Path folder)
      throws InterruptedException {
    var servers = servers(Scripted.server("a", "--end-twice", folder.resolve("ended").toString()));
    assertThat(servers.snapshot(LONG).catalogue().servers().getFirst().unavailable())
        .contains("ended with status 4");

    clock.addAndGet(Duration.ofMillis(501).toNanos());

    var server = servers.snapshot(LONG).catalogue().servers().getFirst();
    assertThat(server.unavailable()).isEmpty();
    assertThat(server.tools()).isNotEmpty();
  }

  @Test
  void a_server_that_never_lists_its_tools_holds_up_nobody() throws InterruptedException {
    var timing = new UpstreamServer.Timing(LONG, Duration.ofSeconds(2), LONG);
    var mute = Scripted.server("mute", "--mute", "tools/list");
    var servers = servers(timing, mute, Scripted.server("a"));

    assertThat(text(servers.call("a", "echo", "{\"number\": 1}"))).isEqualTo("1");
    assertThat(servers.snapshot(LONG).troubles().getOrDefault("mute", ""))
        .startsWith("it did not answer within");
  }

  @Test
  void a_call_that_is_not_answered_times_out_and_the_server_is_told() throws InterruptedException {
    var timing = new UpstreamServer.Timing(LONG, LONG, Duration.ofSeconds(2));
    var servers = servers(timing, Scripted.server("a"));

    assertThat(servers.call("a", "never", "{}"))
        .isEqualTo(
            new Failed(Reason.TIMED_OUT, "tool 'never' of server 'a' did not answer within 2 s"));
    await().atMost(LONG).until(() -> json(servers.call("a", "cancelled", "{}")).size() == 1);
  }

  @Test
  void an_interrupted_call_is_withdrawn_and_the_server_is_told() throws InterruptedException {
    var servers = servers(Scripted.server("a"));
    assertThat(text(servers.call("a", "echo", "{\"number\": 1}"))).isEqualTo("1");
    var ended = new AtomicReference<InterruptedException>();
    var caller =
        Thread.ofVirtual()
            .start(() -> {
              try {
                assertThat(servers.call("a", "never", "{}")).isNull();
              } catch (InterruptedException stop) {
                ended.set(stop);
              }
            });
    await().atMost(LONG).until(() -> caller.getState() == Thread.State.TIMED_WAITING);
    caller.interrupt();
    caller.join();

    assertThat(ended.get()).isNotNull();
    await().atMost(LONG).until(() -> json(servers.call("a", "cancelled", "{}")).size() == 1);
  }

  @Test
  void what_is_not_json_on_the_servers_output_is_passed_over() throws InterruptedException {
    var servers = servers(Scripted.server("a", "--banner"));

    assertThat(text(servers.call("a", "noise", "{}"))).isEqualTo("after the noise");
    assertThat(text(servers.call("a", "echo", "{\"number\": 1}"))).isEqualTo("1");
  }

  @Test
  void an_answer_over_the_limit_fails_its_call_and_the_connection_goes_on()
      throws InterruptedException {
    var servers = servers(Scripted.server("a"));
    var before = json(servers.call("a", "pids", "{}"));

    assertThat(failure(servers.call("a", "big", "{\"bytes\": " + (33 << 20) + "}")).message())
        .endsWith("the server sent more than 32 MiB in one message");
    assertThat(json(servers.call("a", "pids", "{}"))).isEqualTo(before);
  }

  @Test
  void a_server_gets_its_own_variables_and_not_our_whole_environment() throws InterruptedException {
    var servers = servers(Scripted.server("a", Map.of("TOKEN", "sesame")));

    assertThat(text(servers.call("a", "env", "{\"name\": \"TOKEN\"}"))).isEqualTo("sesame");
    assertThat(text(servers.call("a", "env", "{\"name\": \"HOME\"}")))
        .isEqualTo(System.getenv("HOME"));
    assertThat(System.getenv("TESTCONTAINERS_RYUK_DISABLED")).isEqualTo("true");
    assertThat(text(servers.call("a", "env", "{\"name\": \"TESTCONTAINERS_RYUK_DISABLED\"}")))
        .isEqualTo("(not set)");
  }

  @Test
  void secrets_are_not_in_what_a_dead_server_said() throws InterruptedException {
    var definition = Scripted.withSecret("a", "sesame-open", "--end-at-start", "bad sesame-open!");

    assertThat(servers(definition).snapshot(LONG).troubles().getOrDefault("a", ""))
        .endsWith("its last words: bad ***!");
  }

  @Test
  void secrets_are_not_in_results_and_errors() throws InterruptedException {
    var servers = servers(Scripted.withSecret("a", "sesame-open"));

    assertThat(text(servers.call("a", "env", "{\"name\": \"TOKEN\"}"))).isEqualTo("***");
    assertThat(failure(servers.call("a", "break", "{\"code\": -1, \"message\": \"sesame-open?\"}")))
        .isEqualTo(new Failed(Reason.TOOL_ERROR, "***?"));
  }

  @Test
  void secrets_are_not_in_descriptions_schemas_and_instructions() throws InterruptedException {
    var server =
        Scripted.withSecret(
            "a",
            "sesame-open",
            "--instructions",
            "say sesame-open",
            "--description",
            "sesame-open");

    var described = servers(server).snapshot(LONG).catalogue().servers().getFirst();

    assertThat(described.description()).isEqualTo("say ***");
    assertThat(described.tools().getFirst().description()).isEqualTo("***");
    assertThat(described.tools().getFirst().inputSchema())
        .isEqualTo("{\"type\": \"object\", \"description\": \"***\"}");
  }

  @Test
  void secrets_are_not_in_why_a_server_cannot_start() throws InterruptedException {
    var definition =
        new ServerDefinition.Stdio(
            "a",
            List.of("/opt/sesame-open/x"),
            Map.of(),
            Optional.empty(),
            new Redaction(List.of("sesame-open")));

    assertThat(servers(definition).snapshot(LONG).troubles())
        .containsEntry("a", "cannot start '/opt/***/x': No such file or directory");
  }

  @Test
  void closing_ends_the_servers_and_what_they_started() throws InterruptedException {
    var servers = servers(Scripted.server("a", "--child"), Scripted.server("b"));
    var pids = json(servers.call("a", "pids", "{}"));
    var others = json(servers.call("b", "pids", "{}"));

    servers.close();

    await()
        .atMost(LONG)
        .until(() ->
            LongStream.of(pids.path(0).asLong(), pids.path(1).asLong(), others.path(0).asLong())
                .noneMatch(UpstreamServersTest::runs));
    assertThat(failure(servers.call("a", "echo", "{}")).reason()).isEqualTo(Reason.UNAVAILABLE);
  }

  @Test
  void closing_ends_children_that_have_lost_their_parent() throws InterruptedException {
    var servers = servers(Scripted.server("a", "--strays"));
    var pids = pids(servers);

    servers.close();

    assertThat(pids).hasSize(4);
    await().atMost(LONG).until(() -> pids.stream().noneMatch(UpstreamServersTest::runs));
  }

  @Test
  void a_server_that_dies_takes_the_children_that_it_left_behind_with_it()
      throws InterruptedException {
    var servers = servers(Scripted.server("a", "--strays"), Scripted.server("b", "--strays"));
    var pids = pids(servers);
    var others = json(servers.call("b", "pids", "{}"));

    assertThat(failure(servers.call("a", "die", "{}")).reason()).isEqualTo(Reason.UNAVAILABLE);

    await().atMost(LONG).until(() -> pids.stream().noneMatch(UpstreamServersTest::runs));
    assertThat(others).allMatch(pid -> runs(pid.asLong()));
  }

  @Test
  void a_frontend_that_is_killed_leaves_no_server_behind() throws Exception {
    var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    var frontend =
        new ProcessBuilder(
                java, "-cp", System.getProperty("java.class.path"), Holder.class.getName())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (var output = frontend.inputReader()) {
      var pids = Stream.of(output.readLine().split(" ", -1)).map(Long::valueOf).toList();
      assertThat(pids).hasSize(5).allMatch(UpstreamServersTest::runs);

      frontend.destroyForcibly();

      await().atMost(LONG).until(() -> pids.stream().noneMatch(UpstreamServersTest::runs));
    } finally {
      frontend.destroyForcibly();
    }
  }

  /** Holds servers until it is killed. */
  static final class Holder {
    public static void main(String[] arguments) throws InterruptedException {
      var servers = new UpstreamServers(List.of(Scripted.server("a", "--strays", "--child")));
      System.out.println(
          pids(servers).stream().map(String::valueOf).collect(Collectors.joining(" ")));
      new CountDownLatch(1).await();
    }
  }

  private static List<Long> pids(UpstreamServers servers) throws InterruptedException {
    var pids = new ArrayList<Long>();
    json(servers.call("a", "pids", "{}")).forEach(pid -> pids.add(pid.asLong()));
    return pids;
  }

  @Test
  void what_a_server_complains_of_is_in_its_file_without_secrets(@TempDir Path folder)
      throws Exception {
    var servers =
        servers(
            new Wires(Optional.of(folder)),
            new UpstreamServer.Timing(LONG, LONG, LONG),
            Scripted.withSecret("a b/c", "sesame-open"));
    assertThat(text(servers.call("a b/c", "complain", "{\"text\": \"no sesame-open \\u001b[2J\"}")))
        .isEqualTo("done");

    servers.close();

    try (var files = Files.list(folder)) {
      var file = files.toList();
      assertThat(file).hasSize(1);
      await()
          .atMost(LONG)
          .until(() -> Files.readString(file.getFirst()).endsWith("Z no *** \\x1b[2J\n"));
    }
  }

  @Test
  void a_flood_of_changes_is_a_few_listings_and_the_last_one_counts() throws InterruptedException {
    var servers = servers(Scripted.server("a"));

    assertThat(text(servers.call("a", "flood", "{\"times\": 500}"))).isEqualTo("flooded");

    await().atMost(LONG).until(() -> toolNames(servers).contains("a.flooded"));
    assertThat(Integer.parseInt(text(servers.call("a", "listings", "{}")))).isBetween(2, 50);
  }

  @Test
  void a_call_for_which_there_is_no_room_fails_alone() throws InterruptedException {
    var outgoing = ByteBudget.of(1 << 20);
    var wires = new Wires(Optional.empty(), ByteBudget.of(1 << 20), outgoing);
    var servers =
        servers(
            wires,
            new UpstreamServer.Timing(LONG, LONG, LONG),
            Scripted.server("a"),
            Scripted.server("b"));
    assertThat(text(servers.call("a", "deaf", "{}"))).isEqualTo("what?");
    var large = "{\"text\": \"" + "x".repeat(700_000) + "\"}";
    var before = json(servers.call("b", "pids", "{}"));
    var caller = Thread.ofVirtual().start(() -> callInVain(servers, large));
    await().atMost(LONG).until(() -> outgoing.taken() > 700_000);

    assertThat(failure(servers.call("b", "complain", large)).message())
        .startsWith(
            "MCP server 'b' is not available: the message of 684 KiB does not fit: what waits to be"
                + " read by this server, or by all, has used up its memory");
    assertThat(json(servers.call("b", "pids", "{}"))).isEqualTo(before);

    caller.interrupt();
    servers.close();
    await().atMost(LONG).until(() -> outgoing.taken() == 0);
  }

  private static void callInVain(UpstreamServers servers, String arguments) {
    try {
      assertThat(servers.call("a", "complain", arguments).ok()).isFalse();
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void an_answer_for_which_there_is_no_room_fails_its_call_alone() throws InterruptedException {
    var incoming = ByteBudget.of(1 << 20);
    var wires = new Wires(Optional.empty(), incoming, ByteBudget.of(1 << 20));
    var servers = servers(wires, new UpstreamServer.Timing(LONG, LONG, LONG), Scripted.server("a"));
    var before = pids(servers);

    assertThat(failure(servers.call("a", "big", "{\"bytes\": 2000000}")).message())
        .isEqualTo("MCP server 'a' is not available: " + MessageLines.NO_ROOM);
    assertThat(text(servers.call("a", "big", "{\"bytes\": 900000}"))).hasSize(900_000);
    assertThat(pids(servers)).isEqualTo(before);
    assertThat(incoming.taken()).isZero();
  }

  @Test
  void an_answer_that_is_on_its_way_to_the_daemon_keeps_its_room() throws Exception {
    var incoming = ByteBudget.of(1 << 20);
    var wires = new Wires(Optional.empty(), incoming, ByteBudget.of(1 << 20));
    var servers = servers(wires, new UpstreamServer.Timing(LONG, LONG, LONG), Scripted.server("a"));
    var answered = new CountDownLatch(1);
    var sent = new CountDownLatch(1);
    var caller =
        Thread.ofVirtual()
            .start(() -> {
              try {
                assertThat(servers.call("a", "big", "{\"bytes\": 900000}").ok()).isTrue();
                answered.countDown();
                sent.await();
              } catch (InterruptedException stop) {
                Thread.currentThread().interrupt();
              }
            });
    answered.await();

    assertThat(incoming.taken()).isGreaterThan(900_000);
    sent.countDown();
    caller.join();
    await().atMost(LONG).until(() -> incoming.taken() == 0);
  }

  @Test
  void an_answer_that_is_of_no_use_keeps_no_room() throws InterruptedException {
    var incoming = ByteBudget.of(1 << 20);
    var wires = new Wires(Optional.empty(), incoming, ByteBudget.of(1 << 20));
    var servers = servers(wires, new UpstreamServer.Timing(LONG, LONG, LONG), Scripted.server("a"));
    var members = RawJson.quoted("\"result\": \"" + "x".repeat(200_000) + "\"");

    assertThat(failure(servers.call("a", "literal", "{\"members\":" + members + "}")).message())
        .isEqualTo("the answer to tools/call is not an object");
    assertThat(incoming.taken()).isZero();
  }

  @Test
  void who_sends_more_than_anybody_could_use_is_read_more_slowly() throws InterruptedException {
    var pauses = new AtomicInteger();
    var wires =
        new Wires(
            Optional.empty(),
            ByteBudget.of(1 << 20),
            ByteBudget.of(1 << 20),
            () -> new FloodGate(100, () -> 0, nanos -> pauses.incrementAndGet()));
    var servers = servers(wires, new UpstreamServer.Timing(LONG, LONG, LONG), Scripted.server("a"));

    assertThat(text(servers.call("a", "flood", "{\"times\": 250}"))).isEqualTo("flooded");
    assertThat(pauses).hasValue(2);

    var lines = "line\\n".repeat(500);
    assertThat(text(servers.call("a", "complain", "{\"text\": \"" + lines + "\"}")))
        .isEqualTo("done");
    await().atMost(LONG).until(() -> pauses.get() == 7);
  }

  @Test
  void an_answer_that_comes_too_late_keeps_no_room() throws InterruptedException {
    var incoming = ByteBudget.of(1 << 20);
    var wires = new Wires(Optional.empty(), incoming, ByteBudget.of(1 << 20));
    var timing = new UpstreamServer.Timing(LONG, LONG, Duration.ofSeconds(2));
    var servers = servers(wires, timing, Scripted.server("a"));

    assertThat(failure(servers.call("a", "late", "{}")).reason()).isEqualTo(Reason.TIMED_OUT);
    await().atMost(LONG).until(() -> json(servers.call("a", "cancelled", "{}")).size() == 1);

    // The late answer was written before the one that says so.
    assertThat(incoming.taken()).isZero();
  }

  @Test
  void closing_ends_a_server_that_is_still_starting() {
    var servers = servers(Scripted.server("mute", "--mute", "initialize"));
    servers.connectAll();
    await().atMost(LONG).until(() -> children("--mute").findAny().isPresent());

    servers.close();

    await().atMost(LONG).until(() -> children("--mute").findAny().isEmpty());
  }

  /** A killed orphan stays as a zombie where the first process of the machine buries nobody. */
  private static boolean runs(long pid) {
    try {
      var stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
      return stat.charAt(stat.lastIndexOf(')') + 2) != 'Z';
    } catch (IOException gone) {
      return false;
    }
  }

  private static Stream<ProcessHandle> children(String option) {
    return ProcessHandle.current()
        .children()
        .filter(ProcessHandle::isAlive)
        .filter(child -> child.info().commandLine().orElse("").contains(option));
  }
}
