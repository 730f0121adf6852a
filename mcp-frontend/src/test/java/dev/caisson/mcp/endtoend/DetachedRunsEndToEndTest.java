package dev.caisson.mcp.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caisson.client.CaissonClient;
import dev.caisson.v1.Pool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Runs that outlive their calls, in real sandboxes. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class DetachedRunsEndToEndTest {

  private static final String ENDLESS =
      "import time\nprint('begun', flush=True)\nwhile True: time.sleep(1)";

  private DaemonProcess daemon;
  private Path servers;

  @BeforeAll
  void start(@TempDir Path folder) throws IOException {
    daemon = new DaemonProcess(folder);
    servers = Files.writeString(folder.resolve("mcp.json"), "{\"mcpServers\": {}}");
  }

  @AfterAll
  void stop() throws InterruptedException {
    daemon.close();
  }

  private static JsonNode call(FrontendProcess frontend, String tool, Map<String, ?> arguments)
      throws IOException, InterruptedException {
    frontend.call("call", tool, arguments);
    return frontend.answer("call").path("structuredContent");
  }

  @Test
  void a_run_is_picked_up_by_its_id_after_its_call_was_answered() throws Exception {
    try (var frontend = new FrontendProcess(servers, daemon.socket())) {
      var code = "import time\nprint('begun', flush=True)\ntime.sleep(2)\n6 * 7";
      var left = call(frontend, "run_code", Map.of("code", code, "wait", 0));
      assertThat(left.path("outcome").asString("")).isEqualTo("RUNNING");

      var run = left.path("run").asString("");
      var end = call(frontend, "runs", Map.of("action", "wait", "run", run));
      assertThat(end.path("outcome").asString("")).isEqualTo("SUCCEEDED");
      assertThat(end.path("stdout").asString("")).isEqualTo("begun\n");
      assertThat(end.path("value").asInt()).isEqualTo(42);
    }
  }

  @Test
  void cancelling_one_and_the_end_of_the_frontend_give_the_sandboxes_back() throws Exception {
    try (var frontend = new FrontendProcess(servers, daemon.socket())) {
      var one = begun(frontend);
      var unused = begun(frontend);
      assertThat(inUse()).isEqualTo(2);

      call(frontend, "runs", Map.of("action", "cancel", "run", one));
      Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> inUse() == 1);
    }
    Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> inUse() == 0);
  }

  /** A run that has printed something, which is read while it goes on. */
  private static String begun(FrontendProcess frontend) throws IOException, InterruptedException {
    var left = call(frontend, "run_code", Map.of("code", ENDLESS, "wait", 0));
    var run = left.path("run").asString("");
    var look = Map.of("action", "wait", "run", run, "wait", "100ms");
    var said = left.path("output").asString("");
    while (said.isEmpty()) {
      said = call(frontend, "runs", look).path("output").asString("");
    }
    assertThat(said).isEqualTo("begun\n");
    return run;
  }

  private int inUse() {
    try (var client = CaissonClient.connect(daemon.socket())) {
      return client.pools().getPoolsList().stream().mapToInt(Pool::getLeased).sum();
    }
  }
}
