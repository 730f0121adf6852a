package dev.caisson.daemon.channel;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/**
 * What the agent is told of a run.
 *
 * @param networked whether the run has a way to the daemon's network gate
 * @param entry the path of the program's file in the workspace, when it is there
 * @param freshFiles whether files were written for this run, which modules may be
 * @param keep whether names and modules stay for the next run, as in a session
 */
public record RunFrame(
    String code,
    String fileName,
    List<String> arguments,
    Map<String, String> environment,
    boolean stdin,
    List<ServerNames> servers,
    int outputWindow,
    int callsInFlight,
    long argumentBytes,
    RefusedCode refused,
    boolean networked,
    boolean keep,
    Optional<String> entry,
    boolean freshFiles) {

  /** A run without files. */
  public RunFrame(
      String code,
      String fileName,
      List<String> arguments,
      Map<String, String> environment,
      boolean stdin,
      List<ServerNames> servers,
      int outputWindow,
      int callsInFlight,
      long argumentBytes,
      RefusedCode refused,
      boolean networked,
      boolean keep) {
    this(
        code,
        fileName,
        arguments,
        environment,
        stdin,
        servers,
        outputWindow,
        callsInFlight,
        argumentBytes,
        refused,
        networked,
        keep,
        Optional.empty(),
        false);
  }

  static final int VALUE_BYTES = 1 << 20;
  static final int REPR_BYTES = 64 << 10;

  /** A tool server's catalogue name and its two names in Python. */
  public record ServerNames(String name, String python, String classStyle) {}

  /** Patterns of what a program may not hold; the agent does not look when there are none. */
  public record RefusedCode(List<String> imports, List<String> builtins, List<String> attributes) {

    public RefusedCode {
      imports = List.copyOf(imports);
      builtins = List.copyOf(builtins);
      attributes = List.copyOf(attributes);
    }

    boolean isEmpty() {
      return imports.isEmpty() && builtins.isEmpty() && attributes.isEmpty();
    }
  }

  byte[] encode(long firstCall) {
    ObjectNode header = Json.object();
    header.put("file_name", fileName);
    var argumentList = header.putArray("arguments");
    arguments.forEach(argumentList::add);
    var variables = header.putObject("environment");
    environment.forEach(variables::put);
    header.put("stdin", stdin);
    if (keep) {
      header.put("keep", true);
    }
    entry.ifPresent(path -> header.put("entry", path));
    if (freshFiles) {
      header.put("fresh_files", true);
    }
    if (firstCall > 1) {
      header.put("first_call", firstCall);
    }
    var serverList = header.putArray("servers");
    for (ServerNames server : servers) {
      serverList
          .addObject()
          .put("name", server.name())
          .put("python", server.python())
          .put("class", server.classStyle());
    }
    header
        .putObject("limits")
        .put("output_window", outputWindow)
        .put("in_flight", callsInFlight)
        .put("argument_bytes", argumentBytes)
        .put("value_bytes", VALUE_BYTES)
        .put("repr_bytes", REPR_BYTES);
    if (!refused.isEmpty()) {
      ObjectNode rules = header.putObject("code");
      refused.imports().forEach(rules.putArray("imports")::add);
      refused.builtins().forEach(rules.putArray("builtins")::add);
      refused.attributes().forEach(rules.putArray("attributes")::add);
    }
    if (networked) {
      ObjectNode entrances = header.putObject("network");
      for (Entrance entrance : Entrance.values()) {
        entrances.put(entrance.wireName() + "_port", entrance.port());
      }
      entrances.put("window", AgentConnection.WINDOW).put("connections", AgentConnections.AT_ONCE);
    }
    return Json.headed(header, code.getBytes(StandardCharsets.UTF_8));
  }
}
