package dev.caisson.daemon.runtime.docker;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The processes on the host that carry one sandbox: gVisor's sentry and gofer, and the engine's
 * shim. Each has the container's id among its arguments.
 *
 * <p>Killing them is the last step against a sandbox that hangs: while its sentry does not answer,
 * the engine can neither kill nor remove nor even inspect the container.
 */
final class SandboxProcesses {

  private static final Path PROC = Path.of("/proc");

  private SandboxProcesses() {}

  /** The processes of this container, by its full id. Ours to kill only if the container is. */
  static List<ProcessHandle> of(String container) {
    List<ProcessHandle> processes = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(PROC, "[0-9]*")) {
      for (Path entry : entries) {
        if (carries(entry, container)) {
          ProcessHandle.of(Long.parseLong(entry.getFileName().toString()))
              .ifPresent(processes::add);
        }
      }
    } catch (IOException e) {
      // Without a readable /proc there is nothing to find.
    }
    return processes;
  }

  /** Kills them with the signal that cannot be held back. */
  static void kill(String container) {
    of(container).forEach(ProcessHandle::destroyForcibly);
  }

  private static boolean carries(Path process, String container) {
    try {
      String[] arguments =
          new String(Files.readAllBytes(process.resolve("cmdline")), StandardCharsets.UTF_8)
              .split("\0");
      return isSandboxProgram(arguments[0]) && List.of(arguments).toString().contains(container);
    } catch (IOException e) {
      // Ended meanwhile.
      return false;
    }
  }

  /** Not every process that names the container is part of it: somebody may be looking at it. */
  private static boolean isSandboxProgram(String program) {
    String name = program.substring(program.lastIndexOf('/') + 1);
    return name.startsWith("runsc") || name.startsWith("containerd-shim");
  }
}
