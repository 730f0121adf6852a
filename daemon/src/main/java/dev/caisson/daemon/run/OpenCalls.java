package dev.caisson.daemon.run;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The tool calls of one run that wait for an answer. An id is answered at most once, whoever comes
 * first: the client, the call's time limit, the code's own cancellation or the end of the run.
 */
final class OpenCalls {

  private static final Pattern ID = Pattern.compile("call-([1-9]\\d{0,17})");

  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock")
  private final Map<String, Long> numbers = new HashMap<>();

  @GuardedBy("lock")
  private final Map<Long, String> ids = new HashMap<>();

  @GuardedBy("lock")
  private long issued;

  @GuardedBy("lock")
  private boolean closed;

  /** Opens a call; empty when the run is over. */
  Optional<String> open(long number) {
    lock.lock();
    try {
      if (closed) {
        return Optional.empty();
      }
      issued++;
      String id = "call-" + issued;
      numbers.put(id, number);
      ids.put(number, id);
      return Optional.of(id);
    } finally {
      lock.unlock();
    }
  }

  int inFlight() {
    lock.lock();
    try {
      return numbers.size();
    } finally {
      lock.unlock();
    }
  }

  int issued() {
    lock.lock();
    try {
      return (int) Math.min(issued, Integer.MAX_VALUE);
    } finally {
      lock.unlock();
    }
  }

  /** Closes the call with this id and gives its number; empty when it is not open. */
  OptionalLong take(String id) {
    lock.lock();
    try {
      Long number = numbers.remove(id);
      if (number == null) {
        return OptionalLong.empty();
      }
      ids.remove(number);
      return OptionalLong.of(number);
    } finally {
      lock.unlock();
    }
  }

  /** Closes the call with this number and gives its id; empty when it is not open. */
  Optional<String> takeByNumber(long number) {
    lock.lock();
    try {
      String id = ids.remove(number);
      if (id == null) {
        return Optional.empty();
      }
      numbers.remove(id);
      return Optional.of(id);
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

  /** Closes all and lets none be opened any more; gives the ids that were open. */
  List<String> close() {
    lock.lock();
    try {
      closed = true;
      List<String> open = List.copyOf(numbers.keySet());
      numbers.clear();
      ids.clear();
      return open;
    } finally {
      lock.unlock();
    }
  }
}
