package dev.caisson.daemon.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.caisson.daemon.config.DaemonConfig;
import dev.caisson.daemon.config.EngineConfig;
import dev.caisson.daemon.config.LogLevel;
import dev.caisson.daemon.config.NetworkConfig;
import dev.caisson.daemon.config.PlacesConfig;
import dev.caisson.daemon.config.UnsafeVersions;
import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.policy.PackageIndex;
import dev.caisson.daemon.pool.PoolConfig;
import dev.caisson.daemon.runtime.docker.ScriptedEngine;
import dev.caisson.daemon.runtime.docker.ScriptedEngine.Answer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** What the start of a daemon makes of an engine that is known to be unsafe, or has no gVisor. */
@Timeout(60)
class EngineVersionsTest {

  private static final String TOO_OLD =
      "Docker Engine is '20.10.13', older than 20.10.14 or of unknown age (CVE-2022-24769)";

  @TempDir Path folder;
  private final ListAppender<ILoggingEvent> log = new ListAppender<>();
  private final Logger logger = (Logger) LoggerFactory.getLogger(Daemon.class);

  @BeforeEach
  void listen() {
    log.start();
    logger.addAppender(log);
  }

  @AfterEach
  void stopListening() {
    logger.detachAppender(log);
  }

  @Test
  void anEngineAndAGvisorBelowTheirFloorsAreRefusedWithTheFaultAndTheWayOut() throws IOException {
    // Any program that says no date of gVisor's.
    try (ScriptedEngine engine = engine("20.10.13", "caisson-runsc", "/bin/true")) {
      for (int again = 0; again < 2; again++) {
        assertThatThrownBy(() -> daemon(engine, UnsafeVersions.REFUSE))
            .isInstanceOfSatisfying(
                SandboxException.class,
                e -> assertThat(e.code()).isEqualTo(ErrorCode.ENGINE_UNSUITABLE))
            .hasMessageContaining("gVisor is '")
            .hasMessageContaining("older than release 20260824 or of unknown age (CVE-2026-96812)")
            .hasMessageEndingWith(
                TOO_OLD
                    + ". Upgrade, or set engine.unsafe_versions to accept to serve all the same");
      }
      assertThat(engine.requests()).noneMatch(request -> request.contains("/images/"));
    }
  }

  @Test
  void withTheKeyTheyAreAcceptedWithALoudWarning() throws IOException {
    try (ScriptedEngine engine = engine("20.10.13", "caisson-runsc", "/bin/true")) {
      // It goes on to what comes next, and this engine has no image.
      assertThatThrownBy(() -> daemon(engine, UnsafeVersions.ACCEPT))
          .hasMessageContaining("image")
          .hasMessageNotContaining("CVE");
      assertThat(engine.requests()).anyMatch(request -> request.startsWith("GET /images/"));
      assertThat(log.list)
          .filteredOn(event -> event.getLevel() == Level.WARN)
          .singleElement()
          .extracting(ILoggingEvent::getFormattedMessage)
          .asString()
          .startsWith("UNSAFE, and accepted by the configuration (engine.unsafe_versions): gVisor")
          .endsWith(TOO_OLD);
    }
  }

  @Test
  void withoutGvisorNothingIsServedWhateverIsAccepted() throws IOException {
    try (ScriptedEngine engine = engine("29.0.0", "runc", "/usr/bin/runc")) {
      assertThatThrownBy(() -> daemon(engine, UnsafeVersions.ACCEPT))
          .isInstanceOfSatisfying(
              SandboxException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.ENGINE_UNSUITABLE))
          .hasMessageContaining("has no runtime 'caisson-runsc' (it has [runc])");
    }
  }

  private static ScriptedEngine engine(String version, String runtime, String program)
      throws IOException {
    return new ScriptedEngine(request ->
        Optional.of(
            switch (request) {
              case "GET /_ping" -> new Answer(200, "OK");
              case "GET /info" ->
                  new Answer(
                      200,
                      "{\"ServerVersion\":\"%s\",\"Runtimes\":{\"%s\":{\"path\":\"%s\"}}}"
                          .formatted(version, runtime, program));
              default -> new Answer(404, "{\"message\":\"no such thing\"}");
            }));
  }

  private Daemon daemon(ScriptedEngine engine, UnsafeVersions unsafe) {
    return new Daemon(
        new DaemonConfig(
            new PlacesConfig(folder.resolve("caisson.sock"), folder, Optional.empty()),
            new EngineConfig(
                engine.socket(),
                "caisson-runsc",
                "caisson/base:latest",
                "caisson/data:latest",
                unsafe),
            PoolConfig.DEFAULT,
            PackageIndex.NONE,
            NetworkConfig.DEFAULT,
            0,
            0,
            Duration.ofSeconds(1),
            LogLevel.WARN),
        "test");
  }
}
