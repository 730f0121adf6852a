package dev.caisson.mcp.protocol;

/** The error codes of JSON-RPC and of MCP that a server of ours answers with. */
public final class ErrorCodes {

  public static final int PARSE_ERROR = -32700;
  public static final int INVALID_REQUEST = -32600;
  public static final int METHOD_NOT_FOUND = -32601;
  public static final int INVALID_PARAMS = -32602;
  public static final int INTERNAL_ERROR = -32603;

  /** Up to 2025-11-25; later revisions say {@link #INVALID_PARAMS} instead. */
  public static final int RESOURCE_NOT_FOUND = -32002;

  /** Since 2026-07-28: the request names a revision that is not spoken here. */
  public static final int UNSUPPORTED_PROTOCOL_VERSION = -32022;

  /** Since 2026-07-28, over HTTP: a header is missing or says something else than the body. */
  public static final int HEADER_MISMATCH = -32020;

  /** Since 2026-07-28: the request needs something of the client that it did not declare. */
  public static final int MISSING_CLIENT_CAPABILITY = -32021;

  /** Of a request that its client has cancelled, where something has to end the answer's stream. */
  public static final int REQUEST_CANCELLED = -32800;

  private ErrorCodes() {}
}
