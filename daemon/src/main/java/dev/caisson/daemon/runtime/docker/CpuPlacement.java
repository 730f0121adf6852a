package dev.caisson.daemon.runtime.docker;

import dev.caisson.daemon.model.CpuMillis;
import dev.caisson.daemon.model.Ticker;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * Keeps each sandbox on one CPU at a time, and moves it when another CPU has less to do, because
 * the kernel does not move what is kept.
 *
 * <p>Why: a sandbox whose threads run on several CPUs at once changes the weight of its control
 * group on each of them whenever one of them sleeps or wakes, which gVisor's do thousands of times
 * a second. Linux 6.18 was seen to let such a group go on and on: whatever else was ready to run on
 * that CPU, of the host or of another tenant, waited for more than 100 ms. On one CPU the weight
 * stays as it is.
 *
 * <p>It has a price: on one CPU a system call of the code takes gVisor several times as long. So
 * one that has had the host to itself for a while gets all its CPUs, until anything happens in
 * another.
 *
 * <p>Threads: safe for use by many; the lock is kept over the reading and writing of the kernel's
 * files, and a run that begins takes it only when another sandbox has to make room. One virtual
 * thread looks ten times a second, while there is anything to look at.
 */
final class CpuPlacement implements AutoCloseable {

  private static final Duration INTERVAL = Duration.ofMillis(100);
  private static final CpuMillis ONE_CPU = new CpuMillis(1_000);

  /**
   * From this share of one CPU on a sandbox did something. One that runs nothing stays below it.
   */
  private static final double ACTIVE = 0.05;

  /** The time used at some moment, and the share of a CPU that was used up to it. */
  private record Seen(Duration used, long at, double use) {

    Seen then(Duration usedNow, long now) {
      double elapsed = now - at;
      return elapsed > 0 ? new Seen(usedNow, now, usedNow.minus(used).toNanos() / elapsed) : this;
    }
  }

  private record Watched(CpuSet cpus, Seen seen) {}

  private final Ticker ticker;
  private final Solitude<SandboxCgroup> solitude = new Solitude<>();

  /** The one that is not kept to its CPU. Written under the lock. */
  private volatile Optional<SandboxCgroup> loose = Optional.empty();

  private Map<SandboxCgroup, Watched> watched = new LinkedHashMap<>();
  private Map<SandboxCgroup, Integer> kept = Map.of();
  private Optional<Thread> looking = Optional.empty();

  CpuPlacement(Ticker ticker) {
    this.ticker = ticker;
  }

  /**
   * Gives it a CPU, now and whenever another is better for it. Leaves alone one that may use more
   * than one CPU by its limit, that has only one to run on, or whose CPUs are not ours to say. It
   * is watched until its group is gone.
   */
  synchronized void watch(SandboxCgroup cgroup, CpuMillis limit) {
    Optional<CpuSet> cpus = CpuSet.of(cgroup).filter(set -> set.cpus().size() > 1);
    Optional<Duration> used = cgroup.cpuTime();
    if (limit.value() > ONE_CPU.value() || cpus.isEmpty() || used.isEmpty()) {
      return;
    }
    watched.put(cgroup, new Watched(cpus.get(), new Seen(used.get(), ticker.nanos(), 0)));
    solitude.active(cgroup, ticker.nanos());
    makeRoom();
    settle();
    if (looking.isEmpty()) {
      looking = Optional.of(Thread.ofVirtual().name("cpu-placement").start(this::lookOften));
    }
  }

  /** A run begins in it: from now on no other is alone. */
  void begins(SandboxCgroup cgroup) {
    solitude.active(cgroup, ticker.nanos());
    if (loose.filter(other -> !other.equals(cgroup)).isPresent()) {
      makeRoom();
    }
  }

  @Override
  public synchronized void close() {
    watched.clear();
    looking.ifPresent(LockSupport::unpark);
  }

  private void lookOften() {
    while (goesOn()) {
      LockSupport.parkNanos(INTERVAL.toNanos());
      look();
    }
  }

  private synchronized boolean goesOn() {
    if (watched.isEmpty()) {
      looking = Optional.empty();
    }
    return looking.isPresent();
  }

  /** Sees what each has used since the last look, and forgets those that are gone. */
  synchronized void look() {
    Map<SandboxCgroup, Watched> there = new LinkedHashMap<>();
    watched.forEach((cgroup, one) -> {
      Optional<Watched> now =
          cgroup
              .cpuTime()
              .map(used -> new Watched(one.cpus(), one.seen().then(used, ticker.nanos())));
      now.ifPresent(still -> there.put(cgroup, still));
      if (now.map(still -> still.seen().use() >= ACTIVE).orElse(true)) {
        solitude.active(cgroup, ticker.nanos());
      }
    });
    watched = there;
    makeRoom();
    settle();
    giveRoom();
  }

  /** Whoever is alone, and does enough for it to matter, may use all its CPUs. */
  private void giveRoom() {
    Optional<SandboxCgroup> alone = alone();
    if (loose.isEmpty() && alone.isPresent()) {
      Watched one = watched.get(alone.get());
      if (one != null && one.seen().use() >= ACTIVE) {
        loose = alone;
        one.cpus().loosen();
        // A run that has begun elsewhere meanwhile did not see it.
        makeRoom();
      }
    }
  }

  private synchronized void makeRoom() {
    if (loose.isPresent() && !loose.equals(alone())) {
      SandboxCgroup other = loose.get();
      loose = Optional.empty();
      Integer cpu = kept.get(other);
      Watched one = watched.get(other);
      if (one != null && cpu != null) {
        one.cpus().confineTo(cpu);
      }
    }
  }

  private Optional<SandboxCgroup> alone() {
    return solitude.alone(ticker.nanos());
  }

  private void settle() {
    Map<SandboxCgroup, CpuSpread.Demand> demands = new LinkedHashMap<>();
    watched.forEach((cgroup, one) ->
        demands.put(cgroup, new CpuSpread.Demand(one.seen().use(), one.cpus().cpus())));
    Map<SandboxCgroup, Integer> next = new HashMap<>();
    CpuSpread.goOn(kept, demands)
        .forEach((cgroup, cpu) -> {
          Watched one = watched.get(cgroup);
          if (one != null && (cpu.equals(kept.get(cgroup)) || one.cpus().confineTo(cpu))) {
            next.put(cgroup, cpu);
          }
        });
    kept = next;
  }
}
