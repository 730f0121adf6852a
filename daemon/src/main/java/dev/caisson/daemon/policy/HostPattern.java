package dev.caisson.daemon.policy;

import java.util.Optional;

/** The hosts that a rule is about. */
public sealed interface HostPattern {

  boolean matches(HostName host);

  /** One host and no other. */
  record Exact(HostName host) implements HostPattern {
    @Override
    public boolean matches(HostName other) {
      return host.equals(other);
    }

    @Override
    public String toString() {
      return host.text();
    }
  }

  /** Every name below {@code suffix}, at any depth; not the suffix itself. */
  record Below(HostName suffix) implements HostPattern {

    public Below {
      if (suffix.labels() < 2) {
        throw new IllegalArgumentException(
            "a suffix has two labels at least, got '" + suffix + "'");
      }
    }

    @Override
    public boolean matches(HostName other) {
      return other.text().endsWith("." + suffix.text());
    }

    @Override
    public String toString() {
      return "*." + suffix.text();
    }
  }

  /** "api.example.test" or "*.example.test"; nothing for any other text. */
  static Optional<HostPattern> of(String text) {
    if (text.startsWith("*.")) {
      return HostName.of(text.substring(2)).filter(suffix -> suffix.labels() >= 2).map(Below::new);
    }
    return HostName.of(text).map(Exact::new);
  }
}
