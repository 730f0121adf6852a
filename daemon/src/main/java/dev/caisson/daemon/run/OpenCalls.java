package dev.caisson.daemon.run;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.caisson.daemon.policy.ToolLimit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The tool calls of one run that are not over. A call waits for a person's approval when the policy
 * wants one, then for a place when limits of its tool are full, and then it is forwarded and waits
 * for its answer. It is over at most once, whoever comes first: the client, a time limit, the
 * code's own cancellation or the end of the run. Nothing is forwarded after {@link #close}.
 *
 * <p>Any thread. The announcements that {@link #open} and {@link #forward} are given run under the
 * lock, so that none follows a closing: they add to the run's log, whose own lock comes after.
 */
final class OpenCalls {

  private static final Pattern ID = Pattern.compile("call-([1-9]\\d{0,17})");

  /** How far a call has come. */
  private enum Stage {
    ASKED,
    QUEUED,
    FORWARDED
  }

  /**
   * One call.
   *
   * @param id what the client calls it
   * @param number what the sandbox calls it
   * @param limits the entries of tools.limits that hold for it
   */
  @SuppressWarnings("ArrayRecordComponent") // carried, never compared
  record Call(
      String id,
      long number,
      String server,
      String tool,
      byte[] arguments,
      List<ToolLimit> limits) {}

  /**
   * A call that is over now.
   *
   * @param announced the event that told the client of it, or will
   */
  record Closed(Call call, Optional<RunEventLog.Added> announced) {}

  private static final class Entry {
    private final Call call;
    private Stage stage;
    private Optional<RunEventLog.Added> announced = Optional.empty();
    private Optional<Future<?>> wait = Optional.empty();

    Entry(Call call, Stage stage) {
      this.call = call;
      this.stage = stage;
    }

    void waitsNoMore() {
      wait.ifPresent(over -> over.cancel(false));
      wait = Optional.empty();
    }
  }

  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock")
  private final Map<String, Entry> entries = new LinkedHashMap<>();

  @GuardedBy("lock")
  private final Map<Long, String> ids = new HashMap<>();

  @GuardedBy("lock")
  private final Map<ToolLimit, Integer> forwarded = new HashMap<>();

  @GuardedBy("lock")
  private long issued;

  @GuardedBy("lock")
  private boolean closed;

  /** Opens a call that waits for a place; does nothing when the run is over. */
  void open(Call unnamed) {
    add(unnamed, Stage.QUEUED, call -> Optional.empty());
  }

  /** Opens a call that waits for an approval, announcing the question. */
  Optional<Call> ask(Call unnamed, Function<Call, RunEventLog.Added> announcement) {
    return add(unnamed, Stage.ASKED, call -> Optional.of(announcement.apply(call)));
  }

  /** A call that has no id yet. */
  static Call call(
      long number, String server, String tool, byte[] arguments, List<ToolLimit> limits) {
    return new Call("", number, server, tool, arguments, limits);
  }

  private Optional<Call> add(
      Call unnamed, Stage stage, Function<Call, Optional<RunEventLog.Added>> announcement) {
    lock.lock();
    try {
      if (closed) {
        return Optional.empty();
      }
      issued++;
      Call call =
          new Call(
              "call-" + issued,
              unnamed.number(),
              unnamed.server(),
              unnamed.tool(),
              unnamed.arguments(),
              unnamed.limits());
      Entry entry = new Entry(call, stage);
      entries.put(call.id(), entry);
      ids.put(call.number(), call.id());
      entry.announced = announcement.apply(call);
      return Optional.of(call);
    } finally {
      lock.unlock();
    }
  }

  /**
   * What {@link #forward} did.
   *
   * @param leaving what was forwarded
   * @param held whether something has a place and was not let pass
   */
  record Forwarding(List<Call> leaving, boolean held) {}

  /**
   * Forwards what has a place and is let pass, the oldest first, announcing each.
   *
   * @param passes whether one more may go now; not asked again after a no
   */
  Forwarding forward(BooleanSupplier passes, Function<Call, RunEventLog.Added> announcement) {
    List<Call> leaving = new ArrayList<>();
    lock.lock();
    try {
      if (closed) {
        return new Forwarding(leaving, false);
      }
      for (Entry entry : entries.values()) {
        if (entry.stage == Stage.QUEUED && hasPlace(entry.call)) {
          if (!passes.getAsBoolean()) {
            return new Forwarding(leaving, true);
          }
          entry.stage = Stage.FORWARDED;
          for (ToolLimit limit : entry.call.limits()) {
            forwarded.merge(limit, 1, Integer::sum);
          }
          entry.announced = Optional.of(announcement.apply(entry.call));
          leaving.add(entry.call);
        }
      }
      return new Forwarding(leaving, false);
    } finally {
      lock.unlock();
    }
  }

  @GuardedBy("lock")
  private boolean hasPlace(Call call) {
    for (ToolLimit limit : call.limits()) {
      int most = limit.inFlight().orElse(Integer.MAX_VALUE);
      if (forwarded.getOrDefault(limit, 0) >= most) {
        return false;
      }
    }
    return true;
  }

  /**
   * What ends the wait for an approval; cancelled when the call waits for none, which it may not do
   * any more already.
   */
  void boundAsking(String id, Future<?> end) {
    bound(id, Stage.ASKED, end);
  }

  /** The same for the wait for an answer. */
  void boundAnswering(String id, Future<?> end) {
    bound(id, Stage.FORWARDED, end);
  }

  private void bound(String id, Stage stage, Future<?> end) {
    lock.lock();
    try {
      Entry entry = entries.get(id);
      if (entry == null || entry.stage != stage) {
        end.cancel(false);
      } else {
        entry.wait = Optional.of(end);
      }
    } finally {
      lock.unlock();
    }
  }

  /** All that are not over. */
  int inFlight() {
    lock.lock();
    try {
      return entries.size();
    } finally {
      lock.unlock();
    }
  }

  /** Ends the forwarded call of that id; empty when there is none. */
  Optional<Closed> answered(String id) {
    return close(id, Stage.FORWARDED);
  }

  /** Ends the call of that id that waits for an approval; empty when there is none. */
  Optional<Closed> refused(String id) {
    return close(id, Stage.ASKED);
  }

  /** The call of that id needs no approval any more; false when none waits for one. */
  boolean approved(String id) {
    lock.lock();
    try {
      Entry entry = entries.get(id);
      if (entry == null || entry.stage != Stage.ASKED) {
        return false;
      }
      entry.stage = Stage.QUEUED;
      entry.waitsNoMore();
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** The call of that id, when it waits for an approval. */
  Optional<Call> asked(String id) {
    lock.lock();
    try {
      return Optional.ofNullable(entries.get(id))
          .filter(entry -> entry.stage == Stage.ASKED)
          .map(entry -> entry.call);
    } finally {
      lock.unlock();
    }
  }

  /** As {@link #approved} for all that fit; how many did. */
  int approvedAll(Predicate<Call> same) {
    lock.lock();
    try {
      int approved = 0;
      for (Entry entry : entries.values()) {
        if (entry.stage == Stage.ASKED && same.test(entry.call)) {
          entry.stage = Stage.QUEUED;
          entry.waitsNoMore();
          approved++;
        }
      }
      return approved;
    } finally {
      lock.unlock();
    }
  }

  /** Ends the call with this number, however far it has come; empty when it is over already. */
  Optional<Closed> cancelled(long number) {
    lock.lock();
    try {
      String id = ids.get(number);
      Entry entry = id == null ? null : entries.get(id);
      return entry == null ? Optional.empty() : Optional.of(remove(entry));
    } finally {
      lock.unlock();
    }
  }

  /** True when a call of that id waits for something else than its answer. */
  boolean notForwarded(String id) {
    lock.lock();
    try {
      Entry entry = entries.get(id);
      return entry != null && entry.stage != Stage.FORWARDED;
    } finally {
      lock.unlock();
    }
  }

  /** True when an id of this form was given out in this run. */
  boolean wasIssued(String id) {
    lock.lock();
    try {
      Matcher matcher = ID.matcher(id);
      return matcher.matches() && Long.parseLong(matcher.group(1)) <= issued;
    } finally {
      lock.unlock();
    }
  }

  /** Ends all and lets none be opened any more; gives what was open. */
  List<Closed> close() {
    lock.lock();
    try {
      closed = true;
      entries.values().forEach(Entry::waitsNoMore);
      List<Closed> open =
          entries.values().stream().map(entry -> new Closed(entry.call, entry.announced)).toList();
      entries.clear();
      ids.clear();
      forwarded.clear();
      return open;
    } finally {
      lock.unlock();
    }
  }

  private Optional<Closed> close(String id, Stage stage) {
    lock.lock();
    try {
      Entry entry = entries.get(id);
      return entry == null || entry.stage != stage ? Optional.empty() : Optional.of(remove(entry));
    } finally {
      lock.unlock();
    }
  }

  @GuardedBy("lock")
  private Closed remove(Entry entry) {
    entry.waitsNoMore();
    entries.remove(entry.call.id());
    ids.remove(entry.call.number());
    if (entry.stage == Stage.FORWARDED) {
      for (ToolLimit limit : entry.call.limits()) {
        forwarded.merge(limit, -1, Integer::sum);
      }
    }
    return new Closed(entry.call, entry.announced);
  }
}
