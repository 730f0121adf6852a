package dev.caisson.client.command;

import dev.caisson.client.CaissonClient;
import dev.caisson.v1.RenderToolApiRequest;
import dev.caisson.v1.RenderToolApiResponse;
import dev.caisson.v1.ToolCatalogue;
import dev.caisson.v1.ToolServer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Prints or saves the Python functions that programs see for a catalogue of tools. */
@Command(
    name = "api",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    description =
        "Prints the typed Python functions that programs see for the tools of MCP servers, or saves"
            + " them as modules that programs in a run can import.")
final class ApiCommand implements Callable<Integer> {

  /** Lower case, because people type it. */
  enum Style {
    source,
    stub,
    signatures,
    reference
  }

  @Mixin private DaemonOption daemon = new DaemonOption();

  @Option(
      names = "--servers",
      paramLabel = "FILE",
      description = "The MCP servers that have the tools, in the mcpServers format.")
  private Optional<Path> servers = Optional.empty();

  @Option(
      names = "--catalogue",
      paramLabel = "FILE",
      description = "JSON: {\"servers\": [{\"name\", \"tools\": [...]}]}, tools as in MCP.")
  private Optional<Path> catalogue = Optional.empty();

  @Parameters(
      arity = "0..*",
      paramLabel = "NAME",
      description = "SERVER or SERVER.TOOL, these alone; without a name all servers.")
  private List<String> names = List.of();

  @Option(
      names = "--style",
      paramLabel = "source|stub|signatures|reference",
      description =
          "A module that can be imported, its stub (.pyi), a line for each tool, or all"
              + " documentation. Without it source, or stub to save a .pyi file.")
  private Optional<Style> style = Optional.empty();

  @Option(
      names = "--policy",
      paramLabel = "NAME",
      description = "Leaves out the tools that this policy denies; without it \"default\".")
  private String policy = "";

  @Option(
      names = "--save",
      paramLabel = "FILE|FOLDER",
      description =
          "Saves modules instead: one to a .py or .pyi file, or one of each server to a folder.")
  private Optional<Path> save = Optional.empty();

  private final CommandContext context;

  ApiCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public Integer call() throws InterruptedException {
    if (servers.isPresent() == catalogue.isPresent()) {
      throw new UsageException(
          servers.isPresent()
              ? "--servers and --catalogue exclude each other"
              : "no tools are named",
          "name the MCP servers with --servers mcp.json, or tools with --catalogue FILE");
    }
    Optional<SavedModules> saved = save.map(place -> new SavedModules(place, ending(), context));
    ToolCatalogue tools = tools();
    for (ToolServer server : tools.getServersList()) {
      if (!server.getUnavailable().isEmpty()) {
        context.say(
            ShownName.of(server.getName())
                + " cannot be used now: "
                + ShownName.of(server.getUnavailable()));
      }
    }
    List<ToolName> wanted = names.stream().map(name -> ToolName.of(name, tools)).toList();
    try (CaissonClient client = daemon.connect(context)) {
      if (saved.isPresent()) {
        save(client, tools, wanted, saved.get());
      } else {
        for (ToolName name : wanted.isEmpty() ? List.of(ToolName.ALL) : wanted) {
          context.printer().print(render(client, tools, name).getSource());
        }
      }
      return ExitStatus.OK;
    }
  }

  private void save(
      CaissonClient client, ToolCatalogue tools, List<ToolName> wanted, SavedModules saved) {
    if (saved.isFile()) {
      if (wanted.size() > 1) {
        throw new UsageException(
            "--save names one file for " + wanted.size() + " modules", "name a folder");
      }
      saved.save(render(client, tools, wanted.isEmpty() ? ToolName.ALL : wanted.getFirst()));
      return;
    }
    List<ToolName> modules = wanted;
    if (wanted.isEmpty()) {
      modules =
          tools.getServersList().stream()
              .filter(server -> server.getUnavailable().isEmpty())
              .map(server -> new ToolName(server.getName(), ""))
              .toList();
    }
    if (modules.stream().map(ToolName::server).distinct().count() < modules.size()) {
      throw new UsageException(
          "one server is named twice, and its module can be saved once", "name the server alone");
    }
    modules.forEach(name -> saved.save(render(client, tools, name)));
  }

  private RenderToolApiResponse render(CaissonClient client, ToolCatalogue tools, ToolName name) {
    return client.renderToolModule(
        RenderToolApiRequest.newBuilder()
            .setTools(tools)
            .setServer(name.server())
            .setTool(name.tool())
            .setPolicy(policy)
            .setStyle(
                switch (style()) {
                  case source -> RenderToolApiRequest.Style.SOURCE;
                  case stub -> RenderToolApiRequest.Style.STUB;
                  case signatures -> RenderToolApiRequest.Style.SIGNATURES;
                  case reference -> RenderToolApiRequest.Style.REFERENCE;
                })
            .build());
  }

  private Style style() {
    boolean savesStub = save.filter(place -> place.toString().endsWith(".pyi")).isPresent();
    return style.orElse(savesStub ? Style.stub : Style.source);
  }

  private String ending() {
    return switch (style()) {
      case source -> ".py";
      case stub -> ".pyi";
      case signatures, reference ->
          throw new UsageException(
              "--save saves modules, and --style " + style() + " is none",
              "write --style source or --style stub");
    };
  }

  private ToolCatalogue tools() throws InterruptedException {
    if (catalogue.isPresent()) {
      return CatalogueFile.read(catalogue.get());
    }
    try (RunTools tools = context.toolServers().open(servers.orElseThrow())) {
      return tools.catalogue();
    } catch (ToolServers.UnusableException wrong) {
      throw new UsageException(String.valueOf(wrong.getMessage()), "");
    }
  }
}
