package dev.caisson.daemon.channel;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.CodeFinding;
import dev.caisson.daemon.model.MimeBundle;
import dev.caisson.daemon.model.OutputStreamName;
import dev.caisson.daemon.model.RunValue;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * One run on a channel: what the daemon may say to it, and the order and windows of what it says.
 *
 * <p>Threads: frames arrive on the channel's reader thread; the methods for sending may be called
 * from any thread and block while the agent does not take what they send, until the channel is
 * closed. {@link #giveUp} may be called from any thread. The lock is never held over I/O; it is
 * held over calls of the listener that hand on output, which must not block.
 */
public final class AgentRun {

  private static final int FINDINGS = 10;
  private static final int FINDING_NAME = 200;

  // What the contract promises of the text of an exit, whatever the agent says.
  private static final int MESSAGE_BYTES = 16 << 10;

  /** What has its place in the order. */
  private sealed interface Piece {

    @SuppressWarnings("ArrayRecordComponent") // carried, never compared
    record Output(OutputStreamName stream, byte[] data, Lane lane) implements Piece {}

    record Shown(MimeBundle bundle) implements Piece {}

    /** A display that was not admitted: only its place is left. */
    record Nothing() implements Piece {}
  }

  private final AgentChannel channel;
  private final long number;
  private final AgentRunListener listener;
  private final ReceiveWindow workerWindow;
  private final ReceiveWindow supervisorWindow;
  private final AgentConnections connections;
  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock")
  private final OutputOrder<Piece> order;

  @GuardedBy("lock")
  private boolean over;

  // The fields below belong to the reader thread.
  private volatile long calls; // read when the next run is started
  private long drainedAfter = -1;
  private Optional<ProgramEnd> end = Optional.empty();

  AgentRun(
      AgentChannel channel,
      long number,
      long firstCall,
      RunFrame frame,
      Function<AgentRun, AgentRunListener> listeners) {
    int outputWindow = frame.outputWindow();
    this.channel = channel;
    this.number = number;
    this.calls = firstCall - 1;
    this.connections = new AgentConnections(channel, frame.networked());
    this.listener = listeners.apply(this);
    this.workerWindow = new ReceiveWindow("worker output", outputWindow);
    this.supervisorWindow = new ReceiveWindow("supervisor output", outputWindow);
    this.order =
        new OutputOrder<>(piece -> {
          switch (piece) {
            case Piece.Output(var stream, byte[] data, Lane lane) ->
                listener.output(stream, data, lane);
            case Piece.Shown(MimeBundle bundle) -> listener.display(bundle);
            case Piece.Nothing() -> {}
          }
        });
  }

  long number() {
    return number;
  }

  /** Numbers go on over runs: an answer that is late is not that of another call. */
  long nextCall() {
    return calls + 1;
  }

  /** Answers a call. {@code shape} is "value" or "mcp", as the specification says. */
  public void result(long call, String shape, byte[] json) throws InterruptedException {
    ObjectNode header = Json.object().put("shape", shape);
    channel.sendToWorker(new Message(FrameKind.RESULT, call, Json.headed(header, json)));
  }

  /** Fails a call. */
  public void error(long call, String reason, String message) throws InterruptedException {
    ObjectNode body = Json.object().put("reason", reason).put("message", message);
    channel.sendToWorker(new Message(FrameKind.ERROR, call, Json.bytes(body)));
  }

  /** Passes bytes of standard input, at most 64 KiB at a time. */
  public void stdin(byte[] data) throws InterruptedException {
    channel.sendStdin(new Message(FrameKind.STDIN, number, data));
  }

  public void stdinEnd() {
    channel.send(Message.empty(FrameKind.STDIN_EOF, number));
  }

  /** Raises KeyboardInterrupt in the code. */
  public void interrupt() {
    channel.send(Message.empty(FrameKind.INTERRUPT, number));
  }

  /** Kills the worker and all that it started; what was written before still arrives. */
  public void kill() {
    channel.send(Message.empty(FrameKind.KILL, number));
  }

  /** Says that {@code bytes} of output left the daemon, so that the agent may send more. */
  public void consumed(Lane lane, int bytes) {
    ReceiveWindow window = lane == Lane.WORKER_OUTPUT ? workerWindow : supervisorWindow;
    long credit = window.consumed(bytes);
    if (credit > 0 && !isOver()) {
      byte[] payload =
          ByteBuffer.allocate(5).put((byte) lane.number()).putInt((int) credit).array();
      channel.send(new Message(FrameKind.CREDIT, number, payload));
    }
  }

  /** Ends the wait for what a dead worker may still have on its way. */
  public void giveUp() {
    settle(end.orElseGet(ProgramEnd.WorkerKilled::new));
  }

  // ---- from the reader thread ----

  void received(Message message, ChannelState state) {
    switch (message.kind()) {
      case OUTPUT -> piece(Sender.WORKER, message, workerWindow, Lane.WORKER_OUTPUT);
      case CAPTURED_OUTPUT ->
          piece(Sender.SUPERVISOR, message, supervisorWindow, Lane.SUPERVISOR_OUTPUT);
      case DISPLAY -> display(message);
      case CALL -> call(message);
      case CALL_CANCEL -> {
        if (message.stream() > calls) {
          throw Violation.of("cancellation of call %d, never made".formatted(message.stream()));
        }
        listener.callCancelled(message.stream());
      }
      case NET_OPEN, NET_SEND, NET_SEND_END, NET_CLOSED, NET_AGENT_CREDIT ->
          connections.received(message, listener::connected);
      case ENDED -> {
        Json.Headed ended = Json.readHeaded(message);
        end = Optional.of(ended(ended));
        connections.end();
        if (ended.header().path("alone").asBoolean(false)) {
          // Nothing of this run comes from the supervisor any more, so its word is not waited for.
          // A worker that says so falsely loses its own output and nothing else.
          if (ended.header().path("settled").asBoolean(false)) {
            channel.clearedAway();
          }
          settle(end.get());
        }
      }
      case WORKER_EXITED -> {
        if (end.isEmpty()) {
          end = Optional.of(exited(message));
          channel.workerLost(end.get());
          connections.end();
          listener.workerGone();
        }
      }
      case DRAINED -> drainedAfter = unsigned(message, 0);
      default -> throw new IllegalStateException("no frame of a run: " + message.kind());
    }
    if (state == ChannelState.SETTLED && workerFramesComplete()) {
      settle(end.orElseThrow(() -> Violation.of("a run that is over without an end")));
    }
  }

  /**
   * True when the run is over for the turn table, and frames of the dead worker are on their way.
   */
  boolean waitsForWorkerFrames() {
    return drainedAfter >= 0 && !workerFramesComplete() && !isOver();
  }

  void lost(SandboxException why) {
    lock.lock();
    try {
      if (over) {
        return;
      }
      order.flush();
      over = true;
    } finally {
      lock.unlock();
    }
    connections.end();
    listener.lost(why);
  }

  private boolean workerFramesComplete() {
    // Only a worker that died can have left frames behind its supervisor's last word: one that said
    // `ended` wrote all its output before, on the same stream.
    boolean died =
        end.map(e ->
                !(e instanceof ProgramEnd.Completed)
                    && !(e instanceof ProgramEnd.Exited)
                    && !(e instanceof ProgramEnd.Raised)
                    && !(e instanceof ProgramEnd.Refused))
            .orElse(false);
    lock.lock();
    try {
      return !died || order.received(Sender.WORKER) >= drainedAfter;
    } finally {
      lock.unlock();
    }
  }

  private void settle(ProgramEnd how) {
    lock.lock();
    try {
      if (over) {
        return;
      }
      order.flush();
      over = true;
    } finally {
      lock.unlock();
    }
    connections.end();
    listener.settled(how);
  }

  boolean isOver() {
    lock.lock();
    try {
      return over;
    } finally {
      lock.unlock();
    }
  }

  private void piece(Sender sender, Message message, ReceiveWindow window, Lane lane) {
    byte[] payload = message.payload();
    if (payload.length < 6) {
      throw Violation.of("an output frame without data");
    }
    OutputStreamName stream =
        switch (payload[0]) {
          case 1 -> OutputStreamName.STDOUT;
          case 2 -> OutputStreamName.STDERR;
          default -> throw Violation.of("output for descriptor " + (payload[0] & 0xFF));
        };
    byte[] data = Arrays.copyOfRange(payload, 5, payload.length);
    window.received(data.length);
    lock.lock();
    try {
      if (!over) {
        order.arrived(sender, unsigned(message, 1), new Piece.Output(stream, data, lane));
      }
    } finally {
      lock.unlock();
    }
  }

  private void display(Message message) {
    if (message.payload().length >= 4 && unsigned(message, 0) > MimeParts.HEADER_BYTES) {
      throw Violation.of(
          "a display frame with a header of more than %d bytes".formatted(MimeParts.HEADER_BYTES));
    }
    Json.Headed headed = Json.readHeaded(message);
    JsonNode after = headed.header().path("after");
    if (!after.isIntegralNumber() || !after.canConvertToLong() || after.longValue() < 0) {
      throw Violation.of("a display frame without its place in the order");
    }
    MimeBundle bundle = MimeParts.read(headed.header().path("parts"), headed.bulk(), 0);
    // Now, and not in its turn: one that never comes would have it held for nothing.
    boolean admitted = listener.admits(bundle);
    lock.lock();
    try {
      if (!over) {
        order.arrived(
            Sender.WORKER,
            after.longValue(),
            admitted ? new Piece.Shown(bundle) : new Piece.Nothing());
      }
    } finally {
      lock.unlock();
    }
  }

  private void call(Message message) {
    if (message.stream() != calls + 1) {
      throw Violation.of(
          "call %d after call %d: numbers rise by one".formatted(message.stream(), calls));
    }
    calls = message.stream();
    Json.Headed headed = Json.readHeaded(message);
    listener.call(
        new AgentCall(
            calls,
            Json.text(headed.header(), "service"),
            Json.text(headed.header(), "method"),
            headed.header(),
            headed.bulk()));
  }

  private static ProgramEnd ended(Json.Headed headed) {
    ObjectNode header = headed.header();
    return switch (Json.text(header, "how")) {
      case "completed" ->
          new ProgramEnd.Completed(
              header.has("value_repr")
                  ? Optional.of(value(header, headed.bulk()))
                  : Optional.empty());
      case "exit" ->
          new ProgramEnd.Exited(
              header.path("exit_code").asInt(1),
              BoundedText.of(header, "message", MESSAGE_BYTES).text());
      case "exception" -> {
        if (!(header.get("exception") instanceof ObjectNode exception)) {
          throw Violation.of("an ended frame with an exception that is no object");
        }
        yield new ProgramEnd.Raised(RaisedError.read(exception));
      }
      case "refused" -> new ProgramEnd.Refused(findings(header.path("findings")));
      default -> throw Violation.of("an ended frame that does not say how");
    };
  }

  private static RunValue value(ObjectNode header, byte[] bulk) {
    MimeBundle forms = MimeBundle.EMPTY;
    byte[] json = bulk;
    if (header.has("value_parts")) {
      JsonNode parts = header.get("value_parts");
      int end = (int) Math.max(0, bulk.length - MimeParts.bytes(parts));
      forms = MimeParts.read(parts, bulk, end);
      json = Arrays.copyOf(bulk, end);
    }
    BoundedText repr = BoundedText.of(header, "value_repr", RunFrame.REPR_BYTES);
    boolean keepsJson = json.length <= RunFrame.VALUE_BYTES && Json.fault(json).isEmpty();
    return new RunValue(
        repr.text(),
        repr.isCut() || header.path("value_repr_cut").asBoolean(false),
        keepsJson ? json : new byte[0],
        forms);
  }

  private static List<CodeFinding> findings(JsonNode found) {
    List<CodeFinding> findings = new ArrayList<>();
    if (found.size() > FINDINGS) {
      throw Violation.of("an ended frame with " + found.size() + " findings");
    }
    for (JsonNode one : found) {
      CodeFinding.Kind kind =
          switch (one.path("kind").asString("")) {
            case "import" -> CodeFinding.Kind.IMPORT;
            case "builtin" -> CodeFinding.Kind.BUILTIN;
            case "attribute" -> CodeFinding.Kind.ATTRIBUTE;
            default -> throw Violation.of("an ended frame with a finding of no known kind");
          };
      String name = one.path("name").asString("");
      int line = one.path("line").asInt(0);
      if (name.length() > FINDING_NAME || line < 1) {
        throw Violation.of("an ended frame with a finding whose name or line cannot be");
      }
      findings.add(new CodeFinding(kind, Json.clean(name), line));
    }
    return findings;
  }

  static ProgramEnd exited(Message message) {
    ObjectNode body = Json.readObject(message);
    String cause = Json.text(body, "cause");
    if (cause.equals("killed")) {
      return new ProgramEnd.WorkerKilled();
    }
    if (cause.equals("channel_closed")) {
      return new ProgramEnd.ChannelClosedByWorker();
    }
    JsonNode signal = body.get("signal");
    if (signal != null && signal.isInt() && signal.intValue() > 0 && signal.intValue() < 65) {
      return new ProgramEnd.WorkerSignalled(signal.intValue());
    }
    return new ProgramEnd.WorkerExited(body.path("exit_code").asInt(1) & 0xFF);
  }

  private static long unsigned(Message message, int at) {
    if (message.payload().length < at + 4) {
      throw Violation.of("a " + message.kind().wireName() + " frame that is cut short");
    }
    return ByteBuffer.wrap(message.payload()).getInt(at) & 0xFFFF_FFFFL;
  }
}
