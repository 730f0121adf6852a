package dev.caisson.daemon.runtime.docker;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.dockerjava.api.model.HostConfig;
import dev.caisson.daemon.model.ByteSize;
import dev.caisson.daemon.runtime.Specs;
import org.junit.jupiter.api.Test;

/**
 * What an engine with other defaults than the tests' own would show; the rest is in the posture.
 */
final class HostConfigurationTest {

  private final HostConfig configuration = HostConfiguration.of(Specs.LIMITS, "caisson-runsc");

  @Test
  void whatTheEngineHasDefaultsForIsSaidAllTheSame() {
    assertThat(configuration.getIpcMode()).isEqualTo("private");
    assertThat(configuration.getPrivileged()).isFalse();
    assertThat(configuration.getRestartPolicy()).isNotNull();
  }

  @Test
  void everyFileSystemIsCountedAsMemoryAndTheSentryHasAReserve() {
    assertThat(HostConfiguration.cgroupMemory(Specs.LIMITS)).isEqualTo(ByteSize.ofMebibytes(144));
  }

  @Test
  void theBackstopOnTheHostIsFarAboveWhatTheCodeMayHave() {
    assertThat(HostConfiguration.hostTasks(Specs.LIMITS))
        .isGreaterThanOrEqualTo(512)
        .isGreaterThan(4L * Specs.LIMITS.processes());
  }
}
