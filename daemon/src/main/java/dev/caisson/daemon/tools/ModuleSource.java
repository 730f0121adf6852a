package dev.caisson.daemon.tools;

import dev.caisson.daemon.tools.DefinedTypes.Field;
import dev.caisson.daemon.tools.DefinedTypes.Presence;
import dev.caisson.daemon.tools.DefinedTypes.TypedDictionary;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Writes servers and tools as Python source, in the order in which they are added. */
final class ModuleSource {

  private static final String HEAD =
      """
      # mypy: disable-error-code="empty-body"
      \"""The tools of a run, as its code sees them.

      Each server is there by its name and in class style, and as an attribute of `tools`. In ordinary
      code a call blocks and gives its value; in an `async def` it gives an awaitable that has started
      already. `.sync(...)` and `.aio(...)` of a tool force either, `.with_options(timeout=30)(...)` bounds
      a call in seconds, `.with_content(...)` gives images and links beside the value. Required arguments
      go by position or by name. A failing tool raises ToolError, a late one ToolTimeoutError, wrong
      arguments ToolArgumentError.
      \"""

      from __future__ import annotations

      import builtins as _builtins
      import typing as _typing
      from typing import Any, Literal, NotRequired, TypedDict
      """;

  private static final String SEARCH =
      """

          @staticmethod
          def search(query: str, limit: int = 10) -> list[dict[str, Any]]:
              \"""Finds tools by words: server, tool, python_name, signature, summary of each.\"""
              ...
      """;

  private static final Set<String> WORDS_OF_FIELDS =
      Set.of(
          "str",
          "int",
          "float",
          "bool",
          "list",
          "dict",
          "tuple",
          "Any",
          "Literal",
          "NotRequired",
          "TypedDict");

  private final PythonCatalogue.Style style;
  private final StringBuilder types = new StringBuilder();
  private final StringBuilder classes = new StringBuilder();
  private final StringBuilder lines = new StringBuilder();
  private final List<PythonServer.Names> servers = new ArrayList<>();

  ModuleSource(PythonCatalogue.Style style) {
    this.style = style;
  }

  void add(PythonServer server, List<PythonTool> tools) {
    servers.add(server.names());
    switch (style) {
      case SOURCE -> addSource(server, tools);
      case SIGNATURES -> addLines(server, tools);
    }
  }

  private void addLines(PythonServer server, List<PythonTool> tools) {
    if (!server.unavailable().isEmpty()) {
      lines.append("# ").append(server.names().python()).append(" cannot be used now: ");
      lines.append(server.unavailable()).append('\n');
    }
    tools.forEach(tool -> addLine(server, tool));
  }

  String text() {
    return switch (style) {
      case SOURCE -> HEAD + types + classes + namespace();
      case SIGNATURES -> lines.isEmpty() ? "\n" : lines.toString();
    };
  }

  private void addLine(PythonServer server, PythonTool tool) {
    lines.append(server.names().python()).append('.').append(tool.python());
    lines.append(tool.signature()).append("  # ").append(tool.summary()).append('\n');
  }

  private void addSource(PythonServer server, List<PythonTool> tools) {
    PythonServer.Names names = server.names();
    classes.append("\n\nclass ").append(names.className()).append(":\n");
    classes.append(PythonText.docstring(server.doc(), "    "));
    String decorator = PythonType.qualified("staticmethod", server.hidden());
    for (PythonTool tool : tools) {
      tool.types().forEach(this::addType);
      classes.append("\n    @").append(decorator).append("\n    def ");
      classes.append(tool.python()).append(tool.signature()).append(":\n");
      classes.append(PythonText.docstring(tool.doc(), "        ")).append("        ...\n");
    }
    if (!sameInBothStyles(names)) {
      classes.append("\n\n").append(names.python()).append(" = ").append(names.className());
      classes.append("\n");
    }
  }

  private void addType(TypedDictionary type) {
    types.append("\n\n");
    if (type.fields().stream().allMatch(field -> isPlain(field.key(), type.name()))) {
      addClass(type);
    } else {
      addCall(type);
    }
  }

  private void addClass(TypedDictionary type) {
    types.append("class ").append(type.name()).append("(TypedDict):\n");
    StringBuilder notes = new StringBuilder();
    for (Field field : type.fields()) {
      if (!field.note().isEmpty()) {
        notes.append("\n    ").append(field.key()).append(": ").append(field.note());
      }
    }
    if (!notes.isEmpty()) {
      types.append(PythonText.docstring("Keys:" + notes, "    ")).append('\n');
    }
    for (Field field : type.fields()) {
      String annotation = presence(field, field.type().text(Set.of()));
      types.append("    ").append(field.key()).append(": ").append(annotation).append('\n');
    }
    if (type.fields().isEmpty()) {
      types.append("    pass\n");
    }
  }

  /** For keys that no class body can hold. */
  private void addCall(TypedDictionary type) {
    String name = type.name();
    types.append(name).append(" = TypedDict(\n    \"").append(name).append("\",\n    {\n");
    for (Field field : type.fields()) {
      String annotation = presence(field, PythonText.literal(field.type().text(Set.of())));
      types.append("        ").append(PythonText.literal(field.key())).append(": ");
      types.append(annotation).append(",\n");
    }
    types.append("    },\n)\n");
  }

  private static String presence(Field field, String type) {
    return field.presence() == Presence.REQUIRED ? type : "NotRequired[" + type + "]";
  }

  /** Whether a key can be a name in a class body without hiding what the body speaks of. */
  private static boolean isPlain(String key, String typeName) {
    String server = typeName.substring(0, typeName.indexOf('_') + 1);
    return key.matches("[A-Za-z][A-Za-z0-9_]{0,79}")
        && !PythonNames.isKeyword(key)
        && !WORDS_OF_FIELDS.contains(key)
        && !key.startsWith(server);
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
    return before + body.toString() + SEARCH;
  }
}
