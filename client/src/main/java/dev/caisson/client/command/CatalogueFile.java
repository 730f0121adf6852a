package dev.caisson.client.command;

import com.google.protobuf.ByteString;
import dev.caisson.v1.Tool;
import dev.caisson.v1.ToolCatalogue;
import dev.caisson.v1.ToolHints;
import dev.caisson.v1.ToolServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads a catalogue of tools: {@code {"servers": [{"name", "description", "tools": [...]}]}}, each
 * tool as MCP's {@code tools/list} gives it. The answer of one {@code tools/list} is taken too, as
 * the one server "tools".
 */
final class CatalogueFile {

  private CatalogueFile() {}

  static ToolCatalogue read(Path file) {
    JsonNode root = parse(file);
    ToolCatalogue.Builder catalogue = ToolCatalogue.newBuilder();
    if (root.path("servers").isArray()) {
      root.path("servers").forEach(server -> catalogue.addServers(server(server, file)));
    } else if (root.path("tools").isArray()) {
      catalogue.addServers(withTools(ToolServer.newBuilder().setName("tools"), root, file));
    } else {
      throw wrong(file, "it has neither \"servers\" nor \"tools\"");
    }
    return catalogue.build();
  }

  private static ToolServer.Builder server(JsonNode node, Path file) {
    ToolServer.Builder server =
        ToolServer.newBuilder()
            .setName(name(node, file))
            .setDescription(node.path("description").asString(""));
    return withTools(server, node, file);
  }

  private static ToolServer.Builder withTools(ToolServer.Builder server, JsonNode node, Path file) {
    for (JsonNode tool : node.path("tools")) {
      server.addTools(
          Tool.newBuilder()
              .setName(name(tool, file))
              .setTitle(tool.path("title").asString(""))
              .setDescription(tool.path("description").asString(""))
              .setInputSchemaJson(schema(tool.path("inputSchema")))
              .setOutputSchemaJson(schema(tool.path("outputSchema")))
              .setHints(hints(tool.path("annotations"))));
    }
    return server;
  }

  private static ToolHints hints(JsonNode annotations) {
    ToolHints.Builder hints = ToolHints.newBuilder();
    annotations.path("readOnlyHint").booleanValueOpt().ifPresent(hints::setReadOnly);
    annotations.path("destructiveHint").booleanValueOpt().ifPresent(hints::setDestructive);
    annotations.path("idempotentHint").booleanValueOpt().ifPresent(hints::setIdempotent);
    return hints.build();
  }

  private static ByteString schema(JsonNode schema) {
    return schema.isObject() ? ByteString.copyFromUtf8(schema.toString()) : ByteString.EMPTY;
  }

  private static String name(JsonNode node, Path file) {
    String name = node.path("name").asString("");
    if (name.isEmpty()) {
      throw wrong(file, "a server or tool has no \"name\"");
    }
    return name;
  }

  private static JsonNode parse(Path file) {
    try {
      return JsonMapper.shared().readTree(Files.readAllBytes(file));
    } catch (NoSuchFileException missing) {
      throw new UsageException("there is no file %s".formatted(file), "");
    } catch (IOException broken) {
      throw new UsageException("%s cannot be read: %s".formatted(file, broken.getMessage()), "");
    } catch (JacksonException broken) {
      throw wrong(file, String.valueOf(broken.getOriginalMessage()));
    }
  }

  private static UsageException wrong(Path file, String why) {
    return new UsageException(
        "%s is not a catalogue of tools: %s".formatted(file, why),
        "write {\"servers\": [{\"name\": \"...\", \"tools\": [...]}]}, tools as in MCP's tools/list");
  }
}
