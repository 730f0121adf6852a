package dev.caisson.mcp.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caisson.mcp.relay.Approvals;
import dev.caisson.mcp.relay.RefusedException;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class DetachedRunsTest {

  private static final CallToolResult DONE =
      CallToolResult.builder().addTextContent("done").build();

  private final AtomicLong now = new AtomicLong();
  private final CountDownLatch open = new CountDownLatch(1);
  private final AtomicInteger interrupted = new AtomicInteger();
  private final DetachedRuns runs = new DetachedRuns(now::get);

  @AfterEach
  void stop() {
    runs.close();
  }

  private CallToolResult untilOpen(OngoingRun self) {
    try {
      open.await();
      return DONE;
    } catch (InterruptedException stop) {
      interrupted.incrementAndGet();
      return DONE;
    }
  }

  private OngoingRun endless() throws RefusedException {
    return runs.begin("x", null, this::untilOpen);
  }

  private OngoingRun ended() throws Exception {
    var run = runs.begin("x", null, self -> DONE);
    assertThat(run.await()).isSameAs(DONE);
    run.join(Duration.ofSeconds(10));
    return run;
  }

  @Test
  void a_run_that_outlives_its_request_is_found_by_its_id_and_its_answer_often() throws Exception {
    var run = endless();
    assertThat(run.await(Duration.ZERO)).isEmpty();
    assertThat(runs.keep(run)).isTrue();

    assertThat(runs.get(run.id())).isSameAs(run);
    open.countDown();
    assertThat(runs.get(run.id()).await()).isSameAs(DONE);
    assertThat(runs.get(run.id()).await(Duration.ZERO)).contains(DONE);
  }

  @Test
  void a_run_that_is_not_kept_or_is_another_clients_is_unknown() throws Exception {
    var run = endless();
    assertThatThrownBy(() -> runs.get(run.id())).hasMessageContaining("there are none");

    assertThat(runs.keep(run)).isTrue();
    try (var others = new DetachedRuns(now::get)) {
      assertThatThrownBy(() -> others.get(run.id()))
          .hasMessageContaining("there is no run '" + run.id() + "' to pick up")
          .hasMessageContaining("there are none");
    }
    assertThatThrownBy(() -> runs.get("else")).hasMessageEndingWith("there are " + run.id());
  }

  @Test
  void no_more_than_8_go_on_and_those_that_ended_make_room() throws Exception {
    var first = ended();
    assertThat(runs.keep(first)).isTrue();
    for (var i = 1; i < DetachedRuns.MOST; i++) {
      assertThat(runs.keep(endless())).isTrue();
    }
    assertThat(runs.keep(endless())).isTrue();
    assertThatThrownBy(() -> runs.get(first.id())).isInstanceOf(RefusedException.class);

    assertThat(runs.keep(endless())).isFalse();
    assertThat(runs.list()).hasSize(DetachedRuns.MOST);
  }

  @Test
  void an_answer_is_kept_for_15_minutes_and_a_run_for_as_long_as_it_goes_on() throws Exception {
    var run = ended();
    var goesOn = endless();
    assertThat(runs.keep(run)).isTrue();
    assertThat(runs.keep(goesOn)).isTrue();

    now.addAndGet(DetachedRuns.KEPT.toNanos());
    assertThat(runs.list()).containsExactly(run, goesOn);
    now.incrementAndGet();
    assertThat(runs.list()).containsExactly(goesOn);
  }

  @Test
  void the_end_cancels_all_of_them_and_nothing_is_begun_after_it() throws Exception {
    assertThat(runs.keep(endless())).isTrue();
    var attached = endless();

    runs.close();

    assertThat(attached.hasEnded()).isTrue();
    assertThat(interrupted).hasValue(2);
    assertThat(runs.list()).isEmpty();
    assertThatThrownBy(this::endless).hasMessageContaining("closing");
  }

  @Test
  void the_request_hears_the_output_until_the_run_outlives_it() throws Exception {
    var heard = new ArrayList<String>();
    var first = new CountDownLatch(1);
    var run =
        runs.begin(
            "x",
            heard::add,
            self -> {
              say(self, "one ");
              first.countDown();
              var answer = untilOpen(self);
              say(self, "two");
              return answer;
            });
    first.await();
    assertThat(runs.keep(run)).isTrue();
    open.countDown();
    assertThat(run.await()).isSameAs(DONE);

    assertThat(heard).containsExactly("one ");
    assertThat(run.output().from(0).text()).isEqualTo("one two");
  }

  @Test
  void nobody_gives_up_while_a_person_is_asked() throws Exception {
    var asked = new CountDownLatch(1);
    var approvals =
        new Approvals() {
          @Override
          public boolean canAsk() {
            return true;
          }

          @Override
          public Answer ask(Question question) throws InterruptedException {
            asked.countDown();
            open.await();
            return new Answer(Answer.Choice.ALLOW, "");
          }
        };
    var run = runs.begin("x", null, self -> asking(self.counted(approvals)));
    asked.await();
    var waiting = new FutureTask<>(() -> run.awaitUnasked(Duration.ZERO));
    var waiter = Thread.ofPlatform().start(waiting);
    // Without the question it would have given up before it waits at all.
    Awaitility.await()
        .until(() ->
            waiter.getState() == Thread.State.TIMED_WAITING
                || waiter.getState() == Thread.State.TERMINATED);
    open.countDown();

    assertThat(waiting.get()).contains(DONE);
  }

  private static CallToolResult asking(Approvals approvals) {
    try {
      var answer = approvals.ask(new Approvals.Question("files", "remove", "{}", "tools.ask[0]"));
      assertThat(answer.choice()).isEqualTo(Approvals.Answer.Choice.ALLOW);
      return DONE;
    } catch (InterruptedException stop) {
      throw new AssertionError(stop);
    }
  }

  private static void say(OngoingRun run, String text) {
    try {
      run.offer(text);
    } catch (InterruptedException stop) {
      throw new AssertionError(stop);
    }
  }
}
