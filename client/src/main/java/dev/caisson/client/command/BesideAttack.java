package dev.caisson.client.command;

import dev.caisson.client.CaissonClient;
import dev.caisson.client.CaissonException;
import dev.caisson.client.Outcome;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Measures runs beside one attack, which is begun anew whenever it has ended. For one thread.
 *
 * <p>A run counts when the attack was still going on at its end. It is begun when the pool is full
 * again after the attack has begun, so that what it meets is the attack and not the refill that any
 * run causes; an attack that once did not last so long is met at its beginning from then on.
 */
final class BesideAttack implements AutoCloseable {

  /** How many runs may miss the attack for each one that counts. */
  private static final int PATIENCE = 3;

  private final Attack attack;
  private final CaissonClient client;
  private final HostileProcess attacker;
  private final StolenTime stolen;
  private final WarmPool pool;
  private final Samples samples;
  private final Map<String, Integer> changed = new TreeMap<>();
  private final Map<Outcome, Integer> ends = new TreeMap<>();
  private int runs;
  private boolean begun;
  private boolean brief;

  /**
   * @param client the well-behaved caller's
   * @param attacker the other's, closed with this
   */
  BesideAttack(Attack attack, CaissonClient client, HostileProcess attacker, StolenTime stolen) {
    this.attack = attack;
    this.client = client;
    this.attacker = attacker;
    this.stolen = stolen;
    this.pool = new WarmPool(client);
    this.samples = new Samples("beside " + attack.name());
  }

  /** So many runs more. The attack is begun for them, and ended after them. */
  void measure(int count) throws InterruptedException {
    int until = runs + count;
    for (int attempts = 0; runs < until; attempts++) {
      if (attempts > PATIENCE * count) {
        throw new IllegalStateException(
            "the attack '%s' is over before a run beside it is: %s".formatted(attack, ends));
      }
      pool.awaitBeside(1, () -> false);
      boolean anew = goOn();
      if (anew && !brief) {
        pool.awaitBeside(1, attacker::isOver);
        brief = attacker.isOver();
      }
      once();
    }
    end();
  }

  Attack attack() {
    return attack;
  }

  Samples samples() {
    return samples;
  }

  int changed() {
    return changed.values().stream().mapToInt(Integer::intValue).sum();
  }

  double ratio(Samples quiet) {
    return samples.isEmpty() ? Double.POSITIVE_INFINITY : samples.millisAt(99) / quiet.millisAt(99);
  }

  boolean holds(Samples quiet, double most) {
    return changed.isEmpty() && ratio(quiet) <= most;
  }

  /** How much slower the runs were, what was done to them, and what became of both. */
  String told(Samples quiet) {
    String told =
        String.format(
            Locale.ROOT,
            "%s: p99 %.2f times that alone; %s; ended %s",
            attack,
            ratio(quiet),
            attack.what(),
            counted(ends));
    return changed.isEmpty() ? told : told + "; changed: " + counted(changed);
  }

  private static String counted(Map<?, Integer> counts) {
    return counts.entrySet().stream()
        .map(entry -> entry.getValue() + " x " + entry.getKey())
        .collect(Collectors.joining(", "));
  }

  private void once() throws InterruptedException {
    long begun = stolen.ticks();
    try {
      TimedRun run = TimedRun.of(client);
      if (run.asItShould() && (attacker.isOver() || stolen.leavesOut(begun))) {
        return;
      }
      runs++;
      if (run.asItShould()) {
        samples.add(run.nanos());
      } else {
        changed.merge(run.shown(), 1, Integer::sum);
      }
    } catch (CaissonException failure) {
      runs++;
      changed.merge(String.valueOf(failure.getMessage()), 1, Integer::sum);
    }
  }

  /** Begins the attack if it is not going on; true when it did. */
  private boolean goOn() throws InterruptedException {
    if (begun && !attacker.isOver()) {
      return false;
    }
    end();
    attacker.begin();
    begun = true;
    return true;
  }

  private void end() throws InterruptedException {
    if (begun) {
      ends.merge(attacker.end(), 1, Integer::sum);
      begun = false;
    }
  }

  @Override
  public void close() {
    attacker.close();
  }
}
