package dev.caisson.daemon.guards;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.caisson.daemon.guards.Mutant.Verdict;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/**
 * Writes down what came of each test without its guard, in {@code target/guards/guards.jsonl}, from
 * which {@code caisson test security --without-guards} makes its table, and says it on standard
 * output as well, where people wait for it. Safe for many threads.
 */
final class GuardRecord {

  static final GuardRecord INSTANCE = new GuardRecord();

  private static final JsonMapper JSON = JsonMapper.builder().build();

  @GuardedBy("this")
  private boolean begun;

  private GuardRecord() {}

  /**
   * @param guard the one that was taken out, or "(none)"
   */
  synchronized void write(String guard, String row, Map<String, Verdict> verdicts) {
    try {
      Path file = Files.createDirectories(Path.of("target", "guards")).resolve("guards.jsonl");
      if (!begun) {
        Files.deleteIfExists(file);
        begun = true;
      }
      for (Map.Entry<String, Verdict> verdict : verdicts.entrySet()) {
        System.out.printf(
            "without %s: %s %s%n", guard, verdict.getKey(), verdict.getValue().result());
        String line =
            JSON.writeValueAsString(
                JSON.createObjectNode()
                    .put("guard", guard)
                    .put("row", row)
                    .put("test", verdict.getKey())
                    .put("result", verdict.getValue().result())
                    .put("why", verdict.getValue().why()));
        Files.writeString(file, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
