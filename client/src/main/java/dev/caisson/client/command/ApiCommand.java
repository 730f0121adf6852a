package dev.caisson.client.command;

import dev.caisson.client.CaissonClient;
import dev.caisson.v1.RenderToolApiRequest;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Prints the Python functions that programs see for a catalogue of tools. */
@Command(
    name = "api",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    description = "Prints the typed Python functions that programs see for a catalogue of tools.")
final class ApiCommand implements Callable<Integer> {

  /** Lower case, because people type it. */
  enum Style {
    source,
    signatures
  }

  @Mixin private DaemonOption daemon = new DaemonOption();

  @Option(
      names = "--catalogue",
      required = true,
      paramLabel = "FILE",
      description = "JSON: {\"servers\": [{\"name\", \"tools\": [...]}]}, tools as in MCP.")
  private Path catalogue = Path.of("");

  @Option(names = "--server", paramLabel = "NAME", description = "This server alone.")
  private String server = "";

  @Option(names = "--tool", paramLabel = "NAME", description = "This tool of the server alone.")
  private String tool = "";

  @Option(
      names = "--style",
      paramLabel = "source|signatures",
      description = "A module that can be imported, or one line a tool.")
  private Style style = Style.source;

  private final CommandContext context;

  ApiCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    if (!tool.isEmpty() && server.isEmpty()) {
      throw new UsageException("--tool needs the --server that has it", "");
    }
    RenderToolApiRequest request =
        RenderToolApiRequest.newBuilder()
            .setTools(CatalogueFile.read(catalogue))
            .setServer(server)
            .setTool(tool)
            .setStyle(
                switch (style) {
                  case source -> RenderToolApiRequest.Style.SOURCE;
                  case signatures -> RenderToolApiRequest.Style.SIGNATURES;
                })
            .build();
    try (CaissonClient client = daemon.connect(context)) {
      context.printer().print(client.renderToolApi(request));
      return ExitStatus.OK;
    }
  }
}
