package dev.caisson.daemon.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class NearestNameTest {

  private static final List<String> KNOWN = List.of("memory", "cpus", "processes", "open_files");

  @Test
  void findsTheNameThatWasMeant() {
    assertThat(NearestName.of("memmory", KNOWN)).contains("memory");
    assertThat(NearestName.of("Procesess", KNOWN)).contains("processes");
    assertThat(NearestName.of("openfiles", KNOWN)).contains("open_files");
    assertThat(NearestName.of("cpsu", KNOWN)).contains("cpus");
  }

  @Test
  void makesNoGuessWhenNothingIsNear() {
    assertThat(NearestName.of("network", KNOWN)).isEmpty();
    assertThat(NearestName.of("", KNOWN)).isEmpty();
    assertThat(NearestName.of("x".repeat(100_000), KNOWN)).isEmpty();
    assertThat(NearestName.hint("network", KNOWN)).isEmpty();
  }

  @Test
  void asNearNamesAreChosenInNaturalOrder() {
    assertThat(NearestName.of("bat", List.of("rat", "cat"))).contains("cat");
  }
}
