package dev.caisson.mcp.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.caisson.client.CaissonClient;
import dev.caisson.mcp.relay.Pictures;
import io.modelcontextprotocol.client.McpClient;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.client.transport.ServerParameters;
import io.modelcontextprotocol.client.transport.StdioClientTransport;
import io.modelcontextprotocol.json.McpJsonDefaults;
import io.modelcontextprotocol.spec.McpError;
import io.modelcontextprotocol.spec.McpSchema.BlobResourceContents;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.EmbeddedResource;
import io.modelcontextprotocol.spec.McpSchema.ImageContent;
import io.modelcontextprotocol.spec.McpSchema.ReadResourceRequest;
import io.modelcontextprotocol.spec.McpSchema.Resource;
import io.modelcontextprotocol.spec.McpSchema.ResourceLink;
import io.modelcontextprotocol.spec.McpSchema.TextContent;
import io.modelcontextprotocol.spec.McpSchema.TextResourceContents;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Sessions and their files, from the SDK's client over standard streams to real sandboxes. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 3, unit = TimeUnit.MINUTES)
final class SessionsEndToEndTest {

  private DaemonProcess daemon;
  private McpSyncClient client;

  @BeforeAll
  void start(@TempDir Path folder) throws IOException {
    daemon = new DaemonProcess(folder);
    client = frontend();
  }

  @AfterAll
  void stop() throws InterruptedException {
    client.closeGracefully();
    daemon.close();
  }

  @BeforeEach
  void freshSession() {
    try (var direct = CaissonClient.connect(daemon.socket())) {
      direct.sessions().list().forEach(old -> direct.sessions().delete(old.getSessionId()));
    }
    call("sessions", Map.of("action", "create", "name", "work"));
  }

  private McpSyncClient frontend(String... arguments) {
    var command = FrontendProcess.command(arguments);
    command.addAll(List.of("--socket", daemon.socket().toString()));
    var parameters =
        ServerParameters.builder(command.getFirst())
            .args(command.subList(1, command.size()))
            .build();
    var made =
        McpClient.sync(new StdioClientTransport(parameters, McpJsonDefaults.getMapper()))
            .requestTimeout(Duration.ofMinutes(1))
            .initializationTimeout(Duration.ofMinutes(1))
            .build();
    made.initialize();
    return made;
  }

  private CallToolResult call(String tool, Map<String, Object> arguments) {
    return call(client, tool, arguments);
  }

  private static CallToolResult call(McpSyncClient by, String tool, Map<String, Object> arguments) {
    return by.callTool(CallToolRequest.builder(tool).arguments(arguments).build());
  }

  private CallToolResult run(String code, Object... more) {
    var arguments = new java.util.HashMap<String, Object>(Map.of("code", code, "session", "work"));
    for (var i = 0; i < more.length; i += 2) {
      arguments.put(String.valueOf(more[i]), more[i + 1]);
    }
    return call("run_code", arguments);
  }

  private CallToolResult read(String path) {
    return call("files", Map.of("action", "read", "session", "work", "path", path));
  }

  private static String text(CallToolResult result) {
    return text(result, 0);
  }

  private static String text(CallToolResult result, int block) {
    return result.content().get(block) instanceof TextContent text ? text.text() : "(no text)";
  }

  private String onlySession() {
    try (var direct = CaissonClient.connect(daemon.socket())) {
      return direct.sessions().list().getFirst().getSessionId();
    }
  }

  @Test
  void variables_stay_from_run_to_run_and_a_loss_is_told_to_the_next() {
    assertThat(text(run("x = 41"))).startsWith("(the program ended well");
    assertThat(text(run("x + 1"))).isEqualTo("=> 42");

    assertThat(text(run("import os; os._exit(3)"))).startsWith("FAILED: ");
    var after = run("print('x' in globals())");

    assertThat(after.isError()).isFalse();
    assertThat(text(after))
        .startsWith("False\nnote: before this run the session had lost its variables and imports");
    assertThat(text(run("1"))).isEqualTo("=> 1");
  }

