package dev.caisson.mcp.http;

import dev.caisson.mcp.protocol.Dispatcher;

/** Gives each client what it works with, and nothing of it to another. Any thread. */
public interface Clients {

  /** A client that has greeted. It is closed when it is gone. */
  Client connected();

  /**
   * Whoever shows one token in the era without greetings: nothing tells such clients from one
   * another. It is closed when the server ends.
   */
  Client stateless();

  /** What one client works with. Closing it ends whatever the client has made. */
  interface Client extends AutoCloseable {

    /** Where its requests go. */
    Dispatcher dispatcher();

    @Override
    void close();
  }
}
