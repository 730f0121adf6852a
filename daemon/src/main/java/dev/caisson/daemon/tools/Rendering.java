package dev.caisson.daemon.tools;

import java.util.List;
import java.util.Map;

/**
 * Tools as text.
 *
 * @param text ends with a newline
 * @param module what a module of it can be called
 */
public record Rendering(String text, String module) {

  static Rendering ofAll(Map<PythonServer, List<PythonTool>> servers, PythonCatalogue.Style style) {
    String text =
        switch (style) {
          case SOURCE, STUB -> {
            ModuleSource source = new ModuleSource(style);
            servers.forEach(source::add);
            yield source.ofAll();
          }
          case SIGNATURES, REFERENCE -> lines(servers, style);
        };
    return new Rendering(text, "api");
  }

  static Rendering ofOne(PythonServer server, List<PythonTool> tools, PythonCatalogue.Style style) {
    String text =
        switch (style) {
          case SOURCE, STUB -> {
            ModuleSource source = new ModuleSource(style);
            source.add(server, tools);
            yield source.ofOne(tools);
          }
          case SIGNATURES, REFERENCE -> lines(Map.of(server, tools), style);
        };
    return new Rendering(text, StandardModules.besides(server.names().python()));
  }

  private static String lines(
      Map<PythonServer, List<PythonTool>> servers, PythonCatalogue.Style style) {
    SignatureLines lines = new SignatureLines();
    servers.forEach(
        style == PythonCatalogue.Style.REFERENCE ? lines::addReference : lines::addBrief);
    return lines.text();
  }
}
