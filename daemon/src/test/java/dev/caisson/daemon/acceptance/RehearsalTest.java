package dev.caisson.daemon.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import dev.caisson.daemon.app.RunningDaemon;
import dev.caisson.v1.Pool;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class RehearsalTest {

  private static final Logger LOG =
      (Logger) LoggerFactory.getLogger("dev.caisson.daemon.app.RunRehearsal");
  private static final Logger AUDIT = (Logger) LoggerFactory.getLogger("caisson.audit");

  @TempDir private Path folder;

  private final List<String> lines = new CopyOnWriteArrayList<>();
  private final AppenderBase<ILoggingEvent> appender =
      new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
          lines.add(event.getFormattedMessage());
        }
      };

  @BeforeEach
  void listen() {
    appender.start();
    LOG.setLevel(Level.INFO);
    LOG.addAppender(appender);
    AUDIT.addAppender(appender);
  }

  @AfterEach
  void listenNoMore() {
    LOG.setLevel(null);
    LOG.detachAppender(appender);
    AUDIT.detachAppender(appender);
  }

  @Test
  void aRehearsalUsesUpOneSandboxAndIsNoRunOfAnybodys() {
    try (RunningDaemon daemon = RunningDaemon.start(folder, 1, Map.of(), 16);
        RunClient client = new RunClient(daemon.socket())) {
      await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(() -> assertThat(lines).containsExactly("rehearsed 16 programs"));

      await().atMost(Duration.ofSeconds(60)).until(client::full);
      Pool pool = client.pool().getPools(0);
      // The other one was examined before the daemon served.
      assertThat(pool.getDeparturesMap()).containsOnly(Map.entry("run_ended", 2L));
      assertThat(client.run("print(6 * 7)").output()).isEqualTo("42\n");
    }
  }

  @Test
  void whatADefaultPolicyForbidsDoesNotKeepTheDaemonFromRehearsing() {
    String noTools = "tools:\n  calls: 0\npool:\n  warm: 1\n";
    try (RunningDaemon daemon = RunningDaemon.start(folder, 1, Map.of("default", noTools), 16)) {
      await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(() -> assertThat(lines).containsExactly("rehearsed 16 programs"));
    }
  }

  @Test
  void aDaemonThatEndsDoesNotWaitForItsRehearsal() {
    RunningDaemon.start(folder, 1, Map.of(), 10_000).close();

    assertThat(lines).isEmpty();
  }
}
