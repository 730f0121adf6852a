package dev.caisson.mcp.http;

import java.time.Duration;

/** What clients may take, all of them together where nothing else is said. */
public record HttpLimits(
    Bodies bodies, Connections connections, Sessions sessions, Streams streams) {

  /**
   * The bodies of requests.
   *
   * @param largest bytes of one
   * @param atOnce bytes of all that are being read or worked on
   * @param time for one to arrive
   */
  public record Bodies(int largest, int atOnce, Duration time) {}

  /**
   * Connections of TCP.
   *
   * @param most further ones are not accepted until one ends
   * @param headerBytes of one request's line and headers
   * @param headerTime from the opening of one to the end of its first request's headers
   * @param idle without a byte in either direction
   */
  public record Connections(int most, int headerBytes, Duration headerTime, Duration idle) {}

  /**
   * Sessions of clients up to revision 2025-11-25.
   *
   * @param most further ones are refused
   * @param idle without a request or an open stream; then one is ended
   * @param keptBytes of one session, for a client that comes back to a stream that broke
   * @param keptBytesOfAll the same of all sessions
   */
  public record Sessions(int most, Duration idle, long keptBytes, long keptBytesOfAll) {}

  /**
   * Answers.
   *
   * @param requests that are worked on at once
   * @param patience how long an answer may take that still comes as plain JSON
   * @param beat how often a stream that nothing happens on says that it is alive
   * @param watch the same where a client that is gone has to be noticed, since that cancels
   */
  public record Streams(int requests, Duration patience, Duration beat, Duration watch) {}

  private static final int MIB = 1024 * 1024;

  /** For a frontend of 256 MiB. */
  public static HttpLimits usual() {
    return new HttpLimits(
        // A program is at most 1 MiB; escaped as JSON it can grow sixfold.
        new Bodies(8 * MIB, 32 * MIB, Duration.ofSeconds(30)),
        new Connections(512, 16 * 1024, Duration.ofSeconds(10), Duration.ofSeconds(60)),
        new Sessions(128, Duration.ofMinutes(30), 2 * MIB, 16 * MIB),
        new Streams(1_000, Duration.ofMillis(200), Duration.ofSeconds(15), Duration.ofSeconds(1)));
  }
}
