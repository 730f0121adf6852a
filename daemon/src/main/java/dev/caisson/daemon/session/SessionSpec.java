package dev.caisson.daemon.session;

import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.DurationText;
import dev.caisson.daemon.model.Identity;
import java.time.Duration;

/**
 * What a caller wants of a session.
 *
 * @param policy the name of a policy; empty for the default one
 * @param idleTimeout without a run for this long it ends
 * @param timeToLive it ends this long after its creation
 */
public record SessionSpec(
    Identity identity,
    String policy,
    String name,
    String description,
    Duration idleTimeout,
    Duration timeToLive) {

  public static final Duration DEFAULT_IDLE_TIMEOUT = Duration.ofMinutes(30);
  public static final Duration DEFAULT_TIME_TO_LIVE = Duration.ofHours(8);

  private static final int NAME = 100;
  private static final int DESCRIPTION = 1_000;
  private static final Duration LEAST = Duration.ofSeconds(1);
  private static final Duration MOST_IDLE = Duration.ofHours(24);
  private static final Duration MOST_LIFE = Duration.ofDays(7);

  public SessionSpec {
    requireText("name", name, NAME, false);
    requireText("description", description, DESCRIPTION, true);
    requireRange("idle_timeout", idleTimeout, MOST_IDLE);
    requireRange("time_to_live", timeToLive, MOST_LIFE);
  }

  private static void requireText(String field, String text, int most, boolean newlines) {
    if (text.codePointCount(0, text.length()) > most) {
      throw invalid(field, "has more than %,d characters".formatted(most), "shorten it");
    }
    if (text.chars().anyMatch(c -> Character.isISOControl(c) && !(newlines && c == '\n'))) {
      throw invalid(field, "has control characters", "remove them");
    }
  }

  private static void requireRange(String field, Duration value, Duration most) {
    if (value.compareTo(LEAST) < 0 || value.compareTo(most) > 0) {
      throw invalid(
          field,
          "is " + DurationText.of(value),
          "%s to %s are allowed".formatted(DurationText.of(LEAST), DurationText.of(most)));
    }
  }

  private static SandboxException invalid(String field, String what, String allowed) {
    return new SandboxException(
        ErrorCode.INVALID_REQUEST, "%s %s; %s".formatted(field, what, allowed));
  }
}
