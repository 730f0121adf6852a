package dev.caisson.mcp.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.caisson.client.CaissonClient;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Programs in real sandboxes that use servers with many, oddly named and misbehaving tools. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 3, unit = TimeUnit.MINUTES)
final class UpstreamEndToEndTest {

  private static final Duration LONG = Duration.ofSeconds(30);

  private Path folder = Path.of("");
  private DaemonProcess daemon;
  private FrontendProcess frontend;

  @BeforeAll
  void start(@TempDir Path shared) throws IOException, InterruptedException {
    folder = shared;
    daemon = new DaemonProcess(folder);
    frontend = new FrontendProcess(servers(), daemon.socket());
  }

  @AfterAll
  void stop() throws IOException, InterruptedException {
    frontend.close();
    daemon.close();
  }

  private Path licence() {
    return folder.resolve("licence");
  }

  /** Two servers with the same tools, and one that starts only once there is a licence. */
  private Path servers() throws IOException {
    var servers = new LinkedHashMap<String, Object>();
    servers.put("crowd", server("crowd"));
    servers.put("other-crowd", server("other-crowd"));
    servers.put("late", server("late", "--only-if", licence().toString()));
    return Files.writeString(
        folder.resolve("mcp.json"),
        JsonMapper.shared().writeValueAsString(Map.of("mcpServers", servers)));
  }

