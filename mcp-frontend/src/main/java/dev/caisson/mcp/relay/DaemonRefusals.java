package dev.caisson.mcp.relay;

import dev.caisson.client.CaissonClient;
import dev.caisson.client.CaissonException;
import java.util.function.Function;

/** Asks the daemon through the client library, and gives its failures in our words. */
final class DaemonRefusals {

  private DaemonRefusals() {}

  /** The answer of a question that blocks; an interrupt ends it. */
  static <T> T asked(DaemonAccess daemon, Function<CaissonClient, T> question)
      throws RefusedException, InterruptedException {
    var client = daemon.client();
    try {
      return question.apply(client);
    } catch (CaissonException failure) {
      // The library keeps the flag and says that the call was cancelled, as if by somebody else.
      if (Thread.interrupted()) {
        throw new InterruptedException("the request was cancelled");
      }
      throw of(failure);
    }
  }

  static RefusedException of(CaissonException failure) {
    var advice =
        failure.reason().equals(CaissonException.DAEMON_UNREACHABLE) && failure.advice().isEmpty()
            ? "start it with: caisson up"
            : failure.advice();
    var text =
        advice.isEmpty() ? failure.getMessage() : failure.getMessage() + "\nWhat to do: " + advice;
    return new RefusedException(reason(failure), text, failure);
  }

  private static RefusedException.Reason reason(CaissonException failure) {
    return switch (failure.reason()) {
      case "NOT_FOUND" -> RefusedException.Reason.NOT_FOUND;
      case "INVALID_REQUEST" -> RefusedException.Reason.INVALID;
      case "FAILED_PRECONDITION" -> RefusedException.Reason.WRONG_STATE;
      case CaissonException.DAEMON_UNREACHABLE, CaissonException.CLOSED, "SHUTTING_DOWN" ->
          RefusedException.Reason.UNREACHABLE;
      default -> RefusedException.Reason.OTHER;
    };
  }
}
