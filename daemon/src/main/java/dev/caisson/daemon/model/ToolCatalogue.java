package dev.caisson.daemon.model;

import java.util.List;
import java.util.Optional;

/** The tools that one run may call, as the client described them. */
public record ToolCatalogue(List<Server> servers) {

  public static final ToolCatalogue EMPTY = new ToolCatalogue(List.of());

  public ToolCatalogue {
    servers = List.copyOf(servers);
  }

  /**
   * A named group of tools; a namespace in Python.
   *
   * @param unavailable why it cannot be used now; empty when it can
   */
  public record Server(String name, String description, String unavailable, List<Tool> tools) {

    public Server {
      tools = List.copyOf(tools);
    }

    /** One that can be used. */
    public Server(String name, String description, List<Tool> tools) {
      this(name, description, "", tools);
    }
  }

  /**
   * One callable.
   *
   * @param inputSchema JSON Schema text of the arguments; empty: an object with any properties
   * @param outputSchema JSON Schema text of the structured result; empty: none declared
   */
  public record Tool(
      String name,
      String title,
      String description,
      String inputSchema,
      String outputSchema,
      Hints hints) {

    /** One that says nothing of its effects. */
    public Tool(
        String name, String title, String description, String inputSchema, String outputSchema) {
      this(name, title, description, inputSchema, outputSchema, Hints.NONE);
    }
  }

  /** What a tool claims of its effects. Shown, and nothing is decided by it. */
  public record Hints(
      Optional<Boolean> readOnly, Optional<Boolean> destructive, Optional<Boolean> idempotent) {

    public static final Hints NONE =
        new Hints(Optional.empty(), Optional.empty(), Optional.empty());
  }
}
