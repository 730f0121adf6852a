package dev.caisson.client;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.nio.file.Files;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** The one place that makes a {@link CaissonException} of a gRPC status. */
final class FailureTranslation {

  private static final String ADVICE = "advice";

  private final DaemonAddress address;

  FailureTranslation(DaemonAddress address) {
    this.address = address;
  }

  CaissonException of(StatusRuntimeException failure) {
    Metadata trailers = Objects.requireNonNullElseGet(failure.getTrailers(), Metadata::new);
    return beforeAcceptance(failure.getStatus(), trailers);
  }

  /** A failure of a call that had done nothing yet. */
  CaissonException beforeAcceptance(Status status, Metadata trailers) {
    Optional<ErrorInfo> info = errorInfo(status, trailers);
    if (info.isEmpty() && status.getCode() == Status.Code.UNAVAILABLE) {
      return unreachable(status);
    }
    return said(status, info);
  }

  /** A failure of a run that had its sandbox. */
  CaissonException during(String runId, Status status, Metadata trailers) {
    Optional<ErrorInfo> info = errorInfo(status, trailers);
    if (info.isEmpty() && isLoss(status)) {
      return new CaissonException(
              CaissonException.CONNECTION_LOST,
              "the connection to the daemon at %s ended while run %s was in progress (%s)"
                  .formatted(address.socket(), runId, why(status)),
              "the run is lost and its sandbox destroyed; see the daemon's log with `caisson logs`")
          .because(status.asRuntimeException());
    }
    return said(status, info);
  }

  /** A daemon that is killed drops the connection; one that stops at once cancels its calls. */
  private static boolean isLoss(Status status) {
    return status.getCode() == Status.Code.UNAVAILABLE || status.getCode() == Status.Code.CANCELLED;
  }

  private CaissonException unreachable(Status status) {
    boolean exists = Files.exists(address.socket());
    String why = exists ? why(status) : "there is no such socket";
    String advice =
        exists && why.contains("Permission denied")
            ? "run as a user who may open that socket"
            : "start a daemon with `caisson up`, or set CAISSON_SOCKET to the socket of a running one";
    return new CaissonException(
            CaissonException.DAEMON_UNREACHABLE,
            "no daemon answers at %s (%s)".formatted(address.socket(), why),
            advice)
        .because(status.asRuntimeException());
  }

  private static CaissonException said(Status status, Optional<ErrorInfo> info) {
    String reason = info.map(ErrorInfo::getReason).orElseGet(() -> status.getCode().name());
    Map<String, String> metadata = info.map(ErrorInfo::getMetadataMap).orElseGet(Map::of);
    String message =
        Objects.requireNonNullElseGet(
            status.getDescription(), () -> "the daemon answered " + status.getCode());
    return new CaissonException(
            reason, message, metadata.getOrDefault(ADVICE, defaultAdvice(reason, status)), metadata)
        .because(status.asRuntimeException());
  }

  /** For a daemon that gave none. */
  private static String defaultAdvice(String reason, Status status) {
    return switch (reason) {
      case "ENGINE_FAILED", "ENGINE_TIMED_OUT", "ENGINE_UNSUITABLE" ->
          "`caisson doctor` says what is missing or broken";
      case "NO_SANDBOX_AVAILABLE" -> "try again; `caisson status` shows how full the pool is";
      case "SHUTTING_DOWN" -> "start the daemon again with `caisson up`";
      default -> defaultAdvice(status);
    };
  }

  private static String defaultAdvice(Status status) {
    return switch (status.getCode()) {
      case UNIMPLEMENTED ->
          "the daemon is of another version; stop it with `caisson down` and start it with `caisson up`";
      case INTERNAL, UNKNOWN, DATA_LOSS -> "the daemon's log says more: `caisson logs`";
      case UNAVAILABLE, RESOURCE_EXHAUSTED, ABORTED -> "try again";
      default -> "";
    };
  }

  private static Optional<ErrorInfo> errorInfo(Status status, Metadata trailers) {
    com.google.rpc.Status details = StatusProto.fromStatusAndTrailers(status, trailers);
    for (Any detail : details.getDetailsList()) {
      if (detail.is(ErrorInfo.class)) {
        try {
          return Optional.of(detail.unpack(ErrorInfo.class));
        } catch (InvalidProtocolBufferException broken) {
          return Optional.empty(); // The status itself still says what failed.
        }
      }
    }
    return Optional.empty();
  }

  private static String why(Status status) {
    Throwable deepest = status.getCause();
    while (deepest != null && deepest.getCause() != null) {
      deepest = deepest.getCause();
    }
    if (deepest != null && deepest.getMessage() != null) {
      return deepest.getMessage();
    }
    return Objects.requireNonNullElse(status.getDescription(), "unavailable");
  }
}
