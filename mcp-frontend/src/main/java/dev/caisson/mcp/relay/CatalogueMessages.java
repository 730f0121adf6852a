package dev.caisson.mcp.relay;

import com.google.protobuf.ByteString;
import dev.caisson.mcp.stubs.Catalogue;
import dev.caisson.v1.Tool;
import dev.caisson.v1.ToolCatalogue;
import dev.caisson.v1.ToolHints;
import dev.caisson.v1.ToolServer;

/** The catalogue as the contract's message. */
public final class CatalogueMessages {

  private CatalogueMessages() {}

  public static ToolCatalogue of(Catalogue catalogue) {
    var message = ToolCatalogue.newBuilder();
    for (var server : catalogue.servers()) {
      var tools =
          ToolServer.newBuilder()
              .setName(server.name())
              .setDescription(server.description())
              .setUnavailable(server.unavailable());
      server.tools().forEach(tool -> tools.addTools(tool(tool)));
      message.addServers(tools);
    }
    return message.build();
  }

  private static Tool tool(Catalogue.ToolSignature tool) {
    return Tool.newBuilder()
        .setName(tool.name())
        .setTitle(tool.title())
        .setDescription(tool.description())
        .setInputSchemaJson(ByteString.copyFromUtf8(tool.inputSchema()))
        .setOutputSchemaJson(ByteString.copyFromUtf8(tool.outputSchema()))
        .setHints(hints(tool.annotations()))
        .build();
  }

  private static ToolHints hints(Catalogue.Annotations annotations) {
    var hints = ToolHints.newBuilder();
    annotations.readOnlyHint().ifPresent(hints::setReadOnly);
    annotations.destructiveHint().ifPresent(hints::setDestructive);
    annotations.idempotentHint().ifPresent(hints::setIdempotent);
    return hints.build();
  }
}
