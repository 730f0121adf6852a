package dev.caisson.client.command;

import dev.caisson.client.CaissonClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The raw samples in a file, so that two builds can be compared. */
final class BenchReport {

  @Option(names = "--json", paramLabel = "FILE", description = "Writes all samples there.")
  private Optional<Path> file = Optional.empty();

  void write(String measurement, List<Samples> all) throws IOException {
    if (file.isEmpty()) {
      return;
    }
    ObjectNode report = JsonMapper.shared().createObjectNode();
    report.put("measurement", measurement);
    report.put("at", Instant.now().toString());
    report.put("client_version", CaissonClient.version());
    report.put("processors", Runtime.getRuntime().availableProcessors());
    ArrayNode series = report.putArray("series");
    all.forEach(samples -> samples.describe(series.addObject()));
    Files.writeString(file.get(), report + "\n");
  }
}
