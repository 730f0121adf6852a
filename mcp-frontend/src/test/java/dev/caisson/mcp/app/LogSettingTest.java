package dev.caisson.mcp.app;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.core.ConsoleAppender;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** The log of this very process, which Logback has set up by itself. */
final class LogSettingTest {

  private final LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();

  @Test
  void nothing_is_written_to_standard_output() {
    for (var name : new String[] {"ROOT", "dev.caisson"}) {
      var appenders = context.getLogger(name).iteratorForAppenders();
      assertThat(appenders)
          .toIterable()
          .extracting(appender -> ((ConsoleAppender<?>) appender).getTarget())
          .containsExactly("System.err");
    }
    assertThat(context.getLogger("dev.caisson").isAdditive()).isFalse();
  }

  @Test
  void what_the_sdk_says_of_messages_is_not_kept() {
    assertThat(context.getLogger("io.modelcontextprotocol.client.X").getEffectiveLevel())
        .isEqualTo(Level.OFF);
    assertThat(context.getLogger("io.modelcontextprotocol.spec.X").getEffectiveLevel())
        .isEqualTo(Level.ERROR);
    assertThat(context.getLogger("org.example").getEffectiveLevel()).isEqualTo(Level.WARN);
  }
}
