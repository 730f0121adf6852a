package dev.caisson.client;

import java.util.Map;

/**
 * The daemon or the request failed. What the user's program does is never one of these: an
 * exception, a time-out or a crash of the program is a {@link RunResult}.
 *
 * <p>{@link #getMessage()} says what happened, {@link #advice()} what to do about it, and {@link
 * #reason()} is for programs: the daemon's reason, or one of the constants of this class for what
 * the client found out itself.
 */
public final class CaissonException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** No daemon answers at the socket. Nothing was started. */
  public static final String DAEMON_UNREACHABLE = "DAEMON_UNREACHABLE";

  /**
   * The connection ended while a run was in progress. Its sandbox is destroyed, its result lost.
   */
  public static final String CONNECTION_LOST = "CONNECTION_LOST";

  /** The daemon's events break the rules of the contract; client and daemon do not fit. */
  public static final String CONTRACT_BROKEN = "CONTRACT_BROKEN";

  /** The daemon did not confirm the end of a run that was cancelled; its connection was closed. */
  public static final String CANCEL_UNCONFIRMED = "CANCEL_UNCONFIRMED";

  /** This client was closed, or the run's handle was. */
  public static final String CLOSED = "CLOSED";

  private final String reason;
  private final String advice;
  private final transient Map<String, String> metadata;

  CaissonException(String reason, String message, String advice) {
    this(reason, message, advice, Map.of());
  }

  CaissonException(String reason, String message, String advice, Map<String, String> metadata) {
    super(message);
    this.reason = reason;
    this.advice = advice;
    this.metadata = Map.copyOf(metadata);
  }

  CaissonException because(Throwable cause) {
    initCause(cause);
    return this;
  }

  /** What kind of failure, e.g. {@code NOT_FOUND}: stable, in upper case. */
  public String reason() {
    return reason;
  }

  /** What to do about it; empty when there is nothing to say beyond the message. */
  public String advice() {
    return advice;
  }

  /** The daemon's particulars of the failure, e.g. which field and which limit. */
  public Map<String, String> metadata() {
    return metadata == null ? Map.of() : metadata;
  }

  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }
}
