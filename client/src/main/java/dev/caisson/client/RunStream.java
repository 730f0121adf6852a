package dev.caisson.client;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.caisson.v1.RunRequest;
import dev.caisson.v1.RunResponse;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One Run call, both directions, with flow control done by hand.
 *
 * <p>Inbound: the event loop puts messages into a queue, of which at most {@value #PREFETCH} are
 * asked for ahead; one thread takes them with {@link #next}. When it is slow the daemon is not
 * read, and in the end the program waits in its {@code print}.
 *
 * <p>Outbound: any thread may send. A call is not thread-safe, so a lock makes the writers one, and
 * {@link #send} waits while the transport has enough: gRPC would otherwise queue without a limit.
 * The lock is held while a message is handed to the transport, which never blocks.
 */
final class RunStream {

  private static final int PREFETCH = 16;

  private sealed interface Inbound {}

  private record Message(RunResponse response) implements Inbound {}

  /** The call is over. */
  record Closed(Status status, Metadata trailers) implements Inbound {}

  private final ClientCall<RunRequest, RunResponse> call;
  private final BlockingQueue<Inbound> inbound = new ArrayBlockingQueue<>(PREFETCH + 1);
  private int takenSinceRequest;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition writable = lock.newCondition();

  /** Nothing more may be sent. */
  @GuardedBy("lock")
  private boolean over;

  /**
   * The transport is done with the call: cancelling it would reach an event loop that may be gone.
   */
  @GuardedBy("lock")
  private boolean closed;

  RunStream(ClientCall<RunRequest, RunResponse> call) {
    this.call = call;
  }

  void open(RunRequest start) {
    call.start(new Passing(), new Metadata());
    call.request(PREFETCH);
    sendAtOnce(start);
  }

  /**
   * The next event, waiting for it.
   *
   * @throws StreamEnded when the call ended instead
   */
  RunResponse next() throws InterruptedException, StreamEnded {
    return switch (inbound.take()) {
      case Message(RunResponse response) -> {
        askForMore();
        yield response;
      }
      case Closed closed -> throw new StreamEnded(closed);
    };
  }

  /** Sends when there is room. False, and nothing sent, when the run is over. */
  boolean send(RunRequest message) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (!over && !call.isReady()) {
        writable.await();
      }
      return hand(message);
    } finally {
      lock.unlock();
    }
  }

  /** Sends now, room or not: for the few small messages that must not wait behind large ones. */
  boolean sendAtOnce(RunRequest message) {
    lock.lock();
    try {
      return hand(message);
    } finally {
      lock.unlock();
    }
  }

  /** The daemon's last event has come: nothing more is sent. */
  void finish() {
    lock.lock();
    try {
      if (!over) {
        over = true;
        call.halfClose();
      }
      writable.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Ends the call whatever its state; the daemon destroys the sandbox. */
  void abort(String why) {
    boolean cancel;
    lock.lock();
    try {
      over = true;
      cancel = !closed;
      writable.signalAll();
    } finally {
      lock.unlock();
    }
    if (cancel) {
      call.cancel(why, null);
    }
  }

  @GuardedBy("lock")
  private boolean hand(RunRequest message) {
    if (over) {
      return false;
    }
    call.sendMessage(message);
    return true;
  }

  /** In batches: every request is a task for the event loop. */
  private void askForMore() {
    takenSinceRequest++;
    if (takenSinceRequest == PREFETCH / 2) {
      call.request(takenSinceRequest);
      takenSinceRequest = 0;
    }
  }

  private void ended() {
    lock.lock();
    try {
      over = true;
      closed = true;
      writable.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void wake() {
    lock.lock();
    try {
      writable.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Runs on the event loop. */
  private final class Passing extends ClientCall.Listener<RunResponse> {
    @Override
    public void onMessage(RunResponse message) {
      inbound.add(new Message(message)); // Never full: no more than PREFETCH were asked for.
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      ended();
      inbound.add(new Closed(status, trailers));
    }

    @Override
    public void onReady() {
      wake();
    }
  }

  /** The call ended before the event that was waited for. */
  static final class StreamEnded extends Exception {

    private static final long serialVersionUID = 1L;

    private final transient Closed closed;

    StreamEnded(Closed closed) {
      super(closed.status().toString());
      this.closed = closed;
    }

    Status status() {
      return closed.status();
    }

    Metadata trailers() {
      return closed.trailers();
    }
  }
}
