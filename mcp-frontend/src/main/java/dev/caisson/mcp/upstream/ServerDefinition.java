package dev.caisson.mcp.upstream;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One entry of the servers file, with its references to the environment resolved. */
public sealed interface ServerDefinition {

  String name();

  /** Hides the values that must not leave this room. */
  Redaction secrets();

  /** A server that we start as a child process and talk to over its standard streams. */
  record Stdio(
      String name,
      List<String> command,
      Map<String, String> environment,
      Optional<Path> workingDirectory,
      Redaction secrets)
      implements ServerDefinition {
    public Stdio {
      command = List.copyOf(command);
      environment = Map.copyOf(environment);
      if (command.isEmpty() || command.getFirst().isBlank()) {
        throw new IllegalArgumentException("server '" + name + "' has an empty command");
      }
    }

    /** The name alone: the rest may hold secrets. */
    @Override
    public String toString() {
      return "Stdio[" + name + "]";
    }
  }

  /**
   * A server that is reached over HTTP: Streamable HTTP, or HTTP with SSE as MCP had it in 2024.
   *
   * @param sse true for the latter
   */
  record Http(String name, URI url, Map<String, String> headers, boolean sse, Redaction secrets)
      implements ServerDefinition {
    public Http {
      headers = Map.copyOf(headers);
    }

    /** The same server over HTTP with SSE. */
    Http overSse() {
      return new Http(name, url, headers, true, secrets);
    }

    /** The name alone: the rest may hold secrets. */
    @Override
    public String toString() {
      return "Http[" + name + "]";
    }
  }
}
