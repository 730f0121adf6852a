package dev.caisson.client.command;

import java.util.Optional;
import picocli.CommandLine.Option;

/** In what the docker commands run that are measured beside. */
final class BaselineOptions {

  @Option(names = "--image", paramLabel = "IMAGE", description = "The baselines' image.")
  private Optional<String> image = Optional.empty();

  @Option(
      names = "--runtime",
      paramLabel = "NAME",
      description = "The baselines' runtime (default: ${DEFAULT-VALUE}).")
  private String runtime = "caisson-runsc";

  DockerBaseline open(CommandContext context) {
    String name =
        image.orElseGet(
            () -> context.environment().getOrDefault("CAISSON_IMAGE", "caisson/base:latest"));
    return new DockerBaseline(context.environment(), name, runtime);
  }
}
