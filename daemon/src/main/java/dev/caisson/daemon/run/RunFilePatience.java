package dev.caisson.daemon.run;

import java.time.Duration;

/**
 * How long the files of a run may take, which is not the program's time. A program cannot draw its
 * run out by making its workspace slow.
 *
 * @param before until those that it brings are there, and what there is was noted
 * @param after until those that it gives back were found and taken by the caller
 * @param reader how long of that the caller may read nothing
 */
public record RunFilePatience(Duration before, Duration after, Duration reader) {

  public static final RunFilePatience DEFAULT =
      new RunFilePatience(Duration.ofMinutes(1), Duration.ofMinutes(5), Duration.ofMinutes(1));
}
