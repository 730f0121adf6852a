package dev.caisson.daemon.api;

import dev.caisson.daemon.model.ToolCatalogue;
import dev.caisson.v1.Tool;
import dev.caisson.v1.ToolHints;
import dev.caisson.v1.ToolServer;
import java.util.Optional;

/** Tool catalogues on the wire. Their limits are checked by the tools room, which knows them. */
final class Catalogues {

  private Catalogues() {}

  static ToolCatalogue fromProto(dev.caisson.v1.ToolCatalogue catalogue) {
    return catalogue.getServersCount() == 0
        ? ToolCatalogue.EMPTY
        : new ToolCatalogue(catalogue.getServersList().stream().map(Catalogues::server).toList());
  }

  private static ToolCatalogue.Server server(ToolServer server) {
    return new ToolCatalogue.Server(
        server.getName(),
        server.getDescription(),
        server.getUnavailable(),
        server.getToolsList().stream().map(Catalogues::tool).toList());
  }

  private static ToolCatalogue.Tool tool(Tool tool) {
    return new ToolCatalogue.Tool(
        tool.getName(),
        tool.getTitle(),
        tool.getDescription(),
        tool.getInputSchemaJson().toStringUtf8(),
        tool.getOutputSchemaJson().toStringUtf8(),
        tool.hasHints() ? hints(tool.getHints()) : ToolCatalogue.Hints.NONE);
  }

  private static ToolCatalogue.Hints hints(ToolHints hints) {
    return new ToolCatalogue.Hints(
        hints.hasReadOnly() ? Optional.of(hints.getReadOnly()) : Optional.empty(),
        hints.hasDestructive() ? Optional.of(hints.getDestructive()) : Optional.empty(),
        hints.hasIdempotent() ? Optional.of(hints.getIdempotent()) : Optional.empty());
  }
}
