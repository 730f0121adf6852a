package dev.caisson.daemon.channel;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import tools.jackson.databind.node.ObjectNode;

/**
 * The requests about files that are open on one channel. A frame about one that is not is a
 * violation: the agent speaks of files when it is asked to.
 *
 * <p>Threads: any may ask; frames arrive on the channel's reader. The lock is not held while a
 * request is sent, but numbers go out in order.
 */
final class FileRequests {

  /** As many as an agent takes, those that were cancelled and not answered yet included. */
  static final int AT_ONCE = 8;

  private final AgentChannel channel;
  private final ChannelPatience patience;
  private final ReentrantLock sending = new ReentrantLock();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  @GuardedBy("lock")
  private final Map<Long, FileRequest> open = new HashMap<>();

  @GuardedBy("lock")
  private Optional<SandboxException> lost = Optional.empty();

  @GuardedBy("lock")
  private long last;

  FileRequests(AgentChannel channel, ChannelPatience patience) {
    this.channel = channel;
    this.patience = patience;
  }

  /**
   * Asks the agent.
   *
   * @throws SandboxException OUT_OF_ROOM when too many requests are open, the failure of the
   *     channel when there is none
   */
  FileRequest ask(FileQuestion question, ObjectNode header, FileTask task) {
    task.requireGoingOn();
    FileRequest request;
    sending.lock();
    try {
      request = add(question, task);
      channel.send(new Message(question.kind(), request.number(), Json.bytes(header)));
    } finally {
      sending.unlock();
    }
    // After it was sent: what cancels a request must not overtake it.
    task.began(request);
    return request;
  }

  private FileRequest add(FileQuestion question, FileTask task) {
    lock.lock();
    try {
      long nanos = patience.turn().toNanos();
      while (lost.isEmpty() && open.size() >= AT_ONCE) {
        if (nanos <= 0) {
          throw new SandboxException(
              ErrorCode.OUT_OF_ROOM,
              "%d requests about files of this sandbox are open; end one first".formatted(AT_ONCE));
        }
        nanos = changed.awaitNanos(nanos);
      }
      if (lost.isPresent()) {
        SandboxException why = lost.get();
        throw new SandboxException(why.code(), why.getMessage(), why);
      }
      last++;
      FileRequest request = new FileRequest(channel, last, question, task, patience.step());
      open.put(last, request);
      return request;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SandboxException(
          ErrorCode.SHUTTING_DOWN, "interrupted before a request about a file", e);
    } finally {
      lock.unlock();
    }
  }

  void received(Message message) {
    FileRequest request;
    lock.lock();
    try {
      request = open.get(message.stream());
    } finally {
      lock.unlock();
    }
    if (request == null) {
      throw Violation.of(
          "a %s frame for file request %d, which is not open"
              .formatted(message.kind().wireName(), message.stream()));
    }
    if (request.received(message)) {
      lock.lock();
      try {
        open.remove(message.stream());
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }

  void lost(SandboxException why) {
    List<FileRequest> left;
    lock.lock();
    try {
      lost = Optional.of(why);
      left = List.copyOf(open.values());
      open.clear();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    left.forEach(request -> request.lost(why));
  }
}
