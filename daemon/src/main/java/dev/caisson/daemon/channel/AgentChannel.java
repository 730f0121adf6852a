package dev.caisson.daemon.channel;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.Deadline;
import dev.caisson.daemon.model.DurationText;
import dev.caisson.daemon.model.SandboxLimits;
import dev.caisson.daemon.model.Ticker;
import dev.caisson.daemon.runtime.SandboxConnection;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The daemon's end of one channel: greets, waits until the worker is warm, answers for its health
 * while it idles, and carries runs, one after another.
 *
 * <p>Threads: one virtual thread reads and decodes; it calls the listener of the run in progress.
 * Any thread may send. The lock guards state only and is never held over I/O or a listener. Any
 * violation, from codec or turn table, closes the connection, which ends the sandbox (its agent
 * leaves at the end of its input) and nothing else.
 */
public final class AgentChannel implements AutoCloseable {

  private static final int PROTOCOL = 1;
  private static final int WORKER_WINDOW = 2 << 20;
  private static final int STDIN_WINDOW = 256 << 10;
  private static final int READS_IN_A_ROW = 16;

  /** How long the supervisor may take to clear away a run that was over before its last word. */
  private static final Duration CLEARING = Duration.ofSeconds(10);

  private final SandboxConnection connection;
  private final WatchedWrites writes;
  private final FrameDecoder worker = new FrameDecoder(Sender.WORKER);
  private final FrameDecoder supervisor = new FrameDecoder(Sender.SUPERVISOR);
  private final SendWindow workerBound = new SendWindow("worker", WORKER_WINDOW);
  private final SendWindow stdin = new SendWindow("stdin", STDIN_WINDOW);
  private final FileRequests files;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  @GuardedBy("lock")
  private ChannelState state = ChannelState.GREETING;

  @GuardedBy("lock")
  private Optional<AgentRun> run = Optional.empty();

  @GuardedBy("lock")
  private Optional<SandboxException> failure = Optional.empty();

  @GuardedBy("lock")
  private Optional<byte[]> pingOut = Optional.empty();

  @GuardedBy("lock")
  private long pongs;

  @GuardedBy("lock")
  private Optional<ProgramEnd> lostWorker = Optional.empty();

  @GuardedBy("lock")
  private long runs;

  @GuardedBy("lock")
  private long ignored;

  // Of the reader thread. Rises over all runs: what is late for one run must not meet another's.
  private long lastConnection;

  private AgentChannel(SandboxConnection connection, ChannelPatience patience) {
    this.connection = connection;
    this.writes =
        new WatchedWrites(
            connection, patience.write(), Ticker.SYSTEM, () -> fail(takesNothing(patience)));
    this.files = new FileRequests(this, patience);
  }

  private static SandboxException takesNothing(ChannelPatience patience) {
    return new SandboxException(
        ErrorCode.CHANNEL_CLOSED,
        "the sandbox took in nothing for %s, so it was ended; a program can do that by stopping the process above it"
            .formatted(DurationText.of(patience.write())));
  }

  /** Greets an agent whose programs trust the certificates of its image alone. */
  public static AgentChannel greet(SandboxConnection connection, Deadline deadline) {
    return greet(connection, Optional.empty(), deadline);
  }

  /**
   * Says hello and waits until the worker is warm. Closes the connection when that fails.
   *
   * @param certificates what programs with a network trust beside those of the image, in PEM
   *     format. They travel here and not with a run, since the agent has them written long before
   * @throws SandboxException CHANNEL_VIOLATION for an agent of another protocol version,
   *     CHANNEL_CLOSED when it ended, ENGINE_TIMED_OUT at the deadline
   */
  public static AgentChannel greet(
      SandboxConnection connection, Optional<String> certificates, Deadline deadline) {
    return greet(connection, certificates, deadline, ChannelPatience.DEFAULT);
  }

