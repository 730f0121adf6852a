package dev.caisson.daemon.acceptance;

import java.time.Duration;

/**
 * How long tests wait for what has to come. None of these is a promise: they only end a test that
 * would wait for ever, and are long because the machine may be busy with other things.
 */
public final class Patience {

  /** Seconds, for tests that are run to see them fail. */
  public static final String PROPERTY = "caisson.patience";

  /** For a daemon to serve, on a machine that is busy. The same when tests are to fail. */
  public static final Duration BEGINNING = Duration.ofSeconds(180);

  /** For the end of a run. */
  public static final Duration RUN = Duration.ofSeconds(Long.getLong(PROPERTY, 100));

  /** For what follows a run by itself: pools are full again, nothing is left. */
  public static final Duration AFTERMATH = Duration.ofSeconds(Long.getLong(PROPERTY, 60));

  private Patience() {}
}
