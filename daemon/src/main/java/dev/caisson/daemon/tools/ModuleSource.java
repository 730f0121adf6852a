package dev.caisson.daemon.tools;

import dev.caisson.daemon.tools.DefinedTypes.ObjectType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Writes servers and tools as a Python module or its stub, in the order they are added. */
final class ModuleSource {

  private static final String SEARCH =
      """

          @staticmethod
          def search(query: str = "", limit: int = 10) -> list[_Record[Any]]:
              \"""Finds tools by words: server, tool, python_name, signature, summary of each.\"""
      """;

  private final PythonCatalogue.Style style;
  private final TypeSource types = new TypeSource();
  private final Set<String> typeNames = new HashSet<>();
  private final StringBuilder classes = new StringBuilder();
  private final List<PythonServer.Names> servers = new ArrayList<>();

  /**
   * @param style SOURCE or STUB
   */
  ModuleSource(PythonCatalogue.Style style) {
    this.style = style;
  }

  void add(PythonServer server, List<PythonTool> tools) {
    PythonServer.Names names = server.names();
    servers.add(names);
    classes.append("\n\nclass ").append(names.className()).append(":\n");
    classes.append(PythonText.docstring(server.doc(), "    "));
    String staticMethod = TypeText.qualified("staticmethod", server.hidden());
    String tool = "\n    @_tool(" + PythonText.literal(names.name()) + ")\n    @" + staticMethod;
    for (PythonTool one : tools) {
      for (ObjectType type : one.types()) {
        typeNames.add(type.name());
        types.add(type);
      }
      classes.append(tool).append("\n    def ");
      classes.append(one.python()).append(one.declaration()).append(":\n");
      classes.append(PythonText.docstring(one.brief(), "        ")).append("        ...\n");
    }
    if (!sameInBothStyles(names)) {
      classes.append("\n\n").append(names.python()).append(" = ").append(names.className());
      classes.append("\n");
    }
  }

  /** The module with all servers under `tools`. */
  String ofAll() {
    return head() + types + classes + namespace();
  }

  /**
   * The module of one server: what has a name of its own can be imported by it, so that {@code from
   * weather import get_weather} is as right as {@code weather.get_weather}.
   */
  String ofOne(List<PythonTool> tools) {
    PythonServer.Names server = servers.getFirst();
    StringBuilder names = new StringBuilder();
    for (PythonTool tool : tools) {
      String name = tool.python();
      if (isFree(name, server)) {
        names.append(names.isEmpty() ? "\n\n" : "");
        names.append(name).append(" = ").append(server.className()).append('.').append(name);
        names.append('\n');
      }
    }
    return head() + types + classes + names;
  }

  private String head() {
    return style == PythonCatalogue.Style.STUB ? ModuleHead.STUB : ModuleHead.SOURCE;
  }

  /** Whether the name says nothing else in the module. */
  private boolean isFree(String name, PythonServer.Names server) {
    return !ReservedNames.FOR_SERVERS.contains(name)
        && !typeNames.contains(name)
        && !name.equals(server.python())
        && !name.equals(server.className());
  }

  private static boolean sameInBothStyles(PythonServer.Names names) {
    return names.python().equals(names.className());
  }

  /** The namespace of all servers. In its body a server's own name can only be got from outside. */
  private String namespace() {
    StringBuilder before = new StringBuilder();
    StringBuilder body = new StringBuilder("\n\nclass tools:\n    \"\"\"All servers.\"\"\"\n\n");
    for (PythonServer.Names server : servers) {
      String source = server.className();
      if (sameInBothStyles(server)) {
        source = "_" + server.className();
        before.append("\n\n").append(source).append(" = ").append(server.className()).append('\n');
      }
      body.append("    ").append(server.python()).append(" = ").append(source).append('\n');
    }
    String search =
        style == PythonCatalogue.Style.STUB
            ? "        ...\n"
            : "        found: list[_Record[Any]] = _of_run(\"tools.search\").search(query, limit)\n"
                + "        return found\n";
    return before + body.toString() + SEARCH + search;
  }
}
