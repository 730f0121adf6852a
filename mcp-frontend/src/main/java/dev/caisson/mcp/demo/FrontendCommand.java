package dev.caisson.mcp.demo;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** How an MCP client starts the frontend: by the launcher, or with this JVM's own class path. */
record FrontendCommand(String program, List<String> arguments) {

  FrontendCommand {
    arguments = List.copyOf(arguments);
  }

  static FrontendCommand of(Map<String, String> environment, Path servers) {
    var launcher = environment.getOrDefault("CAISSON_LAUNCHER", "");
    if (!launcher.isEmpty()) {
      return new FrontendCommand(launcher, List.of("mcp", "--servers", servers.toString()));
    }
    var arguments =
        new ArrayList<>(
            List.of(
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-Xlog:disable",
                "-Xlog:all=warning:stderr",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.caisson.mcp.app.Main"));
    arguments.addAll(List.of("--servers", servers.toString()));
    var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    return new FrontendCommand(java, arguments);
  }
}
