package dev.caisson.daemon.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The machine's python3 as the judge of what is rendered. */
final class HostPython {

  private static final Path HEAD = Path.of("src/main/resources/dev/caisson/daemon/tools");

  private final Path folder;
  private final List<String> cases = new ArrayList<>();

  HostPython(Path folder) {
    this.folder = folder;
  }

  /** Writes a catalogue's module and its bound tools for {@link #check}. */
  void add(PythonCatalogue catalogue) throws IOException {
    Path place = Files.createDirectories(folder.resolve("case" + cases.size()));
    Files.writeString(
        place.resolve("api.py"), catalogue.render(PythonCatalogue.Style.SOURCE).text());
    ArrayNode servers = JsonNodeFactory.instance.arrayNode();
    for (PythonServer.Names names : catalogue.servers()) {
      ObjectNode server = catalogue.serverJson(names.name());
      ArrayNode bound = server.putArray("bound");
      for (String tool : catalogue.find(names.name()).orElseThrow().toolNames()) {
        bound.add(catalogue.toolJson(names.name(), tool));
      }
      servers.add(server);
    }
    // Escaped, because half a surrogate pair has no form in UTF-8.
    Files.writeString(
        place.resolve("servers.json"),
        JsonMapper.builder(JsonFactory.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build())
            .build()
            .writeValueAsString(servers));
    cases.add(place.toString());
  }

  /** Fails unless Python imports all modules and finds in them what the bound tools say. */
  void check() throws IOException, InterruptedException {
    Path script = folder.resolve("check.py");
    try (var in = HostPython.class.getResourceAsStream("/tools/check.py")) {
      if (in == null) {
        throw new IllegalStateException("check.py is missing");
      }
      Files.write(script, in.readAllBytes());
    }
    List<String> command =
        new ArrayList<>(
            List.of("python3", "-I", script.toString(), HEAD.toAbsolutePath().toString()));
    command.addAll(cases);
    Path output = folder.resolve("output");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    int status = process.waitFor();
    assertThat(Files.readString(output))
        .as("python3, status %d", status)
        .isEqualTo("checked " + cases.size() + "\n");
  }
}
