package dev.caisson.mcp.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caisson.mcp.thirdparty.ThirdPartyParts;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The official Python client takes a session through the same 40 steps as the daemon's own test,
 * with a real daemon.
 */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
final class SessionStoryClientTest {

  private static final Path STORY =
      Path.of("..", "daemon", "src", "test", "resources", "caisson", "session-story.json");

  @ParameterizedTest
  @ValueSource(strings = {"client-1.txt", "client-2.txt"})
  void every_step_leaves_the_next_one_working(String requirements, @TempDir Path folder)
      throws IOException, InterruptedException {
    try (var daemon = new DaemonProcess(folder)) {
      var orders =
          JsonMapper.shared()
              .writeValueAsString(
                  Map.of(
                      "command",
                      FrontendProcess.command("--socket", daemon.socket().toString()),
                      "story",
                      STORY.toAbsolutePath().toString()));

      JsonNode told =
          JsonMapper.shared()
              .readTree(
                  ThirdPartyParts.run(
                      folder,
                      ThirdPartyParts.python(requirements),
                      ThirdPartyParts.script("python/story.py").toString(),
                      orders));

      assertThat(told.path("wrong").toPrettyString()).isEqualTo("{ }");
      assertThat(told.path("steps").asInt()).isEqualTo(40);
    }
  }
}
