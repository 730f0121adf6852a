package dev.caisson.mcp.tools;

import dev.caisson.mcp.relay.Program;
import dev.caisson.mcp.stubs.Catalogue;
import dev.caisson.mcp.text.BundledText;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.json.JsonMapper;

/**
 * The program of {@code create_plot}: always the same text. What is asked for goes to it as an
 * argument, JSON, and is nowhere part of the code.
 */
final class PlotProgram {

  private static final String CODE = BundledText.of("/caisson/plot/create_plot.py");
  private static final String FILE_NAME = "<create_plot>";

  private PlotProgram() {}

  private enum Kind {
    LINE,
    SCATTER,
    BAR,
    HISTOGRAM
  }

  /** What draws this. */
  static Program of(Arguments arguments, String policy) {
    var wanted = new LinkedHashMap<String, Object>();
    var kind = arguments.choice("kind", Kind.class);
    wanted.put("kind", kind.name().toLowerCase(Locale.ROOT));
    source(arguments, wanted);
    wanted.put("x", arguments.text("x"));
    wanted.put("y", arguments.textOrTexts("y"));
    wanted.put("title", arguments.text("title"));
    wanted.put("path", path(arguments.text("path")));
    return new Program(
        CODE,
        FILE_NAME,
        List.of(JsonMapper.shared().writeValueAsString(wanted)),
        policy,
        "",
        Optional.empty(),
        Program.Outputs.NONE,
        Catalogue.EMPTY);
  }

  private static void source(Arguments arguments, Map<String, Object> wanted) {
    var file = arguments.text("file");
    var variable = arguments.text("variable");
    if (file.isEmpty() == variable.isEmpty()) {
      throw new IllegalArgumentException(
          file.isEmpty()
              ? "there is nothing to plot: give 'file', a CSV or JSON file of the workspace, or"
                  + " 'variable', the name of a variable of the session"
              : "'file' and 'variable' are both there: give one of them");
    }
    wanted.put("file", file);
    wanted.put("variable", variable);
  }

  /** Without an ending it gets the one that it has to have. */
  private static String path(String path) {
    if (path.isEmpty() || path.toLowerCase(Locale.ROOT).endsWith(".png")) {
      return path;
    }
    if (path.endsWith("/") || path.substring(path.lastIndexOf('/') + 1).contains(".")) {
      throw new IllegalArgumentException(
          "'path' is '%s'; it has to be the name of a PNG file, such as plot.png".formatted(path));
    }
    return path + ".png";
  }
}
