package dev.caisson.daemon.api;

import com.google.protobuf.Any;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import com.google.rpc.Status;
import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;

/** The one place where our errors become gRPC status. */
final class GrpcErrors {

  private static final String DOMAIN = "caisson.dev";

  private GrpcErrors() {}

  static StatusRuntimeException of(SandboxException error) {
    Status.Builder status =
        Status.newBuilder()
            .setCode(code(error.code()).value())
            .setMessage(error.getMessage())
            .addDetails(
                Any.pack(
                    ErrorInfo.newBuilder()
                        .setReason(error.code().name())
                        .setDomain(DOMAIN)
                        .build()));
    if (error.code() == ErrorCode.NO_SANDBOX_AVAILABLE) {
      status.addDetails(
          Any.pack(
              RetryInfo.newBuilder()
                  .setRetryDelay(com.google.protobuf.Duration.newBuilder().setSeconds(1))
                  .build()));
    }
    return StatusProto.toStatusRuntimeException(status.build());
  }

  private static Code code(ErrorCode code) {
    return switch (code) {
      case INVALID_REQUEST -> Code.INVALID_ARGUMENT;
      case NOT_FOUND -> Code.NOT_FOUND;
      case FAILED_PRECONDITION -> Code.FAILED_PRECONDITION;
      case NO_SANDBOX_AVAILABLE, OUT_OF_ROOM -> Code.RESOURCE_EXHAUSTED;
      case TOO_SLOW -> Code.DEADLINE_EXCEEDED;
      case SHUTTING_DOWN, ENGINE_FAILED, ENGINE_TIMED_OUT, ENGINE_UNSUITABLE -> Code.UNAVAILABLE;
      case INVALID_CONFIGURATION, CHANNEL_VIOLATION, CHANNEL_CLOSED, INTERNAL -> Code.INTERNAL;
    };
  }
}
