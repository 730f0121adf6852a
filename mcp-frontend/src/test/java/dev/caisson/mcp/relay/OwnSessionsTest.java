package dev.caisson.mcp.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caisson.mcp.relay.SessionHost.NewSession;
import dev.caisson.mcp.relay.SessionHost.Workspace;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class OwnSessionsTest {

  private final FakeSessionHost host = new FakeSessionHost();
  private final OwnSessions one = new OwnSessions(host);
  private final OwnSessions two = new OwnSessions(host);

  private static NewSession named(String name) {
    return new NewSession(name, "", "", Optional.empty(), Optional.empty());
  }

  @Test
  void those_of_another_are_as_if_they_were_not_there() throws Exception {
    var mine = one.create(named("same")).id();
    var other = two.create(named("same")).id();

    assertThat(one.list()).extracting(SessionState::id).containsExactly(mine);
    assertThat(two.list()).extracting(SessionState::id).containsExactly(other);
    assertThatThrownBy(() -> one.end(other))
        .isInstanceOfSatisfying(
            RefusedException.class,
            refusal -> assertThat(refusal.reason()).isEqualTo(RefusedException.Reason.NOT_FOUND));
    assertThatThrownBy(() -> one.interrupt(other)).isInstanceOf(RefusedException.class);
    assertThatThrownBy(() -> one.reset(other, Workspace.CLEAR))
        .isInstanceOf(RefusedException.class);
    assertThat(host.list()).hasSize(2);
  }

  @Test
  void all_of_one_end_with_it_and_those_of_another_stay() throws Exception {
    var other = two.create(named("theirs")).id();
    one.create(named("a"));
    one.create(named("b"));

    one.close();

    assertThat(host.list()).extracting(SessionState::id).containsExactly(other);
  }

  @Test
  void nothing_is_made_after_the_end() throws Exception {
    one.close();

    assertThatThrownBy(() -> one.create(named("late"))).isInstanceOf(RefusedException.class);
    assertThat(host.list()).isEmpty();
  }
}