  @Test
  void a_run_without_a_session_knows_nothing_of_it() {
    run("x = 41");

    assertThat(text(call("run_code", Map.of("code", "'x' in globals()")))).isEqualTo("=> False");
  }

  @Test
  void a_session_that_is_not_there_is_told_with_those_that_are() {
    var refused = call("run_code", Map.of("code", "1", "session", "none"));

    assertThat(refused.isError()).isTrue();
    assertThat(text(refused))
        .startsWith("there is no session 'none' (it may have ended); the sessions are 'work' (");
  }

  @Test
  void a_session_that_has_ended_behind_our_back_is_told() {
    run("x = 1");
    try (var direct = CaissonClient.connect(daemon.socket())) {
      direct.sessions().delete(onlySession());
    }

    assertThat(text(run("x"))).contains("has ended, with its variables and files");
  }

  @Test
  void a_file_that_was_written_is_seen_by_the_code_and_the_other_way_round() {
    call(
        "files",
        Map.of(
            "action", "write", "session", "work", "path", "in/ä b.txt", "content", "from outside"));

    assertThat(text(run("print(open('in/ä b.txt').read()); open('out.txt', 'w').write('inside')")))
        .startsWith("from outside\n");
    assertThat(text(read("out.txt"))).isEqualTo("inside");
    assertThat(text(call("files", Map.of("action", "list", "session", "work"))))
        .contains("in/")
        .contains("out.txt  6 bytes");
  }

  @Test
  void an_image_is_read_as_an_image() {
    var png = Pictures.png("x");
    call(
        "files",
        Map.of(
            "action",
            "write",
            "session",
            "work",
            "path",
            "plot.png",
            "encoding",
            "base64",
            "content",
            Base64.getEncoder().encodeToString(png)));

    assertThat(read("plot.png").content().getFirst())
        .isInstanceOfSatisfying(
            ImageContent.class,
            image -> {
              assertThat(image.mimeType()).isEqualTo("image/png");
              assertThat(Base64.getDecoder().decode(image.data())).isEqualTo(png);
            });
  }

  @Test
  void paths_out_of_the_workspace_are_refused_with_the_reason() {
    assertThat(text(read("../../etc/passwd"))).contains("'../../etc/passwd' has the name '..'");
    assertThat(text(read("/etc/passwd"))).contains("is absolute");
    run("import os; os.symlink('/etc/passwd', 'link')");
    assertThat(read("link").isError()).isTrue();
    assertThatExceptionOfType(McpError.class)
        .isThrownBy(() ->
            client.readResource(
                ReadResourceRequest.builder("caisson://session/work/..%2f..%2fetc/passwd").build()))
        .withMessageContaining("has the name '..'");
  }

