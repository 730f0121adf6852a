package dev.caisson.mcp.protocol;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** An answer with an error of the protocol; the explanation is for whoever asked. */
public final class RequestRefusedException extends Exception {

  private static final long serialVersionUID = 1L;

  private final int code;
  private final String explanation;
  private final transient Map<String, Object> data;

  /**
   * @param code one of {@link ErrorCodes}
   */
  public RequestRefusedException(int code, String explanation) {
    this(code, explanation, Map.of());
  }

  /**
   * @param data of the error, for programs; left out when empty
   */
  public RequestRefusedException(int code, String explanation, Map<String, Object> data) {
    super(explanation);
    this.code = code;
    this.explanation = explanation;
    this.data = Collections.unmodifiableMap(new LinkedHashMap<>(data));
  }

  public int code() {
    return code;
  }

  public String explanation() {
    return explanation;
  }

  public Map<String, Object> data() {
    return data;
  }
}
