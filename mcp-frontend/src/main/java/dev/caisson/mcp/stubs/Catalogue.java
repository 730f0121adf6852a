package dev.caisson.mcp.stubs;

import java.util.List;

/** Every tool that one run may call, by server. Server names are unique. */
public record Catalogue(List<ServerTools> servers) {

  public static final Catalogue EMPTY = new Catalogue(List.of());

  public Catalogue {
    servers = List.copyOf(servers);
  }

  /** The tools of one server. The description becomes the docstring of its namespace. */
  public record ServerTools(String name, String description, List<ToolSignature> tools) {
    public ServerTools {
      tools = List.copyOf(tools);
    }
  }

  /**
   * One tool as its server describes it. The schemas are JSON texts, passed on untouched; the
   * output schema is empty when the tool declares none.
   */
  public record ToolSignature(
      String name, String title, String description, String inputSchema, String outputSchema) {}
}
