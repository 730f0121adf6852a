package dev.caisson.daemon.channel;

import dev.caisson.daemon.runtime.SandboxConnection;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import tools.jackson.databind.node.ObjectNode;

/**
 * An agent whose every frame the test writes: honest or hostile. It is the sandbox's side of a
 * connection in memory. What the daemon sends is decoded into {@link #fromDaemon}.
 */
public final class ScriptedAgent implements SandboxConnection {

  private final BlockingQueue<Optional<Inbound>> toDaemon = new LinkedBlockingQueue<>();
  private final BlockingQueue<Message> fromDaemon = new LinkedBlockingQueue<>();
  private final FrameDecoder decoder = new FrameDecoder(Sender.DAEMON);
  private final AtomicLong workerBytes = new AtomicLong();
  private long credited;
  private volatile boolean closed;
  private volatile boolean answersPings;
  private volatile boolean stopped;
  private final CountDownLatch ended = new CountDownLatch(1);

  /** An agent that greets, gets ready and answers nothing else by itself. */
  public static ScriptedAgent ready() {
    ScriptedAgent agent = new ScriptedAgent();
    agent.says(FrameKind.AGENT_HELLO, 0, "{\"protocol\":1,\"agent\":\"test\",\"features\":[]}");
    agent.says(FrameKind.READY, 0, "{}");
    return agent;
  }

  /** One that answers pings by itself as well, so that it is seen to be alive. */
  public static ScriptedAgent alive() {
    ScriptedAgent agent = ready();
    agent.answersPings();
    return agent;
  }

  /** From now on it answers pings by itself. */
  public void answersPings() {
    answersPings = true;
  }

  /** From now on it takes nothing in, as a sandbox does whose first process was stopped. */
  public void stops() {
    stopped = true;
  }

  public boolean closed() {
    return closed;
  }

  /** Waits for the next frame of this kind, skipping others. */
  public Message awaits(FrameKind kind) throws InterruptedException {
    while (true) {
      Message message = fromDaemon.poll(10, TimeUnit.SECONDS);
      if (message == null) {
        throw new AssertionError("the daemon sent no " + kind);
      }
      if (message.kind() == kind) {
        return message;
      }
    }
  }

  /** Waits for the next frame, whatever it is. */
  public Message next() throws InterruptedException {
    Message message = fromDaemon.poll(10, TimeUnit.SECONDS);
    if (message == null) {
      throw new AssertionError("the daemon sent nothing");
    }
    return message;
  }

  /** True when a frame of this kind is among those that the daemon has sent and nobody awaited. */
  public boolean heard(FrameKind kind) {
    return fromDaemon.stream().anyMatch(m -> m.kind() == kind);
  }

  public void says(FrameKind kind, long stream, String text) {
    says(kind, stream, text.getBytes(StandardCharsets.UTF_8));
  }

  public void says(FrameKind kind, long stream, byte[] payload) {
    int frame = kind.sender() == Sender.WORKER ? FrameDecoder.WORKER_FRAME : FrameDecoder.FRAME;
    for (ByteBuffer bytes : FrameEncoder.frames(new Message(kind, stream, payload), frame)) {
      says(kind.sender() == Sender.WORKER ? Origin.WORKER : Origin.SUPERVISOR, bytes);
    }
  }

  public void says(Origin origin, ByteBuffer raw) {
    toDaemon.add(Optional.of(new Inbound(origin, raw)));
  }

  /** A piece of output of run 1 from either side. */
  public void prints(FrameKind kind, int after, String text) {
    byte[] data = text.getBytes(StandardCharsets.UTF_8);
    says(
        kind,
        1,
        ByteBuffer.allocate(5 + data.length).put((byte) 1).putInt(after).put(data).array());
  }

  public void calls(long id, String header, String arguments) {
    headed(FrameKind.CALL, id, header, arguments);
  }

  /** Shows something in run 1. */
  public void displays(String header, String data) {
    headed(FrameKind.DISPLAY, 1, header, data);
  }

  private void headed(FrameKind kind, long stream, String header, String data) {
    byte[] bytes = header.getBytes(StandardCharsets.UTF_8);
    byte[] bulk = data.getBytes(StandardCharsets.UTF_8);
    says(
        kind,
        stream,
        ByteBuffer.allocate(4 + bytes.length + bulk.length)
            .putInt(bytes.length)
            .put(bytes)
            .put(bulk)
            .array());
  }

  public void ends(String header) {
    ends(header, "");
  }

  /** With a value. */
  public void ends(String header, String value) {
    headed(FrameKind.ENDED, 1, header, value);
  }

  public void drains(int after) {
    says(FrameKind.DRAINED, 1, ByteBuffer.allocate(4).putInt(after).array());
  }

  /** The sandbox is gone: its streams end. */
  public void dies() {
    toDaemon.add(Optional.empty());
  }

  /** Takes what is meant for the worker and gives credit for it, until the condition holds. */
  public void givesCreditUntil(BooleanSupplier condition) {
    while (!condition.getAsBoolean() && !Thread.currentThread().isInterrupted()) {
      int taken = (int) (workerBytes.get() - credited);
      if (taken > 0) {
        credited += taken;
        says(FrameKind.AGENT_CREDIT, 0, ByteBuffer.allocate(5).put((byte) 3).putInt(taken).array());
      }
      Thread.onSpinWait();
    }
  }

  static ObjectNode header(Message message) {
    return Json.readHeaded(message).header();
  }

  static byte[] bulk(Message message) {
    return Json.readHeaded(message).bulk();
  }

  @Override
  public Optional<Inbound> read() throws IOException {
    try {
      return toDaemon.take();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  @Override
  public synchronized void write(ByteBuffer bytes) throws IOException {
    if (stopped) {
      awaitEnd();
    }
    if (closed) {
      throw new IOException("closed");
    }
    int kind = bytes.get(bytes.position() + 4) & (FrameDecoder.MORE - 1);
    if (kind == FrameKind.RUN.number()
        || kind == FrameKind.RESULT.number()
        || kind == FrameKind.ERROR.number()) {
      workerBytes.addAndGet(bytes.remaining());
    }
    decoder.feed(bytes, this::heard);
  }

  private void awaitEnd() throws IOException {
    try {
      ended.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  private void heard(Message message) {
    if (answersPings && message.kind() == FrameKind.PING) {
      says(FrameKind.PONG, 0, message.payload());
    } else {
      fromDaemon.add(message);
    }
  }

  @Override
  public void endInput() {}

  @Override
  public void close() {
    closed = true;
    ended.countDown();
    dies();
  }
}
