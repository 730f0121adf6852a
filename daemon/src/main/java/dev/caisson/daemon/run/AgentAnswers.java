package dev.caisson.daemon.run;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What the daemon itself answers to the calls of one run: refusals, time-outs, the catalogue.
 *
 * <p>Threads: any thread adds and never waits. The answers go out in their order on one virtual
 * thread that lives while there are any, and waits there while the sandbox does not take them. A
 * sandbox that asks and never reads thus fills this queue, which is why whoever adds counts {@link
 * #waiting} among the calls in flight.
 */
final class AgentAnswers {

  /** Sends one answer, waiting until there is room for it. */
  interface Answer {
    void send() throws InterruptedException;
  }

  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock")
  private final ArrayDeque<Answer> answers = new ArrayDeque<>();

  @GuardedBy("lock")
  private boolean sending;

  @GuardedBy("lock")
  private boolean closed;

  void add(Answer answer) {
    lock.lock();
    try {
      if (closed) {
        return;
      }
      answers.add(answer);
      if (sending) {
        return;
      }
      sending = true;
    } finally {
      lock.unlock();
    }
    Thread.ofVirtual().name("agent-answers").start(this::sendAll);
  }

  /** How many have not begun to be sent. */
  int waiting() {
    lock.lock();
    try {
      return answers.size();
    } finally {
      lock.unlock();
    }
  }

  /** Forgets what has not begun to be sent; nothing is added any more. */
  void close() {
    lock.lock();
    try {
      closed = true;
      answers.clear();
    } finally {
      lock.unlock();
    }
  }

  private void sendAll() {
    try {
      // Taken out before it is sent: its call is over for the agent the moment it arrives.
      for (Optional<Answer> next = next(); next.isPresent(); next = next()) {
        next.get().send();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Optional<Answer> next() {
    lock.lock();
    try {
      Optional<Answer> next = Optional.ofNullable(answers.poll());
      sending = next.isPresent();
      return next;
    } finally {
      lock.unlock();
    }
  }
}
