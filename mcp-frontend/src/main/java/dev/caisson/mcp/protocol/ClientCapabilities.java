package dev.caisson.mcp.protocol;

import java.util.Map;

/**
 * What a client said that it can be asked.
 *
 * @param declared the object as it was sent
 */
public record ClientCapabilities(Map<String, Object> declared) {

  /** A client that said nothing. */
  public static final ClientCapabilities NONE = new ClientCapabilities(Map.of());

  static final String ELICITATION = "elicitation/create";
  static final String SAMPLING = "sampling/createMessage";
  static final String ROOTS = "roots/list";

  /** Whether it shows its user a form. */
  public boolean canShowForms() {
    if (!(declared.get("elicitation") instanceof Map<?, ?> modes)) {
      return false;
    }
    // Without a word about modes it means forms, as it did before there were others.
    return modes.get("form") != null || modes.get("url") == null;
  }

  /** Whether it opens an address for its user. */
  public boolean canOpenUrls() {
    return declared.get("elicitation") instanceof Map<?, ?> modes && modes.get("url") != null;
  }

  /** Whether it asks its model for us. */
  public boolean canSample() {
    return declared.get("sampling") instanceof Map<?, ?>;
  }

  /** Whether it tells which folders it works in. */
  public boolean hasRoots() {
    return declared.get("roots") instanceof Map<?, ?>;
  }

  boolean allow(String method) {
    return switch (method) {
      case ELICITATION -> canShowForms() || canOpenUrls();
      case SAMPLING -> canSample();
      case ROOTS -> hasRoots();
      default -> false;
    };
  }
}
