package dev.caisson.daemon.error;

/** The one exception of the daemon. The message says what, which, and in which state. */
public final class SandboxException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final ErrorCode code;

  public SandboxException(ErrorCode code, String message) {
    super(message);
    this.code = code;
  }

  public SandboxException(ErrorCode code, String message, Throwable cause) {
    super(message, cause);
    this.code = code;
  }

  public ErrorCode code() {
    return code;
  }

  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }
}
