package dev.caisson.mcp.app;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import picocli.CommandLine.TypeConversionException;
import tools.jackson.core.util.DefaultIndenter;
import tools.jackson.core.util.DefaultPrettyPrinter;
import tools.jackson.core.util.Separators;
import tools.jackson.databind.json.JsonMapper;

/** Programs that speak MCP, and how each wants to be told of a server that it is to start. */
enum McpClient {
  CLAUDE_DESKTOP(
      "claude-desktop",
      "claude_desktop_config.json, in ~/Library/Application Support/Claude on macOS and in"
          + " %APPDATA%\\Claude on Windows; then start Claude Desktop anew",
      command -> json("mcpServers", server(command))),
  CLAUDE_CODE(
      "claude-code",
      ".mcp.json in the folder of a project",
      command -> json("mcpServers", typed(command))),
  CURSOR(
      "cursor",
      "~/.cursor/mcp.json, or .cursor/mcp.json in the folder of a project",
      command -> json("mcpServers", typed(command))),
  VSCODE(
      "vscode",
      ".vscode/mcp.json in the folder of a project, or the file that the command \"MCP: Open User"
          + " Configuration\" opens",
      command -> json("servers", typed(command))),
  GOOSE(
      "goose",
      "~/.config/goose/config.yaml, on Windows %APPDATA%\\Block\\goose\\config\\config.yaml",
      McpClient::yaml),
  GENERIC(
      "generic",
      "wherever the client keeps its MCP servers",
      command -> json("mcpServers", server(command)));

  private static final JsonMapper MAPPER = JsonMapper.builder().build();
  private static final Separators COLONS =
      Separators.createDefaultInstance().withObjectNameValueSpacing(Separators.Spacing.AFTER);
  private static final DefaultIndenter LINES = new DefaultIndenter("  ", "\n");

  private final String label;
  private final String place;
  private final Function<List<String>, String> form;

  McpClient(String label, String place, Function<List<String>, String> form) {
    this.label = label;
    this.place = place;
    this.form = form;
  }

  /** What to put into its file, to have it start this command: the program, then arguments. */
  String config(List<String> command) {
    return form.apply(command);
  }

  /** Where it looks for that. */
  String place() {
    return place;
  }

  @Override
  public String toString() {
    return label;
  }

  /**
   * @throws TypeConversionException when there is none of that name
   */
  static McpClient named(String name) {
    return Arrays.stream(values())
        .filter(client -> client.label.equals(name))
        .findFirst()
        .orElseThrow(() ->
            new TypeConversionException(
                "'" + name + "' is not a client that it knows; use " + labels()));
  }

  static String labels() {
    return Arrays.stream(values()).map(McpClient::toString).collect(Collectors.joining(", "));
  }

  private static Map<String, Object> server(List<String> command) {
    var server = new LinkedHashMap<String, Object>();
    server.put("command", command.getFirst());
    server.put("args", command.subList(1, command.size()));
    return server;
  }

  private static Map<String, Object> typed(List<String> command) {
    var server = new LinkedHashMap<String, Object>();
    server.put("type", "stdio");
    server.putAll(server(command));
    return server;
  }

  private static String json(String root, Map<String, Object> server) {
    return MAPPER
            .writer()
            .with(new DefaultPrettyPrinter(COLONS).withObjectIndenter(LINES))
            .writeValueAsString(Map.of(root, Map.of("caisson", server)))
        + "\n";
  }

  private static String yaml(List<String> command) {
    var arguments = command.stream().skip(1).map(McpClient::quoted);
    return """
    extensions:
      caisson:
        enabled: true
        type: stdio
        name: caisson
        cmd: %s
        args: [%s]
        envs: {}
        timeout: 300
    """
        .formatted(quoted(command.getFirst()), arguments.collect(Collectors.joining(", ")));
  }

  /** A JSON string is a YAML string too. */
  private static String quoted(String text) {
    return MAPPER.writeValueAsString(text);
  }
}
