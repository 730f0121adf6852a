package dev.caisson.daemon.channel;

import static dev.caisson.daemon.channel.Sender.DAEMON;
import static dev.caisson.daemon.channel.Sender.SUPERVISOR;
import static dev.caisson.daemon.channel.Sender.WORKER;

import java.util.Locale;
import java.util.Optional;

/**
 * The kinds of frames: number on the wire, the one sender that may use it, and the most bytes that
 * a whole message of the kind may have. Equal to {@code kinds.json} of the specification, which a
 * test holds against this list.
 */
public enum FrameKind {
  HELLO(1, DAEMON, Payload.JSON, 1 << 20),
  RUN(2, DAEMON, Payload.HEADED, 4 << 20),
  INTERRUPT(3, DAEMON, Payload.EMPTY, 0),
  KILL(4, DAEMON, Payload.EMPTY, 0),
  RESET(5, DAEMON, Payload.EMPTY, 0),
  RESULT(6, DAEMON, Payload.HEADED, 64 << 20),
  ERROR(7, DAEMON, Payload.JSON, 1 << 20),
  PROGRESS(8, DAEMON, Payload.JSON, 1 << 20),
  STDIN(9, DAEMON, Payload.RAW, 65_536),
  STDIN_EOF(10, DAEMON, Payload.EMPTY, 0),
  CREDIT(11, DAEMON, Payload.RAW, 5),
  PING(12, DAEMON, Payload.RAW, 64),
  SHUTDOWN(13, DAEMON, Payload.EMPTY, 0),

  FILE_LIST(32, DAEMON, Payload.JSON, 32 << 10),
  FILE_STAT(33, DAEMON, Payload.JSON, 32 << 10),
  FILE_READ(34, DAEMON, Payload.JSON, 32 << 10),
  FILE_WRITE(35, DAEMON, Payload.JSON, 32 << 10),
  FILE_PUT(36, DAEMON, Payload.RAW, 65_527),
  FILE_PUT_END(37, DAEMON, Payload.EMPTY, 0),
  FILE_DELETE(38, DAEMON, Payload.JSON, 32 << 10),
  FILE_MKDIR(39, DAEMON, Payload.JSON, 32 << 10),
  FILE_CREDIT(40, DAEMON, Payload.RAW, 4),
  FILE_CANCEL(41, DAEMON, Payload.EMPTY, 0),

  NET_RECEIVE(48, DAEMON, Payload.RAW, 65_527),
  NET_RECEIVE_END(49, DAEMON, Payload.EMPTY, 0),
  NET_CUT(50, DAEMON, Payload.EMPTY, 0),
  NET_CREDIT(51, DAEMON, Payload.RAW, 4),

  OUTPUT(64, WORKER, Payload.RAW, 4_087),
  DISPLAY(65, WORKER, Payload.HEADED, 4 << 20),
  CALL(66, WORKER, Payload.HEADED, 16 << 20),
  CALL_CANCEL(67, WORKER, Payload.EMPTY, 0),
  ENDED(68, WORKER, Payload.HEADED, 4 << 20),

  AGENT_HELLO(96, SUPERVISOR, Payload.JSON, 65_536),
  READY(97, SUPERVISOR, Payload.JSON, 65_536),
  CAPTURED_OUTPUT(98, SUPERVISOR, Payload.RAW, 65_527),
  WORKER_EXITED(99, SUPERVISOR, Payload.JSON, 65_536),
  DRAINED(100, SUPERVISOR, Payload.RAW, 4),
  AGENT_CREDIT(101, SUPERVISOR, Payload.RAW, 5),
  PONG(102, SUPERVISOR, Payload.RAW, 64),
  WORKER_REPLACED(103, SUPERVISOR, Payload.JSON, 65_536),
  FILE_FOUND(104, SUPERVISOR, Payload.JSON, 4_096),
  FILE_DATA(105, SUPERVISOR, Payload.RAW, 65_527),
  FILE_DONE(106, SUPERVISOR, Payload.JSON, 65_527),
  FILE_ERROR(107, SUPERVISOR, Payload.JSON, 1_024),
  FILE_AGENT_CREDIT(108, SUPERVISOR, Payload.RAW, 4),
  NET_OPEN(112, SUPERVISOR, Payload.JSON, 1_024),
  NET_SEND(113, SUPERVISOR, Payload.RAW, 65_527),
  NET_SEND_END(114, SUPERVISOR, Payload.EMPTY, 0),
  NET_CLOSED(115, SUPERVISOR, Payload.EMPTY, 0),
  NET_AGENT_CREDIT(116, SUPERVISOR, Payload.RAW, 4);

  /** How the payload of a kind is laid out. */
  public enum Payload {
    EMPTY,
    JSON,
    HEADED,
    RAW
  }

  private static final FrameKind[] BY_NUMBER = new FrameKind[128];

  static {
    for (FrameKind kind : values()) {
      BY_NUMBER[kind.number] = kind;
    }
  }

  private final int number;
  private final Sender sender;
  private final Payload payload;
  private final int limit;

  FrameKind(int number, Sender sender, Payload payload, int limit) {
    this.number = number;
    this.sender = sender;
    this.payload = payload;
    this.limit = limit;
  }

  public int number() {
    return number;
  }

  public Sender sender() {
    return sender;
  }

  public Payload payload() {
    return payload;
  }

  /** The most bytes of a whole message, all its parts together. */
  public int limit() {
    return limit;
  }

  /** Whether its stream is the run's number, and not that of a call, a connection or a file. */
  boolean isOfRun() {
    return switch (this) {
      case CALL, CALL_CANCEL -> false;
      case NET_OPEN, NET_SEND, NET_SEND_END, NET_CLOSED, NET_AGENT_CREDIT -> false;
      case FILE_FOUND, FILE_DATA, FILE_DONE, FILE_ERROR, FILE_AGENT_CREDIT -> false;
      default -> true;
    };
  }

  /** The name in the specification. */
  public String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The kind of this number (0 to 127), if there is one. */
  public static Optional<FrameKind> of(int number) {
    return number < 0 || number > 127 ? Optional.empty() : Optional.ofNullable(BY_NUMBER[number]);
  }
}
