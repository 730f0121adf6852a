package dev.caisson.client.command;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The same program through the plain docker command, in the same image with the same runtime. Every
 * container carries a label of this measurement alone, and closing removes those and no others.
 */
final class DockerBaseline implements AutoCloseable {

  private static final String LABEL = "dev.caisson.bench";
  private static final String PYTHON = "/usr/bin/python3.13";
  private static final String PROGRAM = "print(1+1)";

  private final String docker;
  private final String image;
  private final String runtime;
  private final String label;
  private volatile boolean closed;

  DockerBaseline(Map<String, String> environment, String image, String runtime) {
    this.docker = find(environment);
    this.image = image;
    this.runtime = runtime;
    byte[] id = new byte[8];
    ThreadLocalRandom.current().nextBytes(id);
    this.label = LABEL + "=" + HexFormat.of().formatHex(id);
  }

  /** A fresh container that runs the program and goes. */
  long run() {
    return timed(fresh("--rm", PROGRAM));
  }

  /** A container that waits, for {@link #execute}; gives its id. */
  String start() {
    return output(fresh("--detach", "import time; time.sleep(86400)")).strip();
  }

  /** A fresh interpreter in a container that runs already. */
  long execute(String container) {
    return timed(List.of(docker, "exec", container, PYTHON, "-c", PROGRAM));
  }

  /** May be called by another thread too, when the user interrupts: what begins after it fails. */
  @Override
  public void close() {
    closed = true;
    String ids = output(List.of(docker, "ps", "--all", "--quiet", "--filter", "label=" + label));
    for (String id : ids.lines().toList()) {
      output(List.of(docker, "rm", "--force", id));
    }
  }

  List<String> fresh(String mode, String program) {
    if (closed) {
      throw new IllegalStateException("the measurement was interrupted");
    }
    return List.of(
        docker,
        "run",
        mode,
        "--label",
        label,
        "--runtime",
        runtime,
        "--network",
        "none",
        "--entrypoint",
        PYTHON,
        image,
        "-c",
        program);
  }

  private static long timed(List<String> command) {
    long begun = System.nanoTime();
    String answer = output(command);
    long nanos = System.nanoTime() - begun;
    if (!answer.strip().equals("2")) {
      throw new IllegalStateException(
          "`%s` printed '%s'".formatted(String.join(" ", command), answer.strip()));
    }
    return nanos;
  }

  private static String output(List<String> command) {
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null")))
              .start();
      String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new IllegalStateException(
            "`%s` failed: %s".formatted(String.join(" ", command), text.strip()));
      }
      return text;
    } catch (IOException broken) {
      throw new IllegalStateException("docker cannot be started: " + broken.getMessage(), broken);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while docker was at work", interrupted);
    }
  }

  private static String find(Map<String, String> environment) {
    List<Path> folders = new ArrayList<>();
    for (String folder : environment.getOrDefault("PATH", "/usr/bin:/bin").split(":")) {
      folders.add(Path.of(folder));
    }
    Optional<Path> found =
        folders.stream()
            .map(folder -> folder.resolve("docker"))
            .filter(Files::isExecutable)
            .findFirst();
    return found
        .map(Path::toString)
        .orElseThrow(() ->
            new UsageException(
                "there is no docker command to measure beside",
                "install it, or leave the baselines out with --baseline none"));
  }
}
