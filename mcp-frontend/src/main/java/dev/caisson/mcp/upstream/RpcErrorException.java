package dev.caisson.mcp.upstream;

/** The server answered a request with a JSON-RPC error. */
final class RpcErrorException extends Exception {

  private static final long serialVersionUID = 1L;
  private static final int LONGEST = 16 * 1024;

  private final int code;
  private final String data;
  private final String text;

  RpcErrorException(int code, String text) {
    this(code, text, "{}");
  }

  /** With data, which is JSON. */
  RpcErrorException(int code, String text, String data) {
    super(text);
    this.code = code;
    this.data = data;
    this.text = text.length() > LONGEST ? text.substring(0, LONGEST) + "…" : text;
  }

  int code() {
    return code;
  }

  String data() {
    return data;
  }

  String text() {
    return text;
  }
}