  private static Map<String, ?> server(String... arguments) {
    try {
      var script = UpstreamEndToEndTest.class.getResource("/servers/crowded_server.py");
      var path = Path.of(Objects.requireNonNull(script, "crowded_server.py").toURI());
      var all = new ArrayList<>(List.of(path.toString()));
      all.addAll(List.of(arguments));
      return Map.of("command", "python3", "args", all);
    } catch (URISyntaxException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static JsonNode data(JsonNode answer) {
    return answer.path("structuredContent");
  }

  private static String stdout(JsonNode answer) {
    assertThat(data(answer).path("outcome").asString()).as("%s", answer).isEqualTo("SUCCEEDED");
    return data(answer).path("stdout").asString();
  }

  /** The value of a program that ends well. */
  private JsonNode value(String code) throws IOException, InterruptedException {
    var answer = frontend.run(code);
    assertThat(data(answer).path("outcome").asString()).as("%s", answer).isEqualTo("SUCCEEDED");
    return data(answer).path("value");
  }

  private Path pipe(String name) throws IOException, InterruptedException {
    var pipe = folder.resolve(name);
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    return pipe;
  }

  private static String content(Path file) throws IOException {
    return Files.exists(file) ? Files.readString(file) : "";
  }

  private void assertNothingRuns(Path socket) {
    try (var client = CaissonClient.connect(socket)) {
      await()
          .atMost(LONG)
          .until(
              () -> client.pools().getPoolsList().stream().allMatch(pool -> pool.getLeased() == 0));
    }
  }

  @Test
  void three_hundred_tools_of_two_servers_each_answer_for_themselves()
      throws IOException, InterruptedException {
    var counted =
        value(
            """
            special = {"together", "fail", "picture", "gate", "hold", "die"}
            answered = {"crowd": set(), "other-crowd": set()}
            for server in (crowd, other_crowd):
                for number, name in enumerate(sorted(set(dir(server)) - special)):
                    answer = getattr(server, name)(number=number)
                    assert answer.number == number, (name, answer)
                    answered[answer.server].add(answer.tool)
            [len(answered["crowd"]), len(answered["other-crowd"]), answered["crowd"] == answered["other-crowd"]]
            """);

    assertThat(counted).hasToString("[300,300,true]");
  }

  @Test
  void awkward_names_are_python_names() throws IOException, InterruptedException {
    var called =
        value(
            """
            [tool(1).tool for tool in (
                crowd.get_user_v2, crowd.class_, crowd.list, crowd.import_, crowd.größe, crowd.天气,
                crowd.get_user, crowd.get_user_2, crowd.tool_3d_view, crowd.tool_17,
                crowd["get-user.v2"], tools["other-crowd"]["class"], OtherCrowd.get_user_2)]
            """);

    assertThat(called)
        .extracting(JsonNode::asString)
        .containsExactly(
            "get-user.v2",
            "class",
            "list",
            "import",
            "größe",
            "天气",
            "get_user",
            "get-user",
            "3d-view",
            "tool-17",
            "get-user.v2",
            "class",
            "get-user");
  }

  @Test
  void wrong_arguments_name_the_parameter() throws IOException, InterruptedException {
    var printed =
        stdout(
            frontend.run(
                """
                for wrong in ({"number": "two"}, {}, {"numbr": 2}):
                    try:
                        crowd.get_user_v2(**wrong)
                    except ToolArgumentError as error:
                        print(isinstance(error, TypeError), error)
                """));

    assertThat(printed.lines())
        .satisfiesExactly(
            line -> assertThat(line).startsWith("True").contains("'number' must be integer"),
            line -> assertThat(line).startsWith("True").contains("missing the argument 'number'"),
            line -> assertThat(line).startsWith("True").contains("did you mean 'number'"));
  }

  @Test
  void an_error_of_a_tool_is_raised_with_its_text() throws IOException, InterruptedException {
    var printed =
        stdout(
            frontend.run(
                """
                try:
                    crowd.fail()
                except ToolError as error:
                    print(error.reason, error)
                """));

    assertThat(printed).isEqualTo("tool_error the cupboard is bare\n");
  }

  @Test
  void an_image_arrives_as_bytes() throws IOException, InterruptedException {
    var seen =
        value(
            """
            picture = crowd.picture()
            [picture.mime_type, picture.data[:8] == b"\\x89PNG\\r\\n\\x1a\\n", picture.data[12:16].decode()]
            """);

    assertThat(seen).hasToString("[\"image/png\",true,\"IHDR\"]");
  }

  @Test
  void sixty_four_calls_at_once_each_get_their_own_answer()
      throws IOException, InterruptedException {
    var right =
        value(
            """
            import asyncio
            answers = await asyncio.gather(*[crowd.together(number=i * i) for i in range(64)])
            [answer.number for answer in answers] == [i * i for i in range(64)]
            """);

    assertThat(right.asBoolean()).isTrue();
  }

  @Test
  void a_server_that_dies_fails_its_own_calls_and_is_there_again_for_the_next()
      throws IOException, InterruptedException {
    var printed =
        stdout(
            frontend.run(
                """
                try:
                    crowd.die()
                except ToolError as error:
                    print(error.reason, error)
                print(other_crowd.get_user(1).server)
                print(crowd.get_user(2).server)
                """));

    assertThat(printed.lines())
        .satisfiesExactly(
            line ->
                assertThat(line)
                    .startsWith("unavailable MCP server 'crowd' is not available: ")
                    .contains("ended with status 3")
                    .contains("I have seen enough"),
            line -> assertThat(line).isEqualTo("other-crowd"),
            line -> assertThat(line).isEqualTo("crowd"));
    assertThat(value("crowd.get_user(3).number").asInt()).isEqualTo(3);
  }

  @Test
  void a_server_that_never_came_up_fails_its_own_calls_until_it_does()
      throws IOException, InterruptedException {
    var program =
        """
        import asyncio
        async def main():
            return await asyncio.gather(late.get_user(1), crowd.get_user(2), return_exceptions=True)
        for answer in asyncio.run(main()):
            print(f"{answer.reason} {answer}" if isinstance(answer, ToolError) else answer.server)
        """;

    assertThat(stdout(frontend.run(program)).lines())
        .satisfiesExactly(
            line ->
                assertThat(line)
                    .startsWith("unavailable MCP server 'late' is not available: ")
                    .contains("the licence is missing"),
            line -> assertThat(line).isEqualTo("crowd"));
    frontend.call("search", "search_tools", Map.of("query", "user"));
    assertThat(frontend.answer("search").path("content").path(0).path("text").asString())
        .contains("late")
        .contains("the licence is missing");

    Files.createFile(licence());
    await()
        .atMost(LONG)
        .untilAsserted(() -> assertThat(stdout(frontend.run(program))).isEqualTo("late\ncrowd\n"));
  }

  @Test
  void a_generated_module_is_imported_by_a_run_and_is_its_tools()
      throws IOException, InterruptedException {
    frontend.call(
        "api",
        "generate_python_api",
        Map.of("server", "crowd", "tool", "get_user", "style", "source"));
    var generated = data(frontend.answer("api"));
    assertThat(generated.path("module").asString()).isEqualTo("crowd");

    var program =
        """
        import asyncio, pathlib
        pathlib.Path("crowd.py").write_text(%s)
        from crowd import get_user
        async def main():
            return await asyncio.gather(get_user(1), get_user.aio(2))
        print(type(get_user).__name__, get_user(3).server, [user.server for user in asyncio.run(main())])
        """
            .formatted(JsonMapper.shared().writeValueAsString(generated.path("source").asString()));
    assertThat(stdout(frontend.run(program))).isEqualTo("_Tool crowd ['crowd', 'crowd']\n");
  }

  @Test
  void the_api_is_printed_for_the_servers_of_a_file() throws IOException, InterruptedException {
    var socket = daemon.socket().toString();
    var servers = folder.resolve("mcp.json").toString();
    var options = List.of("--servers", servers, "--socket", socket, "--style", "signatures");

    assertThat(api(options, "other-crowd.get_user"))
        .startsWith("other_crowd.get_user(")
        .hasLineCount(1);
    // By the names that code has for them, too.
    assertThat(api(options, "other_crowd.get_user")).startsWith("other_crowd.get_user(");
    assertThat(api(options, "crowd.get_usr")).contains("Did you mean 'get_user'?");
  }

  /** What the command prints, on whichever stream. */
  private String api(List<String> options, String name) throws IOException, InterruptedException {
    var arguments = new ArrayList<>(List.of("api", name));
    arguments.addAll(options);
    var process =
        new ProcessBuilder(FrontendProcess.command(arguments.toArray(String[]::new)))
            .redirectErrorStream(true)
            .start();
    process.getOutputStream().close();
    var printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return printed.lines().filter(line -> !line.contains("late")).collect(Collectors.joining("\n"));
  }

  @Test
  void output_is_seen_while_the_program_waits() throws IOException, InterruptedException {
    var gate = pipe("gate");
    frontend.start("seen", "print('first')\nprint(crowd.gate(path='%s'))".formatted(gate));

    var progress = frontend.next().path("params");
    assertThat(progress.path("progressToken").asString()).isEqualTo("seen");
    assertThat(progress.path("message").asString()).isEqualTo("first\n");
    Files.writeString(gate, "opened by who saw it");

    assertThat(stdout(frontend.answer("seen"))).isEqualTo("first\nopened by who saw it\n");
  }

  @Test
  void cancelling_the_request_ends_the_run_and_its_tool_call()
      throws IOException, InterruptedException {
    var file = folder.resolve("held");
    frontend.start("cancelled", "crowd.hold(path='%s')".formatted(file));
    await().atMost(LONG).until(() -> content(file).equals("held"));

    frontend.cancel("cancelled");

    await().atMost(LONG).until(() -> content(file).equals("cancelled"));
    assertNothingRuns(daemon.socket());
    assertThat(value("crowd.get_user(4).number").asInt()).isEqualTo(4);
  }

  @Test
  void a_run_in_flight_at_the_end_of_input_is_still_answered()
      throws IOException, InterruptedException {
    var gate = pipe("last-gate");
    try (var own = new FrontendProcess(folder.resolve("mcp.json"), daemon.socket())) {
      own.start("last", "print('begun')\nprint(crowd.gate(path='%s'))".formatted(gate));
      assertThat(own.next().path("params").path("message").asString()).isEqualTo("begun\n");

      own.endOfInput();
      Files.writeString(gate, "late, but there");

      assertThat(stdout(own.answer("last"))).isEqualTo("begun\nlate, but there\n");
      assertThat(own.status()).isZero();
    }
  }

  @Test
  void a_run_that_does_not_end_after_the_end_of_input_is_cancelled()
      throws IOException, InterruptedException {
    var file = folder.resolve("abandoned");
    try (var own = new FrontendProcess(folder.resolve("mcp.json"), daemon.socket())) {
      own.start("abandoned", "crowd.hold(path='%s')".formatted(file));
      await().atMost(LONG).until(() -> content(file).equals("held"));

      own.endOfInput();

      assertThat(own.status()).isZero();
    }
    assertThat(content(file)).isEqualTo("cancelled");
    assertNothingRuns(daemon.socket());
  }
}
