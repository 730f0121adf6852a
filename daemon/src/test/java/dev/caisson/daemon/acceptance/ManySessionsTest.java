package dev.caisson.daemon.acceptance;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.Duration;
import dev.caisson.daemon.app.RunningDaemon;
import dev.caisson.v1.CreateSessionRequest;
import dev.caisson.v1.DeleteSessionRequest;
import dev.caisson.v1.ListSessionsRequest;
import dev.caisson.v1.RunFinished.Outcome;
import dev.caisson.v1.Session;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** As many sessions as a tenant may have, all at once. */
class ManySessionsTest {

  private static final int SESSIONS = 20;
  private static final int RUNS = 50;
  private static final java.time.Duration SOON = java.time.Duration.ofSeconds(60);

  @TempDir static Path folder;

  /** Each session has names and a file of its own; the even ones then end because nobody asks. */
  @Test
  void noValueCrossesFromOneToAnotherAndNothingIsLeft() throws Exception {
    try (RunningDaemon daemon = RunningDaemon.startWithSessions(folder, SESSIONS);
        RunClient client = new RunClient(daemon.socket());
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<String>> talks = new ArrayList<>();
      for (int n = 0; n < SESSIONS; n++) {
        int number = n;
        // One that has to wait for its sandbox is not idle meanwhile, and those that stand may be.
        talks.add(
            threads.submit(() -> {
              String session = create(client, number);
              talk(client, session, number);
              return session;
            }));
      }
      List<String> sessions = new ArrayList<>();
      for (Future<String> talk : talks) {
        sessions.add(talk.get(300, SECONDS));
      }

      List<String> odd =
          IntStream.range(0, SESSIONS).filter(n -> n % 2 == 1).mapToObj(sessions::get).toList();
      await()
          .atMost(SOON)
          .untilAsserted(() ->
              assertThat(list(client))
                  .extracting(Session::getSessionId)
                  .containsExactlyInAnyOrderElementsOf(odd));
      assertThat(list(client)).allSatisfy(session -> assertThat(session.getRuns()).isEqualTo(RUNS));

      odd.forEach(session -> {
        var unused =
            client
                .sessions()
                .deleteSession(DeleteSessionRequest.newBuilder().setSessionId(session).build());
      });
      await().atMost(SOON).until(client::full);
      assertThat(list(client)).isEmpty();
    }
  }

  private static String create(RunClient client, int number) {
    CreateSessionRequest.Builder request = CreateSessionRequest.newBuilder().setName("s" + number);
    if (number % 2 == 0) {
      request.setIdleTimeout(Duration.newBuilder().setSeconds(15));
    }
    return client.sessions().createSession(request.build()).getSession().getSessionId();
  }

  private static void talk(RunClient client, String session, int number) {
    for (int run = 1; run <= RUNS; run++) {
      String code =
          run == 1
              ? "x = [%d]; open('mine', 'w').write('%d')".formatted(number, number)
              : "x.append(x[0])";
      Transcript told =
          client.run(
              RunClient.program(code + "\n[len(x), *sorted(set(x)), int(open('mine').read())]")
                  .setSession(session));
      assertThat(told.outcome()).as(told::toString).isEqualTo(Outcome.SUCCEEDED);
      assertThat(told.finished().getValue().getJson().toStringUtf8())
          .isEqualTo("[%d,%d,%d]".formatted(run, number, number));
    }
  }

  private static List<Session> list(RunClient client) {
    return client
        .sessions()
        .listSessions(ListSessionsRequest.getDefaultInstance())
        .getSessionsList();
  }
}
