package dev.caisson.client.command;

/** What was asked for makes no sense: said to the person, exit status 2. */
final class UsageException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final String advice;

  UsageException(String message, String advice) {
    super(message);
    this.advice = advice;
  }

  String advice() {
    return advice;
  }

  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }
}
