package dev.caisson.daemon.runtime.docker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.caisson.daemon.runtime.Specs;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What makes one sandbox's proof another's. The process that is looked at is this one. */
final class HostPostureTest {

  private static final String RUNTIME = "caisson-runsc";

  @Test
  void sandboxesThatTheEngineConfiguredAsAskedAreOfOneMake() {
    assertThat(make(asked())).isEqualTo(make(asked())).doesNotContain("DIFFERS");
  }

  @Test
  void aSandboxThatTheEngineConfiguredOtherwiseIsOfAnotherMake() {
    Map<String, Object> privileged = asked();
    privileged.put("Privileged", true);
    Map<String, Object> mounted = asked();
    mounted.put("Binds", List.of("/:/host"));
    Map<String, Object> unconfined = asked();
    unconfined.remove("CapDrop");

    assertThat(make(privileged))
        .contains("DIFFERS host   engine: Privileged: expected (nothing), is true");
    assertThat(make(mounted)).contains("DIFFERS host   engine: Binds");
    assertThat(make(unconfined)).contains("DIFFERS host   engine: CapDrop");
  }

  private static Map<String, Object> asked() {
    Map<String, Object> configuration =
        new HashMap<>(
            new ObjectMapper()
                .convertValue(
                    HostConfiguration.of(Specs.LIMITS, RUNTIME), new TypeReference<>() {}));
    configuration.put("MaskedPaths", List.of("/proc/kcore", "/sys/firmware"));
    configuration.put("ReadonlyPaths", List.of("/proc/sys", "/proc/bus"));
    return configuration;
  }

  private static String make(Map<String, Object> configuration) {
    return new HostPosture(
            "c0ffee",
            ProcessHandle.current().pid(),
            Specs.LIMITS,
            new SandboxCgroup.Unreadable(),
            RUNTIME,
            configuration)
        .make();
  }
}
