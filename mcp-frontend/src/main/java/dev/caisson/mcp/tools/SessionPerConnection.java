package dev.caisson.mcp.tools;

/** Where a run goes that names no session. */
public enum SessionPerConnection {
  /** Into a sandbox of its own, which is destroyed at its end. */
  NO,
  /** Into one session for the whole connection, which ends with it. */
  YES
}
