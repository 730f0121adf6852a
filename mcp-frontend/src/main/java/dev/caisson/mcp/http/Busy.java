package dev.caisson.mcp.http;

import dev.caisson.mcp.protocol.ErrorCodes;
import dev.caisson.mcp.protocol.RequestRefusedException;
import java.util.concurrent.Semaphore;

/** How many requests of all clients are worked on at once. */
final class Busy {

  private Busy() {}

  /** Takes a place, or refuses the request of this id. */
  static void enter(Semaphore places, Object request) throws RefusedException {
    if (!places.tryAcquire()) {
      throw new RefusedException(
          503,
          request,
          new RequestRefusedException(
              ErrorCodes.INTERNAL_ERROR,
              "too many requests are in progress, of all clients together; try again later"));
    }
  }
}
