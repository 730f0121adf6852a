package dev.caisson.daemon.security;

import static java.util.stream.Collectors.toCollection;

import com.github.dockerjava.api.model.Container;
import dev.caisson.daemon.acceptance.EngineView;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/**
 * What is on this machine of containers that the engine no longer has: processes, control groups,
 * mounts, files of the runtime. Looks at all containers of the shared engine, since an id says
 * whose a thing was only while the container lives.
 */
final class Remains {

  private static final Pattern ID = Pattern.compile("(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])");
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private Remains() {}

  /** Waits until nothing is left of any container that is gone. */
  static void awaitNone() {
    // What others create and remove meanwhile is never left for long.
    Set<String> ever = of();
    Awaitility.await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(100))
        .until(
            () -> {
              ever.retainAll(of());
              return ever;
            },
            Set::isEmpty);
    awaitNoMountTooMany();
  }

  /** All that is left right now. */
  static Set<String> of() {
    Set<String> traces = new TreeSet<>();
    processes(traces);
    list(Path.of("/run/docker/runtime-runc/moby"), traces);
    list(Path.of("/run/docker/containerd"), traces);
    list(Path.of("/run/docker/containerd/daemon/io.containerd.runtime.v2.task/moby"), traces);
    list(Path.of("/var/lib/docker/containerd/daemon/io.containerd.runtime.v2.task/moby"), traces);
    for (String hierarchy : List.of("memory", "cpu", "pids", "freezer", "unified", "systemd")) {
      list(Path.of("/sys/fs/cgroup", hierarchy, "docker"), traces);
    }
    list(Path.of("/sys/fs/cgroup/docker"), traces);
    mounts(traces);
    // Asked last, so that a container of which a trace was seen is either there or gone.
    Set<String> living =
        EngineView.ask(engine -> engine.listContainersCmd().withShowAll(true).exec()).stream()
            .map(Container::getId)
            .collect(toCollection(TreeSet::new));
    traces.removeIf(trace -> living.contains(idIn(trace)));
    return traces;
  }

  /**
   * Waits until there are no more file systems and network namespaces of containers than
   * containers: these bear no id that could be looked for.
   */
  private static void awaitNoMountTooMany() {
    Awaitility.await("file systems and network namespaces of containers")
        .atMost(PATIENCE)
        .until(() -> {
          long roots = places().stream().filter(place -> place.endsWith("/merged")).count();
          long networks =
              places().stream().filter(place -> place.startsWith("/run/docker/netns/")).count();
          int containers =
              EngineView.ask(engine -> engine.listContainersCmd().withShowAll(true).exec()).size();
          return roots <= containers && networks <= containers;
        });
  }

  private static List<String> places() {
    return lines(Path.of("/proc/self/mountinfo")).stream()
        .map(line -> line.split(" ", -1)[4])
        .toList();
  }

  private static void processes(Set<String> traces) {
    try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
      processes
          .filter(process -> process.getFileName().toString().matches("\\d+"))
          .forEach(process -> {
            String command = text(process.resolve("cmdline")).replace('\0', ' ');
            String program = command.split(" ", 2)[0];
            boolean ofEngine =
                command.contains("/var/run/docker/") || command.contains("/run/docker/");
            if (ofEngine && program.matches(".*(runsc-(sandbox|gofer)|containerd-shim).*")) {
              keep(program, command, traces);
            }
          });
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static void mounts(Set<String> traces) {
    places().stream()
        .filter(place -> !place.contains("/overlay2/")) // the ids of layers
        .forEach(place -> keep("mount", place, traces));
  }

  private static void list(Path folder, Set<String> traces) {
    if (!Files.isDirectory(folder)) {
      return;
    }
    try (Stream<Path> entries = Files.list(folder)) {
      entries.forEach(entry -> keep(folder.toString(), entry.getFileName().toString(), traces));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static void keep(String kind, String text, Set<String> traces) {
    String id = idIn(text);
    if (!id.isEmpty()) {
      traces.add(kind + " of " + id);
    }
  }

  private static String idIn(String text) {
    Matcher found = ID.matcher(text);
    return found.find() ? found.group() : "";
  }

  private static List<String> lines(Path file) {
    return text(file).lines().toList();
  }

  /** The text, or nothing when the process it is about has gone. */
  private static String text(Path file) {
    try {
      return new String(Files.readAllBytes(file), java.nio.charset.StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      return "";
    }
  }
}
