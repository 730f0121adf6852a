package dev.caisson.mcp.upstream;

import dev.caisson.mcp.relay.ToolAnswer;
import dev.caisson.mcp.relay.ToolRelay;
import dev.caisson.mcp.stubs.Catalogue;
import dev.caisson.mcp.stubs.Catalogue.ServerTools;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * All servers of the servers file. They know nothing of each other: one that is slow, broken or
 * dead fails its own calls only.
 */
public final class UpstreamServers implements ToolRelay, AutoCloseable {

  private final Map<String, UpstreamServer> servers = new LinkedHashMap<>();
  private final Wires wires;

  /** Connects nothing yet. What the servers write on stderr is not kept in files. */
  public UpstreamServers(List<ServerDefinition> definitions) {
    this(definitions, new Wires(Optional.empty()));
  }

  /** Connects nothing yet. Each server's stderr goes to a file in the folder, if there is one. */
  public UpstreamServers(List<ServerDefinition> definitions, Optional<Path> logs) {
    this(definitions, new Wires(logs));
  }

  private UpstreamServers(List<ServerDefinition> definitions, Wires wires) {
    this(definitions, wires, UpstreamServer.Timing.DEFAULT, System::nanoTime);
  }

  UpstreamServers(
      List<ServerDefinition> definitions,
      Wires wires,
      UpstreamServer.Timing timing,
      LongSupplier nanoTime) {
    this.wires = wires;
    for (var definition : definitions) {
      servers.put(definition.name(), new UpstreamServer(definition, wires, timing, nanoTime));
    }
  }

  /** The names of all servers, in the order of the file. */
  public List<String> names() {
    return List.copyOf(servers.keySet());
  }

  /** Begins to connect to all of them and returns at once. */
  public void connectAll() {
    servers.values().forEach(UpstreamServer::connect);
  }

  /** A catalogue of all servers, and why which of them cannot be called. */
  public record Snapshot(Catalogue catalogue, Map<String, String> troubles) {}

  /**
   * What can be called now. Servers that connect for the first time are waited for, all together at
   * most this long, and each no longer than this after it was started.
   */
  public Snapshot snapshot(Duration patience) throws InterruptedException {
    var deadline = System.nanoTime() + patience.toNanos();
    servers.values().forEach(UpstreamServer::connect);
    var known = new ArrayList<ServerTools>();
    var troubles = new LinkedHashMap<String, String>();
    for (var server : servers.values()) {
      var left = Duration.ofNanos(Math.max(deadline - System.nanoTime(), 1));
      known.add(server.describe(patience, left));
      server.trouble().ifPresent(reason -> troubles.put(server.name(), reason));
    }
    return new Snapshot(new Catalogue(known), troubles);
  }

  @Override
  public ToolAnswer call(String server, String tool, String argumentsJson)
      throws InterruptedException {
    var owner = servers.get(server);
    if (owner == null) {
      return new ToolAnswer.Failed(
          ToolAnswer.Reason.UNAVAILABLE, "there is no MCP server '" + server + "'");
    }
    return owner.call(tool, argumentsJson);
  }

  /** Ends all connections, at the same time. */
  @Override
  public void close() {
    var closing =
        servers.values().stream()
            .map(server -> Thread.ofPlatform().name("close-" + server.name()).start(server::close))
            .toList();
    try {
      for (var thread : closing) {
        thread.join(Duration.ofSeconds(5));
      }
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    } finally {
      wires.close();
    }
  }
}
