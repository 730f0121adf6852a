package dev.caisson.daemon.acceptance;

import com.google.protobuf.ByteString;
import dev.caisson.v1.Tool;
import dev.caisson.v1.ToolCatalogue;
import dev.caisson.v1.ToolServer;
import java.util.List;

/** Tools that a test's client offers. */
public final class Offered {

  private Offered() {}

  public static ToolCatalogue servers(ToolServer... servers) {
    return ToolCatalogue.newBuilder().addAllServers(List.of(servers)).build();
  }

  public static ToolServer server(String name, Tool... tools) {
    return ToolServer.newBuilder().setName(name).addAllTools(List.of(tools)).build();
  }

  public static Tool tool(String name, String schema) {
    return Tool.newBuilder()
        .setName(name)
        .setDescription("Does " + name + ".")
        .setInputSchemaJson(ByteString.copyFromUtf8(schema))
        .build();
  }

  /** A tool with one required argument. */
  public static Tool tool(String name, String argument, String type) {
    return tool(
        name,
        """
        {"type":"object","properties":{"%s":{"type":"%s"}},"required":["%s"],"additionalProperties":false}\
        """
            .formatted(argument, type, argument));
  }
}
