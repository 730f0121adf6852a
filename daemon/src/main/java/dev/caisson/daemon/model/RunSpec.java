package dev.caisson.daemon.model;

import java.util.List;
import java.util.Map;

/**
 * What a caller wants to have run. Checked for form when it is made by the api room; whether the
 * policy allows it is decided later.
 */
public record RunSpec(
    Identity identity,
    RunId id,
    String code,
    String fileName,
    String policy,
    RequestedLimits limits,
    Map<String, String> environment,
    List<String> arguments,
    boolean stdin,
    ToolCatalogue tools) {

  public RunSpec {
    environment = Map.copyOf(environment);
    arguments = List.copyOf(arguments);
  }
}
