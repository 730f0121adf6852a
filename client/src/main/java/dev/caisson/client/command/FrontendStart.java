package dev.caisson.client.command;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * One start of the MCP frontend, as an MCP client sees it.
 *
 * @param nanos from the spawn to the answer to initialize
 * @param residentKib memory that it has resident then
 */
record FrontendStart(long nanos, long residentKib) {

  private static final String INITIALIZE =
      """
      {"jsonrpc":"2.0","id":"bench","method":"initialize","params":{"protocolVersion":"2025-11-25",\
      "capabilities":{},"clientInfo":{"name":"bench","version":"1"}}}
      """;
  private static final String RESIDENT = "VmRSS:";
  private static final int LONGEST_SECONDS = 60;

  static FrontendStart measure(List<String> command) throws IOException, InterruptedException {
    long begun = System.nanoTime();
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    try (BufferedReader answers = process.inputReader(StandardCharsets.UTF_8)) {
      process.getOutputStream().write(INITIALIZE.getBytes(StandardCharsets.UTF_8));
      process.getOutputStream().flush();
      String answer = within(new FutureTask<>(answers::readLine));
      long nanos = System.nanoTime() - begun;
      if (answer == null || !answer.contains("\"serverInfo\"")) {
        throw new IllegalStateException(
            "'%s' gave no answer to initialize; it says why above"
                .formatted(String.join(" ", command)));
      }
      long resident = resident(process.pid());
      process.getOutputStream().close();
      return new FrontendStart(nanos, resident);
    } finally {
      if (!process.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    }
  }

  private static String within(FutureTask<String> line) throws InterruptedException {
    Thread.ofVirtual().name("frontend-answer").start(line);
    try {
      return line.get(LONGEST_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException failure) {
      throw new IllegalStateException(
          "nothing is heard of the frontend for " + LONGEST_SECONDS + " s", failure);
    }
  }

  private static long resident(long pid) throws IOException {
    return Files.readAllLines(Path.of("/proc", Long.toString(pid), "status")).stream()
        .filter(line -> line.startsWith(RESIDENT))
        .map(line -> line.substring(RESIDENT.length()).replace("kB", "").strip())
        .mapToLong(Long::parseLong)
        .findFirst()
        .orElse(0);
  }
}
