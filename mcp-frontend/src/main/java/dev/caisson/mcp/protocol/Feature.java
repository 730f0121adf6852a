package dev.caisson.mcp.protocol;

import java.util.Map;
import java.util.Optional;

/** Something that a server offers, such as tools or prompts: a capability and its methods. */
public interface Feature {

  /** The capability's name on the wire. */
  String capability();

  /** The capability's value on the wire. */
  Map<String, Object> settings();

  /** The methods, by name. */
  Map<String, Offered> methods();

  /**
   * A method that is answered.
   *
   * @param hint when its results may be kept by clients
   */
  record Offered(RequestHandler handler, Optional<CacheHint> hint) {

    public static Offered of(RequestHandler handler) {
      return new Offered(handler, Optional.empty());
    }

    public static Offered cacheable(CacheHint hint, RequestHandler handler) {
      return new Offered(handler, Optional.of(hint));
    }
  }
}
