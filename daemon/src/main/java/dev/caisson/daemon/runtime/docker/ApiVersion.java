package dev.caisson.daemon.runtime.docker;

import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A version of the engine's HTTP interface. */
record ApiVersion(int major, int minor) implements Comparable<ApiVersion> {

  /** The oldest that has all we ask for: Docker Engine 20.10. */
  static final ApiVersion OLDEST = new ApiVersion(1, 41);

  /** The newest that the client library was written for. */
  static final ApiVersion NEWEST = new ApiVersion(1, 47);

  private static final Pattern TEXT = Pattern.compile("(\\d{1,4})\\.(\\d{1,4})");

  static ApiVersion parse(String text) {
    Matcher matcher = TEXT.matcher(text);
    if (!matcher.matches()) {
      throw new SandboxException(
          ErrorCode.ENGINE_UNSUITABLE, "the engine gives '" + text + "' as its API version");
    }
    return new ApiVersion(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
  }

  /**
   * What to speak with an engine whose newest version this is: never above it, which the engine
   * refuses, and never above what we know.
   */
  ApiVersion negotiated() {
    if (compareTo(OLDEST) < 0) {
      throw new SandboxException(
          ErrorCode.ENGINE_UNSUITABLE,
          "the engine speaks API version %s at most and Caisson needs %s: install Docker Engine 20.10 or newer"
              .formatted(this, OLDEST));
    }
    return compareTo(NEWEST) > 0 ? NEWEST : this;
  }

  @Override
  public int compareTo(ApiVersion other) {
    return major != other.major
        ? Integer.compare(major, other.major)
        : Integer.compare(minor, other.minor);
  }

  @Override
  public String toString() {
    return major + "." + minor;
  }
}
