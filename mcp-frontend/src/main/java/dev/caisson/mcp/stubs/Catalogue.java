package dev.caisson.mcp.stubs;

import java.util.List;
import java.util.Optional;

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
      String name,
      String title,
      String description,
      String inputSchema,
      String outputSchema,
      Annotations annotations) {

    /** A tool that says nothing of its effects. */
    public ToolSignature(
        String name, String title, String description, String inputSchema, String outputSchema) {
      this(name, title, description, inputSchema, outputSchema, Annotations.NONE);
    }
  }

  /**
   * What a tool says of its effects. It is the server's claim, and no more to be trusted than the
   * server. A hint is empty where the tool says nothing; the methods answer then as the MCP
   * specification has it, which is to expect the worst.
   */
  public record Annotations(
      String title,
      Optional<Boolean> readOnlyHint,
      Optional<Boolean> destructiveHint,
      Optional<Boolean> idempotentHint,
      Optional<Boolean> openWorldHint) {

    public static final Annotations NONE =
        new Annotations("", Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

    /** It changes nothing. */
    public boolean isReadOnly() {
      return readOnlyHint.orElse(false);
    }

    /** It may undo or delete something; never so when it changes nothing. */
    public boolean isDestructive() {
      return !isReadOnly() && destructiveHint.orElse(true);
    }

    /** A second call with the same arguments changes nothing more. */
    public boolean isIdempotent() {
      return isReadOnly() || idempotentHint.orElse(false);
    }

    /** It deals with the world outside, as a web search does. */
    public boolean isOpenWorld() {
      return openWorldHint.orElse(true);
    }
  }
}
