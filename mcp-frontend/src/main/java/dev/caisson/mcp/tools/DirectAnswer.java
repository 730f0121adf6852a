package dev.caisson.mcp.tools;

import java.util.Map;

/**
 * Answers one method of the protocol where the SDK's server cannot: it gives of resources only what
 * it was told at its start. Called on the request's own thread, where a cancellation arrives as an
 * interrupt.
 */
@FunctionalInterface
interface DirectAnswer {

  /** The result, of one of the protocol's types. */
  Object to(Map<String, Object> parameters) throws RequestRefusedException, InterruptedException;

  /** An answer with an error of the protocol; the explanation is for whoever asked. */
  final class RequestRefusedException extends Exception {

    private static final long serialVersionUID = 1L;

    private final int code;
    private final String explanation;

    /**
     * @param code of {@link io.modelcontextprotocol.spec.McpSchema.ErrorCodes}
     */
    RequestRefusedException(int code, String explanation) {
      super(explanation);
      this.code = code;
      this.explanation = explanation;
    }

    int code() {
      return code;
    }

    String explanation() {
      return explanation;
    }
  }
}
