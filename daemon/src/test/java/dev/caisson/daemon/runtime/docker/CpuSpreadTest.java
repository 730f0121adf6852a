package dev.caisson.daemon.runtime.docker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caisson.daemon.runtime.docker.CpuSpread.Demand;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class CpuSpreadTest {

  private static final Map<String, Integer> NOTHING = Map.of();

  private final Map<String, Demand> demands = new LinkedHashMap<>();

  @Test
  void idleOnesAreSpreadByNumber() {
    uses("a", 0);
    uses("b", 0);
    uses("c", 0);
    assertThat(CpuSpread.goOn(NOTHING, demands))
        .containsEntry("a", 0)
        .containsEntry("b", 1)
        .containsEntry("c", 0);
  }

  @Test
  void aNewOneComesToTheCpuWithTheLeastToDo() {
    uses("busy", 1);
    uses("idle", 0);
    uses("other", 0);
    uses("new", 0);
    assertThat(CpuSpread.goOn(Map.of("busy", 0, "idle", 1, "other", 1), demands))
        .containsEntry("new", 1);
  }

  @Test
  void whatIdleOnesUseIsNothingToDo() {
    uses("idle", 0.01);
    uses("other", 0);
    uses("third", 0);
    uses("new", 0);
    assertThat(CpuSpread.goOn(Map.of("idle", 0, "other", 1, "third", 1), demands))
        .containsEntry("new", 0);
  }

  @Test
  void whoIsWellPlacedStays() {
    uses("a", 0.9);
    uses("b", 0.9);
    assertThat(CpuSpread.goOn(Map.of("a", 1, "b", 0), demands)).isEqualTo(Map.of("a", 1, "b", 0));
  }

  @Test
  void ofTwoBusyOnesOnOneCpuOneMoves() {
    uses("a", 0.5);
    uses("b", 0.5);
    assertThat(CpuSpread.goOn(Map.of("a", 0, "b", 0), demands).values())
        .containsExactlyInAnyOrder(0, 1);
  }

  @Test
  void theOneWhoseMoveEvensOutMostMoves() {
    uses("a", 0.7);
    uses("b", 0.3);
    uses("c", 0.5);
    assertThat(CpuSpread.goOn(Map.of("a", 0, "b", 0, "c", 1), demands))
        .isEqualTo(Map.of("a", 0, "b", 1, "c", 1));
  }

  @Test
  void oneAtMostMovesThatIsBusy() {
    for (String name : List.of("a", "b", "c", "d")) {
      uses(name, 0.25);
    }
    Map<String, Integer> kept = CpuSpread.goOn(Map.of("a", 0, "b", 0, "c", 0, "d", 0), demands);
    assertThat(kept.values().stream().filter(cpu -> cpu == 1)).hasSize(1);
  }

  @Test
  void nobodyMovesForLittle() {
    uses("a", 0.55);
    uses("b", 0.08);
    uses("c", 0.5);
    assertThat(CpuSpread.goOn(Map.of("a", 0, "b", 0, "c", 1), demands)).containsEntry("b", 0);
  }

  @Test
  void anIdleOneLeavesACpuThatAnotherKeepsBusy() {
    uses("busy", 1);
    uses("idle", 0.01);
    assertThat(CpuSpread.goOn(Map.of("busy", 1, "idle", 1), demands))
        .isEqualTo(Map.of("busy", 1, "idle", 0));
  }

  @Test
  void anIdleOneStaysWhereALittleIsDone() {
    uses("other", 0.25);
    uses("idle", 0);
    assertThat(CpuSpread.goOn(Map.of("other", 1, "idle", 1), demands)).containsEntry("idle", 1);
  }

  @Test
  void nobodyIsKeptWhereItMayNotRun() {
    demands.put("a", new Demand(0.5, List.of(2, 3)));
    demands.put("b", new Demand(0.5, List.of(2)));
    assertThat(CpuSpread.goOn(Map.of("a", 0, "b", 2), demands)).isEqualTo(Map.of("a", 3, "b", 2));
  }

  @Test
  void whoIsGoneCountsForNothing() {
    uses("a", 0);
    assertThat(CpuSpread.goOn(Map.of("gone", 0), demands)).isEqualTo(Map.of("a", 0));
  }

  private void uses(String name, double use) {
    demands.put(name, new Demand(use, List.of(0, 1)));
  }
}
