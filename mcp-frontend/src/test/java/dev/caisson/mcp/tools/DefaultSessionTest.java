package dev.caisson.mcp.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.caisson.mcp.relay.FakeSessionHost;
import dev.caisson.mcp.relay.RefusedException;
import dev.caisson.mcp.relay.SessionHost.NewSession;
import dev.caisson.mcp.relay.SessionState;
import java.util.ArrayList;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
final class DefaultSessionTest {

  private final FakeSessionHost host = new FakeSessionHost();
  private final DefaultSession session =
      new DefaultSession(
          host, new NewSession("default", "", "", Optional.empty(), Optional.empty()));

  @Test
  void it_is_made_at_the_first_use_and_once() throws Exception {
    assertThat(host.made()).isZero();
    assertThat(session.id()).isEmpty();

    var id = session.get().id();

    assertThat(session.get().id()).isEqualTo(id);
    assertThat(session.id()).contains(id);
    assertThat(host.made()).isEqualTo(1);
  }

  @Test
  void many_that_need_it_at_once_get_the_same() throws Exception {
    host.slow = true;
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var got = new ArrayList<java.util.concurrent.Future<SessionState>>();
      for (var count = 0; count < 20; count++) {
        got.add(threads.submit(session::get));
      }
      host.mayCreate.countDown();

      for (var one : got) {
        assertThat(one.get().id()).isEqualTo("session-1");
      }
    }
    assertThat(host.made()).isEqualTo(1);
  }

  @Test
  void one_that_could_not_be_made_is_tried_again_at_the_next_use() throws Exception {
    host.refuse(1);

    assertThatExceptionOfType(RefusedException.class)
        .isThrownBy(session::get)
        .withMessage("there are 20 sessions; end one first");
    assertThat(session.get().id()).isEqualTo("session-1");
  }

  @Test
  void a_request_that_is_cancelled_while_it_makes_it_does_not_end_another_that_waits()
      throws Exception {
    host.slow = true;
    var first = new FutureTask<>(session::get);
    var making = Thread.ofVirtual().start(first);
    await(making, Thread.State.WAITING);
    var second = new FutureTask<>(session::get);
    var waiting = Thread.ofVirtual().start(second);
    await(waiting, Thread.State.WAITING);

    making.interrupt();
    making.join();
    host.mayCreate.countDown();

    assertThat(second.get().id()).isEqualTo("session-1");
  }

  private static void await(Thread thread, Thread.State state) {
    Awaitility.await().until(() -> thread.getState() == state);
  }

  @Test
  void closing_ends_it_and_no_other_is_made() throws Exception {
    session.get();

    session.close();
    session.close();

    assertThat(host.list()).isEmpty();
    assertThatExceptionOfType(RefusedException.class)
        .isThrownBy(session::get)
        .withMessage("the connection is closing; nothing new is begun");
  }

  @Test
  void closing_it_a_second_time_waits_until_the_first_has_ended_it() throws Exception {
    session.get();
    host.slowEnd = true;
    var first = Thread.ofVirtual().start(new FutureTask<>(this::close));
    await(first, Thread.State.WAITING);
    var second = new FutureTask<>(this::close);
    var waiting = Thread.ofVirtual().start(second);
    await(waiting, Thread.State.WAITING);

    host.mayEnd.countDown();

    assertThat(second.get()).isZero();
  }

  /** How many sessions are left when closing returns. */
  private int close() throws RefusedException, InterruptedException {
    session.close();
    return host.list().size();
  }

  @Test
  void one_that_is_being_made_when_the_connection_closes_is_ended_too() throws Exception {
    host.slow = true;
    var made = new FutureTask<>(session::get);
    var making = Thread.ofVirtual().start(made);
    await(making, Thread.State.WAITING);

    session.close();
    host.mayCreate.countDown();
    making.join();

    assertThat(host.made()).isEqualTo(1);
    assertThat(host.list()).isEmpty();
  }

  @Test
  void after_it_has_ended_the_next_use_makes_another() throws Exception {
    var id = session.get().id();
    host.end(id);
    session.ended("another");
    assertThat(session.id()).contains(id);

    session.ended(id);

    assertThat(session.get().id()).isEqualTo("session-2");
  }
}
