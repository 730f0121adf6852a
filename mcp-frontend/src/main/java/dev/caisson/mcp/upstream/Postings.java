package dev.caisson.mcp.upstream;

import dev.caisson.mcp.upstream.LostConnectionException.Delivery;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The messages that are on their way to one server over HTTP, each on a virtual thread of its own.
 * An interrupt of that thread ends the request and its connection. Tells the receiver what failed.
 */
final class Postings implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(Postings.class);

  /** Requests that are with the server at once; more of them wait for their turn. */
  private static final int MOST_AT_ONCE = 256;

  private final String server;
  private final HttpLink link;
  private final ByteBudget outgoing;
  private final Post post;
  private final Semaphore turns = new Semaphore(MOST_AT_ONCE);
  private final Map<String, Thread> requests = new ConcurrentHashMap<>();
  private final Set<Thread> threads = ConcurrentHashMap.newKeySet();
  private final AtomicBoolean lost = new AtomicBoolean();
  private final AtomicBoolean closed = new AtomicBoolean();
  private volatile CountDownLatch greeted = new CountDownLatch(0);
  private volatile Wire.Receiver receiver = new Deaf();

  /** Sends one message, and for a request sees to its answer. Runs on the message's thread. */
  @FunctionalInterface
  interface Post {
    /** The lease is of the body, and closed when that was sent, or when this returns. */
    void post(Message message, byte[] body, ByteBudget.Lease lease)
        throws IOException, InterruptedException, LostConnectionException;
  }

  /** Something that goes on beside the messages. */
  @FunctionalInterface
  interface Work {
    void run() throws IOException, InterruptedException, LostConnectionException;
  }

  Postings(String server, HttpLink link, ByteBudget outgoing, Post post) {
    this.server = server;
    this.link = link;
    this.outgoing = outgoing;
    this.post = post;
  }

  void open(Wire.Receiver to) {
    receiver = to;
  }

  boolean isLost() {
    return lost.get();
  }

  /** Begins to send. Requests wait for the end of a greeting that is under way. */
  void send(Message message) throws LostConnectionException {
    if (lost.get() || closed.get()) {
      throw new LostConnectionException("the connection is closed", Delivery.NOT_DELIVERED);
    }
    var body = message.json().getBytes(StandardCharsets.UTF_8);
    var lease = outgoing.lease();
    if (!lease.grow(body.length)) {
      throw new LostConnectionException(Outgoing.noRoom(body.length), Delivery.NO_ROOM);
    }
    if (threads.size() >= Outgoing.MOST) {
      lease.close();
      throw new LostConnectionException(Outgoing.TOO_MANY, Delivery.NO_ROOM);
    }
    var before = greeted;
    if (message instanceof Message.Request request) {
      var id = Message.plainId(request.id());
      var thread = thread("request", () -> ask(id, message, body, lease, before));
      requests.put(id, thread);
      start(thread);
    } else if (message instanceof Message.Notification(var method, var params)
        && method.equals("notifications/initialized")) {
      var ready = new CountDownLatch(1);
      greeted = ready;
      start(thread("greeting", () -> greet(message, body, lease, ready)));
    } else {
      start(thread("message", () -> tell(message, body, lease)));
    }
  }

  /** Runs this on a thread of its own until it ends or the wire is closed. */
  void run(String what, Work work) {
    start(
        thread(
            what,
            () -> {
              try {
                work.run();
              } catch (IOException problem) {
                log.debug("{}: {} ended: {}", server, what, link.explain(problem));
              } catch (LostConnectionException why) {
                log.debug("{}: {} ended", server, what);
                if (why.delivery() == Delivery.NOT_DELIVERED) {
                  broken(why.reason());
                }
              } catch (InterruptedException stop) {
                Thread.currentThread().interrupt();
              }
            }));
  }

  private Thread thread(String what, Runnable work) {
    return Thread.ofVirtual()
        .name("mcp-" + server + "-" + what)
        .unstarted(() -> {
          try {
            work.run();
          } finally {
            threads.remove(Thread.currentThread());
          }
        });
  }

  private void start(Thread thread) {
    threads.add(thread);
    thread.start();
    if (closed.get()) {
      thread.interrupt();
    }
  }

  /** Servers refuse requests that overtake the end of the greeting. */
  private void greet(Message message, byte[] body, ByteBudget.Lease lease, CountDownLatch ready) {
    try {
      tell(message, body, lease);
    } finally {
      ready.countDown();
    }
  }

  /** Sends what gets no answer. */
  private void tell(Message message, byte[] body, ByteBudget.Lease lease) {
    try (lease) {
      post.post(message, body, lease);
    } catch (IOException problem) {
      if (HttpLink.neverArrived(problem)) {
        broken(link.explain(problem));
      }
    } catch (LostConnectionException why) {
      log.debug("{}: a message was not taken", server);
      if (why.delivery() == Delivery.NOT_DELIVERED) {
        broken(why.reason());
      }
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    }
  }

  private void ask(
      String id, Message request, byte[] body, ByteBudget.Lease lease, CountDownLatch before) {
    try (lease) {
      before.await();
      turns.acquire();
      try {
        post.post(request, body, lease);
      } finally {
        turns.release();
      }
    } catch (IOException problem) {
      var gone = HttpLink.neverArrived(problem);
      fail(
          id,
          new LostConnectionException(
              link.explain(problem), gone ? Delivery.NOT_DELIVERED : Delivery.UNKNOWN));
    } catch (LostConnectionException why) {
      fail(id, why);
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt(); // Withdrawn, or closed: nobody waits.
    } catch (RuntimeException problem) {
      // Of ours or of the system's libraries; the call has to end all the same.
      fail(id, new LostConnectionException(problem.toString(), Delivery.UNKNOWN));
    } finally {
      requests.remove(id);
    }
  }

  private void fail(String id, LostConnectionException why) {
    receiver.failed(id, why);
    if (why.delivery() == Delivery.NOT_DELIVERED) {
      broken(why.reason());
    }
  }

  /** Nothing more will come over this wire. */
  void broken(String reason) {
    if (!closed.get() && lost.compareAndSet(false, true)) {
      receiver.lost(reason);
    }
  }

  /** Ends the request and its connection; nobody waits for its answer. */
  void drop(String requestId) {
    var thread = requests.remove(requestId);
    if (thread != null) {
      thread.interrupt();
    }
  }

  /** Ends all of them. */
  @Override
  public void close() {
    closed.set(true);
    threads.forEach(Thread::interrupt);
  }
}