  @Test
  void files_are_listed_and_read_as_resources() {
    run("import os; os.makedirs('out'); open('out/a b.csv', 'w').write('a,b\\n')");

    var all = client.listResources().resources();
    assertThat(all.getFirst().uri()).isEqualTo("caisson://guide");
    var listed = all.subList(1, all.size());
    assertThat(listed)
        .extracting(Resource::uri, Resource::mimeType, Resource::size)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple(
                "caisson://session/" + onlySession() + "/out/a%20b.csv", "text/csv", 4L));
    assertThat(client.readResource(listed.getFirst()).contents().getFirst())
        .isInstanceOfSatisfying(
            TextResourceContents.class, text -> assertThat(text.text()).isEqualTo("a,b\n"));
    assertThat(client.listResourceTemplates().resourceTemplates()).hasSize(1);
  }

  private static void assertEmbedsOnly(CallToolResult result, String path) {
    assertThat(result.content())
        .filteredOn(EmbeddedResource.class::isInstance)
        .singleElement()
        .isInstanceOfSatisfying(
            EmbeddedResource.class, file -> assertThat(file.resource().uri()).endsWith(path));
  }

  @Test
  void a_file_whose_path_is_printed_is_shown_without_being_asked_for() {
    var png = Base64.getEncoder().encodeToString(Pictures.png("x"));
    var result =
        run(
            """
            import base64
            open('plot.png', 'wb').write(base64.b64decode('%s'))
            open('rows.csv', 'w').write('a,b')
            open('report.pdf', 'wb').write(b'%%PDF-1.7' + bytes(30 << 20))
            open('silent.txt', 'w').write('x')
            print('see plot.png, rows.csv and /workspace/report.pdf.')
            """
                .formatted(png));

    assertThat(result.isError()).isFalse();
    assertThat(result.content()).filteredOn(ImageContent.class::isInstance).hasSize(1);
    assertEmbedsOnly(result, "/rows.csv");
    assertThat(result.content())
        .filteredOn(ResourceLink.class::isInstance)
        .singleElement()
        .isInstanceOfSatisfying(
            ResourceLink.class,
            pdf -> {
              assertThat(pdf.uri()).endsWith("/report.pdf");
              assertThat(pdf.mimeType()).isEqualTo("application/pdf");
            });
    assertThat(text(result, 0)).doesNotContain("silent.txt");
  }

  @Test
  void outputs_come_as_image_embedded_resource_and_link_and_a_link_is_read_in_parts() {
    var png = Base64.getEncoder().encodeToString(Pictures.png("x"));
    var result =
        run(
            """
            import base64
            open('plot.png', 'wb').write(base64.b64decode('%s'))
            open('rows.csv', 'w').write('a,b')
            open('big.pdf', 'wb').write(bytes(5 << 20))
            """
                .formatted(png),
            "outputs",
            List.of("*.png", "*.csv"),
            "changed_files",
            true);

    assertThat(result.isError()).isFalse();
    assertThat(result.content().get(1)).isInstanceOf(ImageContent.class);
    assertEmbedsOnly(result, "/rows.csv");
    assertThat(result.content())
        .filteredOn(ResourceLink.class::isInstance)
        .singleElement()
        .isInstanceOfSatisfying(
            ResourceLink.class,
            pdf -> {
              assertThat(pdf.size()).isEqualTo(5 << 20);
              assertThatExceptionOfType(McpError.class)
                  .isThrownBy(
                      () -> client.readResource(ReadResourceRequest.builder(pdf.uri()).build()))
                  .withMessageContaining("read it in parts with the tool files");
            });
    assertThat(read("big.pdf").content().getFirst()).isInstanceOf(ResourceLink.class);
    var part =
        call(
            "files",
            Map.of(
                "action", "read", "session", "work", "path", "big.pdf", "offset", 4 << 20, "limit",
                1 << 20));
    assertThat(part.content().getFirst())
        .isInstanceOfSatisfying(
            EmbeddedResource.class,
            blob ->
                assertThat(blob.resource())
                    .isInstanceOfSatisfying(
                        BlobResourceContents.class,
                        bytes ->
                            assertThat(Base64.getDecoder().decode(bytes.blob())).hasSize(1 << 20)));
    assertThat(text(part, 1)).isEqualTo("[bytes 4,194,304 to 5,242,879 of 5,242,880]");
  }

  @Test
  void a_session_per_connection_is_made_at_the_first_use_and_ends_with_the_connection() {
    try (var direct = CaissonClient.connect(daemon.socket())) {
      var own = frontend("--session-per-connection");
      try {
        assertThat(direct.sessions().list()).hasSize(1);

        call(own, "run_code", Map.of("code", "x = 41"));
        assertThat(text(call(own, "run_code", Map.of("code", "x + 1")))).isEqualTo("=> 42");
        assertThat(direct.sessions().list())
            .extracting(session -> session.getName())
            .containsExactly("work", "default");
      } finally {
        own.closeGracefully();
      }

      org.awaitility.Awaitility.await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> direct.sessions().list().size() == 1);
    }
  }

  @Test
  void a_busy_session_is_interrupted_and_keeps_its_variables() throws Exception {
    run("x = 41");
    var running = new java.util.concurrent.FutureTask<>(() -> run("import time; time.sleep(100)"));
    Thread.ofVirtual().start(running);
    org.awaitility.Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(() ->
            text(call("sessions", Map.of("action", "interrupt", "session", "work")))
                .endsWith("is interrupted"));

    assertThat(text(running.get())).startsWith("FAILED: KeyboardInterrupt");
    assertThat(text(run("x"))).isEqualTo("=> 41");
  }
}
