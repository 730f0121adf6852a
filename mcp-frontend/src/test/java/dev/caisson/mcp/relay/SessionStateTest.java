package dev.caisson.mcp.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caisson.mcp.relay.SessionHost.NewSession;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class SessionStateTest {

  private static String shown(String name) throws Exception {
    return new FakeSessionHost()
        .create(new NewSession(name, "", "", Optional.empty(), Optional.empty()))
        .shown();
  }

  @Test
  void a_session_is_shown_by_its_name_and_id() throws Exception {
    assertThat(shown("work")).isEqualTo("'work' (session-1)");
    assertThat(shown("")).isEqualTo("session-1");
  }

  @Test
  void a_name_cannot_pass_for_more_than_a_line() throws Exception {
    assertThat(shown("a\nb\u202E")).isEqualTo("'a\\u000ab\\u202e' (session-1)");
  }
}
