package dev.caisson.mcp.protocol;

import java.util.ArrayList;
import java.util.Optional;

/** The revisions of the protocol that are spoken, for a transport that has to tell them apart. */
public final class Revisions {

  private Revisions() {}

  /** Whether clients of this revision greet first, and are remembered. */
  public static boolean isLegacy(String version) {
    return LegacyEra.VERSIONS.contains(version);
  }

  /** Whether requests of this revision carry all that there is to know. */
  public static boolean isModern(String version) {
    return ModernEra.VERSIONS.contains(version);
  }

  /** Whether a request says by itself that it is of the era without greetings. */
  public static boolean claimsModern(Incoming.Request request) {
    return ModernEra.claims(request);
  }

  /** The version that a request carries; empty when it carries none. */
  public static Optional<String> carried(Incoming.Request request) {
    return request.meta().get(ModernEra.VERSION) instanceof String version
        ? Optional.of(version)
        : Optional.empty();
  }

  /** For a request of the era without greetings that does not say its version. */
  public static RequestRefusedException missing() {
    return ModernEra.incomplete(ModernEra.VERSION, "a text");
  }

  /** With the versions that are spoken, the newest first. */
  public static RequestRefusedException unsupported(String version) {
    var supported = new ArrayList<>(ModernEra.VERSIONS);
    supported.addAll(LegacyEra.VERSIONS.reversed());
    return new RequestRefusedException(
        ErrorCodes.UNSUPPORTED_PROTOCOL_VERSION,
        "Unsupported protocol version",
        Json.ordered("supported", supported, "requested", version));
  }
}
