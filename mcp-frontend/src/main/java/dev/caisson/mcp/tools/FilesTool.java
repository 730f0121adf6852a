package dev.caisson.mcp.tools;

import dev.caisson.mcp.relay.RefusedException;
import dev.caisson.mcp.relay.RefusedException.Reason;
import dev.caisson.mcp.relay.WorkspaceFiles;
import dev.caisson.mcp.relay.WorkspaceFiles.Depth;
import dev.caisson.mcp.relay.WorkspaceFiles.Entry;
import dev.caisson.mcp.relay.WorkspaceFiles.Page;
import dev.caisson.mcp.text.Shown;
import dev.caisson.mcp.tools.ConnectionSessions.Use;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import java.nio.charset.StandardCharsets;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The tool {@code files}: the files of a session's workspace. */
final class FilesTool {

  private static final int PAGE = 100;
  private static final int LARGEST_PAGE = 1_000;

  private final ConnectionSessions sessions;
  private final WorkspaceFiles files;
  private final FileReader reader;

  FilesTool(ConnectionSessions sessions, WorkspaceFiles files) {
    this.sessions = sessions;
    this.files = files;
    this.reader = new FileReader(files);
  }

  private enum Action {
    LIST,
    STAT,
    READ,
    WRITE,
    DELETE,
    MKDIR
  }

  private enum Encoding {
    TEXT,
    BASE64
  }

  McpSchema.Tool definition() {
    return McpSchema.Tool.builder("files", Schemas.filesInput())
        .title("Files of a session")
        .description(
            "Files of a session's workspace, where its code starts. Long answers say how to go on.")
        .annotations(
            McpSchema.ToolAnnotations.builder()
                .title("Files of a session")
                .readOnlyHint(false)
                .destructiveHint(true)
                .idempotentHint(true)
                .openWorldHint(false)
                .build())
        .build();
  }

  CallToolResult call(CallToolRequest request) {
    return ToolAnswers.of(() -> {
      var arguments = Arguments.of(request.arguments());
      // First, so that no session is made for a call that cannot be.
      var work = work(arguments);
      return sessions.in(sessions.find(arguments.text("session")), work);
    });
  }

  private Use<CallToolResult> work(Arguments arguments) {
    return switch (arguments.choice("action", Action.class)) {
      case LIST -> list(arguments);
      case STAT -> {
        var path = directory(arguments);
        yield session -> one("", files.stat(session, path));
      }
      case READ -> read(arguments);
      case WRITE -> {
        var path = arguments.required("path", "which file to write");
        var content = content(arguments);
        yield session -> one("written: ", files.write(session, path, content));
      }
      case DELETE -> {
        var depth = arguments.flag("recursive") ? Depth.ALL_WITHIN : Depth.ALONE;
        var path = arguments.required("path", "which name to delete");
        yield session -> {
          var removed = files.delete(session, path, depth);
          return said("%s deleted".formatted(removed == 1 ? "1 name" : removed + " names"));
        };
      }
      case MKDIR -> {
        var path = arguments.required("path", "which directory to make");
        yield session ->
            said(
                files.makeDirectory(session, path)
                    ? "the directory is made"
                    : "the directory was there already");
      }
    };
  }

  private Use<CallToolResult> read(Arguments arguments) {
    var path = arguments.required("path", "which file to read");
    var offset = arguments.number("offset", 0, Long.MAX_VALUE, 0);
    var limit =
        arguments.has("limit")
            ? (int)
                arguments.number(
                    "limit", FileReader.LEAST_PART, FileReader.MOST_PART, FileReader.PART)
            : 0;
    return session -> reader.read(session, path, offset, limit);
  }

  private static byte[] content(Arguments arguments) {
    if (!arguments.has("content")) {
      throw new IllegalArgumentException(
          "'content' is missing: the whole file, an empty text for an empty one");
    }
    var content = arguments.text("content");
    var encoding =
        arguments.text("encoding").isEmpty()
            ? Encoding.TEXT
            : arguments.choice("encoding", Encoding.class);
    return switch (encoding) {
      case TEXT -> content.getBytes(StandardCharsets.UTF_8);
      case BASE64 -> Base64Text.bytes(content);
    };
  }

  /** Models call the workspace "." as often as they leave its name out. */
  private static String directory(Arguments arguments) {
    var path = arguments.text("path");
    return path.equals(".") ? "" : path;
  }

  private Use<CallToolResult> list(Arguments arguments) {
    var most = (int) arguments.number("limit", 1, LARGEST_PAGE, PAGE);
    var path = directory(arguments);
    var cursor = arguments.text("cursor");
    return session -> answer(page(session, path, most, cursor));
  }

  private Page page(String session, String path, int most, String cursor)
      throws RefusedException, InterruptedException {
    try {
      return files.list(session, path, most, cursor);
    } catch (RefusedException refusal) {
      if (refusal.reason() != Reason.INVALID || cursor.isEmpty()) {
        throw refusal;
      }
      // When the path is to blame, this says so.
      var unused = files.list(session, path, 1, "");
      throw new RefusedException(
          Reason.INVALID,
          "'cursor' is none; give that of the answer before as it was, or none to begin again",
          refusal);
    }
  }

  private static CallToolResult answer(Page page) {
    var lines = new ArrayList<String>();
    page.entries().forEach(entry -> lines.add(line(entry)));
    if (page.entries().isEmpty()) {
      lines.add("(no files)");
    }
    if (page.unlisted() > 0) {
      lines.add("(%d names are not UTF-8 and not shown)".formatted(page.unlisted()));
    }
    var structured = new LinkedHashMap<String, Object>();
    structured.put("entries", page.entries().stream().map(FilesTool::data).toList());
    if (!page.next().isEmpty()) {
      lines.add("(more: list again with the cursor \"" + Shown.name(page.next()) + "\")");
      structured.put("cursor", page.next());
    }
    return CallToolResult.builder()
        .addTextContent(String.join("\n", lines))
        .structuredContent(structured)
        .isError(false)
        .build();
  }

  private static CallToolResult one(String what, Entry entry) {
    return CallToolResult.builder()
        .addTextContent(what + line(entry))
        .structuredContent(Map.of("entries", List.of(data(entry))))
        .isError(false)
        .build();
  }

  private static CallToolResult said(String what) {
    return CallToolResult.builder()
        .addTextContent(what)
        .structuredContent(Map.of("message", what))
        .isError(false)
        .build();
  }

  private static String line(Entry entry) {
    var path = entry.path().isEmpty() ? "(the workspace)" : Shown.name(entry.path());
    var time = entry.modified().truncatedTo(ChronoUnit.SECONDS);
    return switch (entry.kind()) {
      case FILE -> "%s  %s bytes  %s".formatted(path, Shown.number(entry.size()), time);
      case DIRECTORY -> "%s/  %s".formatted(path, time);
      case LINK -> "%s  (a link; links are not followed)".formatted(path);
      case OTHER -> "%s  (a pipe or a socket)".formatted(path);
    };
  }

  private static Map<String, Object> data(Entry entry) {
    var data = new LinkedHashMap<String, Object>();
    data.put("path", entry.path());
    data.put("kind", entry.kind().name().toLowerCase(Locale.ROOT));
    data.put("size", entry.size());
    data.put("modified", entry.modified().toString());
    return data;
  }
}