  /** The same with a patience of the caller's choice. */
  public static AgentChannel greet(
      SandboxConnection connection,
      Optional<String> certificates,
      Deadline deadline,
      ChannelPatience patience) {
    AgentChannel channel = new AgentChannel(connection, patience);
    try {
      Thread.ofVirtual().name("channel-reader").start(channel::readUntilClosed);
      ObjectNode hello = Json.object();
      hello.put("protocol", PROTOCOL);
      hello.put("worker_window", WORKER_WINDOW);
      hello.put("stdin_window", STDIN_WINDOW);
      var ports = hello.putArray("listen");
      Arrays.stream(Entrance.values()).map(Entrance::port).forEach(ports::add);
      certificates.ifPresent(pem -> hello.put("certificates", pem));
      Message greeting = new Message(FrameKind.HELLO, 0, Json.bytes(hello));
      channel.sendApart(greeting);
      channel.awaitIdle(deadline);
      return channel;
    } catch (RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /** False once the channel has broken or was closed. */
  public boolean alive() {
    return failure().isEmpty();
  }

  /** Why it has broken or was closed, if it has or was. */
  public Optional<SandboxException> failure() {
    lock.lock();
    try {
      return failure;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Asks the supervisor for a sign of life, or waits for the answer to a question that is out
   * already. Throws when there is none by the deadline.
   */
  @SuppressWarnings("GuardedBy") // the condition is only evaluated under the lock, in await
  public void ping(Deadline deadline) {
    byte[] nonce = ByteBuffer.allocate(8).putLong(deadline.nanos()).array();
    long before;
    boolean asks;
    lock.lock();
    try {
      throwIfFailed();
      before = pongs;
      asks = pingOut.isEmpty();
      if (asks) {
        pingOut = Optional.of(nonce);
      }
    } finally {
      lock.unlock();
    }
    if (asks) {
      sendApart(new Message(FrameKind.PING, 0, nonce));
    }
    await(() -> pongs > before, deadline, "did not answer a ping");
  }

  /**
   * Starts a run. The channel must be idle, or its last run over; then this waits until the
   * supervisor has cleared that run away.
   *
   * @param listeners makes the listener of the run; frames may arrive before this method returns
   */
  public AgentRun start(RunFrame frame, Function<AgentRun, AgentRunListener> listeners)
      throws InterruptedException {
    AgentRun started;
    long firstCall;
    awaitCleared();
    lock.lock();
    try {
      throwIfFailed();
      state = sent(FrameKind.RUN);
      runs++;
      firstCall = run.map(AgentRun::nextCall).orElse(1L);
      started = new AgentRun(this, runs, firstCall, frame, listeners);
      run = Optional.of(started);
    } finally {
      lock.unlock();
    }
    sendToWorker(new Message(FrameKind.RUN, started.number(), frame.encode(firstCall)));
    return started;
  }

  /**
   * Replaces the worker by a fresh one and ends all else that runs; the files stay. As for a run,
   * the channel must be idle, or its last run over.
   *
   * <p>A sandbox that has made none by the deadline is of no use to anybody: its channel is closed.
   *
   * @throws SandboxException CHANNEL_CLOSED then
   */
  public void reset(Deadline deadline) {
    try {
      replaceWorker(deadline);
    } catch (SandboxException late) {
      fail(
          new SandboxException(
              ErrorCode.CHANNEL_CLOSED,
              "the sandbox made no fresh interpreter in time, so it was ended",
              late));
      SandboxException why = failure().orElseThrow();
      throw new SandboxException(why.code(), why.getMessage(), why);
    }
  }

  @SuppressWarnings("GuardedBy") // the condition is only evaluated under the lock, in await
  private void replaceWorker(Deadline deadline) {
    awaitCleared();
    lock.lock();
    try {
      throwIfFailed();
      state = sent(FrameKind.RESET);
    } finally {
      lock.unlock();
    }
    sendApart(Message.empty(FrameKind.RESET, 0));
    await(() -> state == ChannelState.SETTLED, deadline, "made no fresh worker");
    lostWorker();
  }

  /** The files of its workspace, at any time and beside runs. */
  public AgentFiles files(SandboxLimits limits) {
    return new AgentFiles(files, limits, FileTask.unbounded());
  }

  /** How the worker was lost since this was asked last, if it was; with it went all names. */
  public Optional<ProgramEnd> lostWorker() {
    lock.lock();
    try {
      Optional<ProgramEnd> how = lostWorker;
      lostWorker = Optional.empty();
      return how;
    } finally {
      lock.unlock();
    }
  }

  /**
   * The run that has just ended left its supervisor nothing to say: as if it had said `drained`.
   */
  void clearedAway() {
    lock.lock();
    try {
      if (TurnTable.SPECIFIED.turn(state, FrameKind.DRAINED).orElse(null)
          instanceof TurnTable.Turn.Next(ChannelState next)) {
        state = next;
        changed.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  void workerLost(ProgramEnd how) {
    lock.lock();
    try {
      lostWorker = Optional.of(how);
    } finally {
      lock.unlock();
    }
  }

  /** Ends the channel and with it the sandbox. Idempotent. */
  @Override
  public void close() {
    fail(new SandboxException(ErrorCode.CHANNEL_CLOSED, "the channel was closed by the daemon"));
  }

  /** The state after we say this. */
  @GuardedBy("lock")
  private ChannelState sent(FrameKind kind) {
    if (TurnTable.SPECIFIED.turn(state, kind).orElse(null)
        instanceof TurnTable.Turn.Next(ChannelState next)) {
      return next;
    }
    throw new IllegalStateException("no %s in state %s".formatted(kind.wireName(), state));
  }

  // ---- sending ----

  /**
   * Sends on a thread of its own, for those who may not be held up by a sandbox that takes nothing
   * in. Two of these may arrive in either order.
   */
  void sendApart(Message message) {
    Thread.ofVirtual().name("channel-sender").start(() -> send(message));
  }

  void send(Message message) {
    for (ByteBuffer frame : FrameEncoder.frames(message)) {
      write(frame);
    }
  }

  void sendToWorker(Message message) throws InterruptedException {
    for (ByteBuffer frame : FrameEncoder.frames(message)) {
      if (workerBound.spend(frame.remaining())) {
        write(frame);
      }
    }
  }

  void sendStdin(Message message) throws InterruptedException {
    if (stdin.spend(message.payload().length)) {
      send(message);
    }
  }

  private void write(ByteBuffer frame) {
    try {
      writes.write(frame);
    } catch (IOException e) {
      // The reader meets the same end and tells the run; a sender has nobody to tell.
      fail(new SandboxException(ErrorCode.CHANNEL_CLOSED, "the sandbox takes no more input", e));
    }
  }

  // ---- receiving, on the reader thread ----

  /** Numbers rise over all runs; there are gaps, for those opened while a run ended. */
  void connectionOpened(long number) {
    if (number <= lastConnection) {
      throw Violation.of(
          "connection %d after connection %d: numbers rise".formatted(number, lastConnection));
    }
    lastConnection = number;
  }

  private void readUntilClosed() {
    try {
      Optional<SandboxConnection.Inbound> inbound = connection.read();
      for (int reads = 1; inbound.isPresent(); reads++) {
        SandboxConnection.Inbound bytes = inbound.get();
        switch (bytes.origin()) {
          case WORKER -> worker.feed(bytes.bytes(), this::received);
          case SUPERVISOR -> supervisor.feed(bytes.bytes(), this::received);
        }
        // A virtual thread is not preempted: a sandbox that floods would keep a processor, and the
        // runs that wait for one, for as long as there is something to read.
        if (reads % READS_IN_A_ROW == 0) {
          Thread.yield();
        }
        inbound = connection.read();
      }
      String midway = worker.midway() || supervisor.midway() ? " in the middle of a frame" : "";
      fail(
          new SandboxException(
              ErrorCode.CHANNEL_CLOSED, "the sandbox closed its streams" + midway));
    } catch (SandboxException e) {
      fail(e);
    } catch (IOException e) {
      fail(new SandboxException(ErrorCode.CHANNEL_CLOSED, "the sandbox's streams broke", e));
    } catch (RuntimeException | StackOverflowError e) {
      // What a program says must not end the reader unseen: its run would wait for the end of time.
      fail(new SandboxException(ErrorCode.INTERNAL, "the channel's reader failed", e));
    }
  }

  private void received(Message message) {
    Optional<AgentRun> current = current();
    // Not under the lock: a run calls the channel while it holds its own.
    boolean late = current.map(AgentRun::waitsForWorkerFrames).orElse(false);
    ChannelState now;
    lock.lock();
    try {
      if (!(late && message.kind().sender() == Sender.WORKER)) {
        Optional<TurnTable.Turn> turn = TurnTable.SPECIFIED.turn(state, message.kind());
        switch (turn.orElseThrow(() -> refused(message))) {
          case TurnTable.Turn.Ignored() -> {
            ignored++;
            return;
          }
          case TurnTable.Turn.Next(ChannelState next) -> {
            state = next;
            changed.signalAll();
          }
        }
      }
      now = state;
    } finally {
      lock.unlock();
    }
    dispatch(message, current, now);
  }

  private void dispatch(Message message, Optional<AgentRun> current, ChannelState now) {
    switch (message.kind()) {
      case AGENT_HELLO -> greeted(Json.readObject(message));
      case READY -> {}
      case WORKER_REPLACED -> workerLost(AgentRun.exited(message));
      case PONG -> answered(message);
      case AGENT_CREDIT -> credited(message);
      case FILE_FOUND, FILE_DATA, FILE_DONE, FILE_ERROR, FILE_AGENT_CREDIT ->
          files.received(message);
      default -> {
        AgentRun owner = current.orElseThrow(() -> refused(message));
        if (message.kind().isOfRun() && message.stream() != owner.number()) {
          throw Violation.of(
              "a %s frame for run %d during run %d"
                  .formatted(message.kind().wireName(), message.stream(), owner.number()));
        }
        owner.received(message, now);
      }
    }
  }

  private static void greeted(ObjectNode hello) {
    JsonNode protocol = hello.get("protocol");
    if (protocol == null || !protocol.isInt() || protocol.intValue() != PROTOCOL) {
      throw Violation.of(
          "the agent speaks protocol version %s, this daemon %d; rebuild the image"
              .formatted(protocol, PROTOCOL));
    }
  }

  private void answered(Message pong) {
    lock.lock();
    try {
      if (!pingOut.map(nonce -> Arrays.equals(nonce, pong.payload())).orElse(false)) {
        throw Violation.of("a pong that answers no ping");
      }
      pingOut = Optional.empty();
      pongs++;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void credited(Message message) {
    if (message.payload().length != 5) {
      throw Violation.of("a credit frame of " + message.payload().length + " bytes");
    }
    ByteBuffer fields = ByteBuffer.wrap(message.payload());
    int lane = fields.get();
    long bytes = fields.getInt() & 0xFFFF_FFFFL;
    if (lane == Lane.WORKER_BOUND.number()) {
      workerBound.give(bytes);
    } else if (lane == Lane.STDIN.number()) {
      stdin.give(bytes);
    } else {
      throw Violation.of("credit for lane " + lane);
    }
  }

  private SandboxException refused(Message message) {
    return Violation.of(
        "a %s frame in state %s"
            .formatted(
                message.kind().wireName(), state().name().toLowerCase(java.util.Locale.ROOT)));
  }

  private Optional<AgentRun> current() {
    lock.lock();
    try {
      return run;
    } finally {
      lock.unlock();
    }
  }

  private ChannelState state() {
    lock.lock();
    try {
      return state;
    } finally {
      lock.unlock();
    }
  }

  private void fail(SandboxException why) {
    Optional<AgentRun> current;
    lock.lock();
    try {
      if (failure.isPresent()) {
        return;
      }
      failure = Optional.of(why);
      current = run;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    workerBound.close();
    stdin.close();
    connection.close();
    files.lost(why);
    current.ifPresent(r -> r.lost(why));
  }

  @SuppressWarnings("GuardedBy") // the condition is only evaluated under the lock, in await
  private void awaitIdle(Deadline deadline) {
    await(() -> state == ChannelState.IDLE, deadline, "did not become ready");
  }

  @SuppressWarnings("GuardedBy") // the condition is only evaluated under the lock, in await
  private void awaitCleared() {
    if (current().map(AgentRun::isOver).orElse(true)) {
      try {
        await(
            () -> state == ChannelState.IDLE || state == ChannelState.SETTLED,
            Deadline.after(CLEARING),
            "did not clear away a run");
      } catch (SandboxException e) {
        throw e.code() == ErrorCode.ENGINE_TIMED_OUT ? restless(e) : e;
      }
    }
  }

  private static SandboxException restless(SandboxException cause) {
    return new SandboxException(
        ErrorCode.TOO_SLOW,
        "the sandbox did not come to rest for %s after its last run; reset the session to go on"
            .formatted(DurationText.of(CLEARING)),
        cause);
  }

  private void await(java.util.function.BooleanSupplier condition, Deadline deadline, String what) {
    lock.lock();
    try {
      while (!condition.getAsBoolean()) {
        throwIfFailed();
        long nanos = deadline.remaining().toNanos();
        if (nanos == 0) {
          throw new SandboxException(
              ErrorCode.ENGINE_TIMED_OUT,
              "the agent %s in time, in state %s".formatted(what, state));
        }
        changed.await(nanos, TimeUnit.NANOSECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SandboxException(
          ErrorCode.CHANNEL_CLOSED, "interrupted while the agent " + what, e);
    } finally {
      lock.unlock();
    }
  }

  @GuardedBy("lock")
  private void throwIfFailed() {
    if (failure.isPresent()) {
      SandboxException why = failure.get();
      throw new SandboxException(why.code(), why.getMessage(), why);
    }
  }
}
