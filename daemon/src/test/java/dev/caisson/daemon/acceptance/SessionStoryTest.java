package dev.caisson.daemon.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.Duration;
import dev.caisson.daemon.app.RunningDaemon;
import dev.caisson.v1.CreateSessionRequest;
import dev.caisson.v1.InterruptSessionRequest;
import dev.caisson.v1.ResetSessionRequest;
import dev.caisson.v1.RunFinished.Outcome;
import dev.caisson.v1.RunLimits;
import dev.caisson.v1.StartRun;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * One session through the 40 steps of {@code session-story.json}: state that stays, and each way to
 * lose it. The test of the MCP frontend takes the same steps.
 *
 * <p>A step has {@code code} (lines) and what is expected of it: {@code outcome}, and where it says
 * something about it {@code output}, {@code value} (its repr), {@code exception} (its type), {@code
 * message} and {@code lost} (parts of them; without {@code lost} nothing was). {@code refused}: the
 * run is not accepted, and this part of the message says so. {@code reset} is done before it,
 * {@code interrupt} once it has printed a line.
 */
class SessionStoryTest {

  @TempDir static Path folder;

  @Test
  void everyStepLeavesTheNextOneWorking() throws IOException {
    try (RunningDaemon daemon = RunningDaemon.start(folder, 1, Map.of());
        RunClient client = new RunClient(daemon.socket())) {
      String session =
          client
              .sessions()
              .createSession(CreateSessionRequest.getDefaultInstance())
              .getSession()
              .getSessionId();
      for (JsonNode step : steps()) {
        take(client, session, step);
      }
    }
  }

  private static void take(RunClient client, String session, JsonNode step) {
    String code =
        StreamSupport.stream(step.get("code").spliterator(), false)
            .map(JsonNode::asText)
            .collect(Collectors.joining("\n"));
    if (step.path("reset").asBoolean()) {
      var unused =
          client
              .sessions()
              .resetSession(ResetSessionRequest.newBuilder().setSessionId(session).build());
    }
    StartRun.Builder start = RunClient.program(code).setSession(session);
    if (step.has("wall_seconds")) {
      Duration wall = Duration.newBuilder().setSeconds(step.get("wall_seconds").asLong()).build();
      start.setLimits(RunLimits.newBuilder().setWallTime(wall));
    }
    if (step.has("refused")) {
      assertThatThrownBy(() -> client.run(start))
          .as(code)
          .hasMessageContaining(step.get("refused").asText());
      return;
    }
    LiveRun run = client.start(start);
    if (step.path("interrupt").asBoolean()) {
      run.awaitOutput("on\n");
      assertThat(
              client
                  .sessions()
                  .interruptSession(
                      InterruptSessionRequest.newBuilder().setSessionId(session).build())
                  .getWasRunning())
          .isTrue();
    }
    compare(step, code, run.transcript());
  }

  private static void compare(JsonNode step, String code, Transcript run) {
    String seen = code + "\n" + run;
    assertThat(run.outcome()).as(seen).isEqualTo(Outcome.valueOf(step.get("outcome").asText()));
    if (step.has("lost")) {
      assertThat(run.accepted().getStateLost()).as(seen).contains(step.get("lost").asText());
    } else {
      assertThat(run.accepted().getStateLost()).as(seen).isEmpty();
    }
    if (step.has("output")) {
      assertThat(run.output()).as(seen).isEqualTo(step.get("output").asText());
    }
    if (step.has("value")) {
      assertThat(run.finished().getValue().getRepr())
          .as(seen)
          .isEqualTo(step.get("value").asText());
    }
    if (step.has("exception")) {
      assertThat(run.finished().getException().getType())
          .as(seen)
          .isEqualTo(step.get("exception").asText());
    }
    if (step.has("message")) {
      assertThat(run.message()).as(seen).contains(step.get("message").asText());
    }
  }

  private static JsonNode steps() throws IOException {
    try (InputStream story =
        Objects.requireNonNull(
            SessionStoryTest.class.getResourceAsStream("/caisson/session-story.json"))) {
      return new ObjectMapper().readTree(story);
    }
  }
}
