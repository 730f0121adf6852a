package dev.caisson.daemon.runtime.docker;

import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Which CPU each sandbox is kept on, so that all have about as much to do. For one thread, once.
 *
 * <p>It goes on from how they are kept: one that is busy is moved when that evens out enough, and
 * one that is idle leaves a CPU that others keep busy, so that its next run finds a quiet one.
 */
final class CpuSpread<S> {

  /** Below this share of one CPU a sandbox is idle, and costs nothing to move. */
  private static final double IDLE = 0.05;

  /** How much quieter the other CPU must be for an idle one to go there. */
  private static final double WORTH_LEAVING = 0.3;

  /** A busy one loses what the caches held: a move must make the fullest CPU this much less so. */
  private static final double WORTH_A_MOVE = 0.1;

  /**
   * What one sandbox did of late.
   *
   * @param use the share of one CPU it used
   * @param cpus those it may be kept on, at least one
   */
  record Demand(double use, List<Integer> cpus) {}

  private record Move<S>(S sandbox, int to, double fullest) {}

  private final Map<S, Demand> demands;
  private final Map<S, Integer> kept = new LinkedHashMap<>();
  private final Map<Integer, Double> loads = new HashMap<>();
  private final Map<Integer, Integer> counts = new HashMap<>();

  private CpuSpread(Map<S, Demand> demands) {
    this.demands = demands;
  }

  /**
   * The CPU of each that demands something.
   *
   * @param now how they are kept; those who demand nothing count for nothing
   */
  static <S> Map<S, Integer> goOn(Map<S, Integer> now, Map<S, Demand> demands) {
    CpuSpread<S> spread = new CpuSpread<>(demands);
    spread.keep(now);
    spread.moveOne();
    spread.moveIdle();
    return spread.kept;
  }

  private void keep(Map<S, Integer> now) {
    now.forEach((sandbox, cpu) -> {
      Demand demand = demands.get(sandbox);
      if (demand != null && demand.cpus().contains(cpu)) {
        put(sandbox, demand, cpu);
      }
    });
    demands.forEach((sandbox, demand) -> {
      if (!kept.containsKey(sandbox)) {
        put(sandbox, demand, quietest(demand));
      }
    });
  }

  /** One at most, because what it does to the others shows only afterwards. */
  private void moveOne() {
    Optional<Map.Entry<Integer, Double>> fullest =
        loads.entrySet().stream().max(Map.Entry.comparingByValue());
    if (fullest.isPresent()) {
      int cpu = fullest.get().getKey();
      double load = fullest.get().getValue();
      kept.keySet().stream()
          .filter(sandbox -> cpu(sandbox) == cpu)
          .map(sandbox -> away(sandbox, load))
          .min(Comparator.comparingDouble(Move::fullest))
          .filter(move -> move.fullest() <= load - WORTH_A_MOVE)
          .ifPresent(move -> move(move.sandbox(), move.to()));
    }
  }

  private Move<S> away(S sandbox, double load) {
    Demand demand = demand(sandbox);
    int other = quietest(demand);
    return new Move<>(sandbox, other, Math.max(load - demand.use(), load(other) + demand.use()));
  }

  private void moveIdle() {
    for (S sandbox : List.copyOf(kept.keySet())) {
      Demand demand = demand(sandbox);
      int other = quietest(demand);
      if (demand.use() < IDLE && load(cpu(sandbox)) - load(other) >= WORTH_LEAVING) {
        move(sandbox, other);
      }
    }
  }

  private void move(S sandbox, int to) {
    Demand demand = demand(sandbox);
    int from = cpu(sandbox);
    loads.merge(from, -demand.use(), Double::sum);
    counts.merge(from, -1, Integer::sum);
    put(sandbox, demand, to);
  }

  private void put(S sandbox, Demand demand, int cpu) {
    kept.put(sandbox, cpu);
    loads.merge(cpu, demand.use(), Double::sum);
    counts.merge(cpu, 1, Integer::sum);
  }

  /** Of several that have about as little to do, the one with the fewest sandboxes. */
  private int quietest(Demand demand) {
    return demand.cpus().stream()
        .min(
            Comparator.<Integer>comparingLong(cpu -> Math.round(load(cpu) / IDLE))
                .thenComparingInt(cpu -> counts.getOrDefault(cpu, 0)))
        .orElseThrow();
  }

  private double load(int cpu) {
    return loads.getOrDefault(cpu, 0.0);
  }

  private int cpu(S sandbox) {
    return Objects.requireNonNull(kept.get(sandbox));
  }

  private Demand demand(S sandbox) {
    return Objects.requireNonNull(demands.get(sandbox));
  }
}
