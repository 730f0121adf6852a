package dev.caisson.daemon.channel;

import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;

/** Makes the error for a broken rule of the channel. Whoever sees it destroys that sandbox. */
final class Violation {

  private Violation() {}

  static SandboxException of(String what) {
    return new SandboxException(ErrorCode.CHANNEL_VIOLATION, what);
  }
}
