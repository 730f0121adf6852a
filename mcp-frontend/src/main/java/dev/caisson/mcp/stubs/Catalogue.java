package dev.caisson.mcp.stubs;

import java.util.List;

/** Every tool that one run may call, by server. Server names are unique. */
public record Catalogue(List<ServerTools> servers) {

  public static final Catalogue EMPTY = new Catalogue(List.of());

  public Catalogue {
    servers = List.copyOf(servers);
  }

  /**
   * The tools of one server. The description becomes the docstring of its namespace; where {@code
   * unavailable} says why, code that uses any tool of it gets this text as an error.
   */
  public record ServerTools(
      String name, String description, String unavailable, List<ToolSignature> tools) {
    public ServerTools {
      tools = List.copyOf(tools);
    }

    /** A server that can be called. */
    public ServerTools(String name, String description, List<ToolSignature> tools) {
      this(name, description, "", tools);
    }

    /** A server whose tools nobody has seen yet. */
    public static ServerTools unavailable(String name, String why) {
      return new ServerTools(name, "", why, List.of());
    }
  }

  /**
   * One tool as its server describes it. The schemas are JSON texts, passed on untouched; the
   * output schema is empty when the tool declares none.
   */
  public record ToolSignature(
      String name, String title, String description, String inputSchema, String outputSchema) {}
}
