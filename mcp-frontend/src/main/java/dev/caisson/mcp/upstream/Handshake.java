package dev.caisson.mcp.upstream;

import dev.caisson.mcp.upstream.LostConnectionException.Delivery;
import io.modelcontextprotocol.spec.McpSchema;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeoutException;

/**
 * The beginning of a conversation: finds out the era of the server, and what it offers. As the
 * specification wants it, a server is asked by {@code server/discover} first, and everything that
 * is not an answer of the newer era means the older one, silence included.
 */
final class Handshake {

  static final String DISCOVER = "server/discover";

  /** How long a server may be silent when it is asked what it may not know. */
  static final Duration PATIENCE = Duration.ofSeconds(5);

  private static final int HEADER_MISMATCH = -32020;
  private static final int MISSING_CAPABILITY = -32021;
  private static final int UNSUPPORTED_VERSION = -32022;

  private final Conversation conversation;
  private final Duration patience;
  private boolean unanswered;

  Handshake(Conversation conversation, Duration patience) {
    this.conversation = conversation;
    this.patience = patience;
  }

  /** What the server said of itself. */
  record Greeting(
      Revision revision, String instructions, boolean hasTools, boolean tellsOfChanges) {

    private static Greeting of(Revision revision, RawJson.Members result) {
      var capabilities = RawJson.members(result.raw("capabilities").orElse("{}"));
      var tools = RawJson.members(capabilities.raw("tools").orElse("{}"));
      return new Greeting(
          revision,
          result.text("instructions").orElse(""),
          capabilities.has("tools"),
          tools.begins("listChanged", "true"));
    }
  }

  /** Opens the wire and shakes hands. The time is for all of it. */
  Greeting greet(Approach approach, Duration timeout)
      throws LostConnectionException, RpcErrorException, TimeoutException, InterruptedException {
    var deadline = System.nanoTime() + timeout.toNanos();
    conversation.open();
    if (approach != Approach.PROBE) {
      return initialize(left(deadline));
    }
    var modern = probe(deadline);
    if (modern.isPresent()) {
      return modern.get();
    }
    try {
      return initialize(left(deadline));
    } catch (RpcErrorException refused) {
      // One that was slow to start has got the question by now, and may be of the newer era.
      if (unanswered || refused.code() == UNSUPPORTED_VERSION) {
        modern = probe(deadline);
      }
      if (modern.isPresent()) {
        return modern.get();
      }
      throw refused;
    }
  }

  private static Duration left(long deadline) {
    return Duration.ofNanos(Math.max(deadline - System.nanoTime(), 1));
  }

  /** Empty when the server is of the older era. */
  private Optional<Greeting> probe(long deadline)
      throws LostConnectionException, RpcErrorException, InterruptedException {
    for (var version : Revision.MODERN) {
      var revision = new Revision(version);
      conversation.speak(revision);
      try {
        var left = left(deadline);
        var result =
            RawJson.members(
                conversation.request(
                    DISCOVER, "{}", patience.compareTo(left) < 0 ? patience : left));
        if (texts(result.raw("supportedVersions")).contains(version)) {
          return Optional.of(Greeting.of(revision, result));
        }
      } catch (RpcErrorException error) {
        if (!isOfOlderEra(error)) {
          throw error;
        }
      } catch (TimeoutException silent) {
        unanswered = true;
      } catch (LostConnectionException lost) {
        if (lost.delivery() != Delivery.REFUSED) {
          throw lost;
        }
      }
    }
    conversation.speak(Revision.NONE);
    return Optional.empty();
  }

  private static boolean isOfOlderEra(RpcErrorException error) throws LostConnectionException {
    if (error.code() == UNSUPPORTED_VERSION) {
      var supported = texts(RawJson.members(error.data()).raw("supported"));
      if (!supported.isEmpty() && supported.stream().noneMatch(Revision.LEGACY::contains)) {
        throw new LostConnectionException(
            "it speaks protocol versions " + supported + "; known are " + Revision.known(),
            Delivery.NOT_DELIVERED);
      }
    }
    return error.code() != HEADER_MISMATCH && error.code() != MISSING_CAPABILITY;
  }

  private static List<String> texts(Optional<String> array) {
    return RawJson.elements(array.orElse("[]")).stream()
        .filter(raw -> raw.startsWith("\"") && raw.length() <= 64)
        .limit(16)
        .map(RawJson::decoded)
        .toList();
  }

  private Greeting initialize(Duration timeout)
      throws LostConnectionException, RpcErrorException, TimeoutException, InterruptedException {
    var parameters =
        "{\"protocolVersion\":\"%s\",\"capabilities\":{},\"clientInfo\":%s}"
            .formatted(Revision.LEGACY.getFirst(), Revision.CLIENT);
    var result =
        RawJson.members(conversation.request(McpSchema.METHOD_INITIALIZE, parameters, timeout));
    var version = result.text("protocolVersion").orElse("");
    if (!Revision.LEGACY.contains(version)) {
      throw new LostConnectionException(
          "it speaks protocol version '" + version + "'; known are " + Revision.known(),
          Delivery.NOT_DELIVERED);
    }
    var revision = new Revision(version);
    conversation.speak(revision);
    conversation.tell(McpSchema.METHOD_NOTIFICATION_INITIALIZED);
    return Greeting.of(revision, result);
  }
}
