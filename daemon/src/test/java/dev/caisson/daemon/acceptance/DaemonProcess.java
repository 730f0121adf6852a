package dev.caisson.daemon.acceptance;

import dev.caisson.daemon.app.RunningDaemon;
import dev.caisson.daemon.runtime.Specs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The daemon as people start it: a process of its own, which can be killed. */
public final class DaemonProcess implements AutoCloseable {

  private final Process process;
  private final Path socket;
  private final Path log;

  private DaemonProcess(Process process, Path socket, Path log) {
    this.process = process;
    this.socket = socket;
    this.log = log;
  }

  /** Starts a daemon on {@code folder/caisson.sock}; it may not be up yet. */
  public static DaemonProcess start(Path folder, int warm) {
    return start(folder, warm, Map.of(), Map.of());
  }

  /**
   * As {@link #start(Path, int)}, with further policies and with variables that come on top of the
   * test's own.
   */
  public static DaemonProcess start(
      Path folder, int warm, Map<String, String> texts, Map<String, String> variables) {
    return start(folder, warm, texts, variables, "dev.caisson.daemon.app.Main");
  }

  /** The same for a daemon that is started by a class of the tests. */
  public static DaemonProcess start(
      Path folder,
      int warm,
      Map<String, String> texts,
      Map<String, String> variables,
      String main) {
    Path policies = RunningDaemon.writePolicies(folder, warm, texts);
    Path socket = folder.resolve("caisson.sock");
    try {
      Path log = Files.createTempFile(folder, "daemon", ".log");
      ProcessBuilder builder =
          new ProcessBuilder(
              List.of(
                  ProcessHandle.current().info().command().orElseThrow(),
                  "-Xmx128m",
                  "-XX:+ExitOnOutOfMemoryError",
                  "-XX:NativeMemoryTracking=summary",
                  "-Dlogback.configurationFile=logback.xml",
                  "--enable-native-access=ALL-UNNAMED",
                  "-cp",
                  System.getProperty("java.class.path"),
                  main));
      builder.environment().keySet().removeIf(name -> name.startsWith("CAISSON_"));
      builder
          .environment()
          .putAll(
              Map.of(
                  "CAISSON_SOCKET",
                  socket.toString(),
                  "CAISSON_RUN_DIR",
                  folder.toString(),
                  "CAISSON_POLICIES",
                  policies.toString(),
                  "CAISSON_DRAIN_TIMEOUT",
                  "1s",
                  "CAISSON_REHEARSAL_RUNS",
                  "0",
                  "CAISSON_ENGINE_BASE_IMAGE",
                  Specs.IMAGE));
      builder.environment().putAll(variables);
      return new DaemonProcess(
          builder.redirectErrorStream(true).redirectOutput(log.toFile()).start(), socket, log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public Path socket() {
    return socket;
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  public long pid() {
    return process.pid();
  }

  /** What it has written. */
  public String log() {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** kill -9. */
  public void kill() {
    process.destroyForcibly();
    awaitExit();
  }

  /** SIGTERM. */
  public void terminate() {
    process.destroy();
  }

  public int awaitExit() {
    try {
      if (!process.waitFor(60, TimeUnit.SECONDS)) {
        throw new AssertionError("the daemon goes on: " + log());
      }
      return process.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  @Override
  public void close() {
    if (process.isAlive()) {
      terminate();
      awaitExit();
    }
  }
}
