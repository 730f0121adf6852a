package dev.caisson.daemon.error;

/**
 * Every way in which we, or a request, can fail. What the user's code does is never in this list:
 * that is a result. Mapped to gRPC status in one class of the api room.
 */
public enum ErrorCode {
  /** The request breaks a documented rule. Nothing was started. */
  INVALID_REQUEST,
  /** The named thing does not exist. */
  NOT_FOUND,
  /** The request is well formed and comes in the wrong state. */
  FAILED_PRECONDITION,
  /** There is no room for it: a workspace is full, or too much of its kind goes on. */
  OUT_OF_ROOM,
  /** The sandbox or the caller made no step for too long. */
  TOO_SLOW,
  /** The configuration or a policy file is wrong. */
  INVALID_CONFIGURATION,
  /** No sandbox in time: the pool is empty and creating one took too long. Worth a retry. */
  NO_SANDBOX_AVAILABLE,
  /** The daemon is shutting down. Worth a retry elsewhere. */
  SHUTTING_DOWN,
  /** The engine cannot be reached, or answered with an error. */
  ENGINE_FAILED,
  /** The engine did not answer in time. */
  ENGINE_TIMED_OUT,
  /** The engine is there and lacks what isolation needs: gVisor, the image, an API version. */
  ENGINE_UNSUITABLE,
  /** A sandbox broke the rules of the channel. */
  CHANNEL_VIOLATION,
  /** The channel to a sandbox ended. */
  CHANNEL_CLOSED,
  /** A bug of ours. */
  INTERNAL
}
