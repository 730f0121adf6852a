package dev.caisson.daemon.pool;

import dev.caisson.daemon.model.SandboxShape;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/**
 * The counts of one pool. Each move of a sandbox from one state to the next is one method here, so
 * that {@code created - destroyed = live} cannot be broken elsewhere.
 *
 * <p>Not safe for use by several threads: the pool's lock guards it.
 */
final class PoolLedger {

  /** What a live sandbox is. */
  enum State {
    CREATING,
    WARM,
    LEASED,
    DESTROYING
  }

  private final Map<State, Integer> live = new EnumMap<>(State.class);
  private final Map<Departure, Long> departures = new EnumMap<>(Departure.class);
  private Optional<String> lastError = Optional.empty();
  private long created;
  private long destroyed;
  private long failedDestructions;

  /** Room for one more is taken before the engine is asked. */
  void reserve() {
    created++;
    add(State.CREATING, 1);
  }

  void move(State from, State to) {
    add(from, -1);
    add(to, 1);
  }

  /** It leaves: from now on it is only destroyed. */
  void depart(State from, Departure reason) {
    departures.merge(reason, 1L, Long::sum);
    move(from, State.DESTROYING);
  }

  void destroyed() {
    add(State.DESTROYING, -1);
    destroyed++;
  }

  void destructionFailed() {
    failedDestructions++;
  }

  void creationFailed(String why) {
    lastError = Optional.of(why);
  }

  void creationSucceeded() {
    lastError = Optional.empty();
  }

  int count(State state) {
    return live.getOrDefault(state, 0);
  }

  int live() {
    return live.values().stream().mapToInt(Integer::intValue).sum();
  }

  Optional<String> lastError() {
    return lastError;
  }

  PoolStats stats(SandboxShape shape, int target, int waiting) {
    return new PoolStats(
        shape,
        target,
        count(State.WARM),
        count(State.CREATING),
        count(State.LEASED),
        count(State.DESTROYING),
        created,
        destroyed,
        failedDestructions,
        waiting,
        departures,
        lastError);
  }

  private void add(State state, int change) {
    int count = count(state) + change;
    if (count < 0) {
      throw new IllegalStateException("the pool moved a sandbox that was not " + state);
    }
    live.put(state, count);
  }
}
