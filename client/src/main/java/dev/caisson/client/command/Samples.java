package dev.caisson.client.command;

import dev.caisson.client.RunResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.HdrHistogram.Histogram;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What one thing took, many times over. Not thread-safe. */
final class Samples {

  private static final int SIGNIFICANT_DIGITS = 3;
  private static final double NANOS_PER_MILLI = 1e6;

  private final String name;
  private final Histogram histogram = new Histogram(SIGNIFICANT_DIGITS);
  private final List<Long> nanos = new ArrayList<>();

  Samples(String name) {
    this.name = name;
  }

  void add(long nanos) {
    this.nanos.add(nanos);
    histogram.recordValue(nanos);
  }

  /**
   * Adds what the code in a sandbox measured itself: its value is an object with "samples_ns".
   * Gives that object.
   */
  JsonNode addMeasured(RunResult result) {
    String value =
        result
            .value()
            .flatMap(RunResult.Value::json)
            .orElseThrow(() ->
                new IllegalStateException("'%s' gave no times: %s".formatted(name, why(result))));
    JsonNode times = JsonMapper.shared().readTree(value);
    times.path("samples_ns").forEach(sample -> add(sample.asLong()));
    return times;
  }

  private static String why(RunResult result) {
    return result.exception().map(RunResult.PythonException::traceback).orElse(result.message());
  }

  String name() {
    return name;
  }

  boolean isEmpty() {
    return nanos.isEmpty();
  }

  int size() {
    return nanos.size();
  }

  double millisAt(double percentile) {
    return histogram.getValueAtPercentile(percentile) / NANOS_PER_MILLI;
  }

  /** The longest of all, exactly; 0 when there is none. */
  double mostMillis() {
    return nanos.stream().mapToLong(Long::longValue).max().orElse(0) / NANOS_PER_MILLI;
  }

  static String header() {
    return String.format(
        Locale.ROOT, "%-24s %7s %10s %10s %10s", "", "samples", "p50 ms", "p95 ms", "p99 ms");
  }

  String row() {
    return String.format(
        Locale.ROOT,
        "%-24s %7d %10.3f %10.3f %10.3f",
        name,
        nanos.size(),
        millisAt(50),
        millisAt(95),
        millisAt(99));
  }

  void describe(ObjectNode node) {
    node.put("name", name);
    node.put("p50_ms", millisAt(50));
    node.put("p95_ms", millisAt(95));
    node.put("p99_ms", millisAt(99));
    ArrayNode raw = node.putArray("samples_ns");
    nanos.forEach(raw::add);
  }
}
