package dev.caisson.daemon.guards;

import dev.caisson.daemon.guards.Guard.Edit;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** The guards of guards.yaml. Unknown keys are refused: a misspelt one would prove nothing. */
record GuardList(List<Guard> guards) {

  private static final Set<String> KEYS = Set.of("guard", "row", "edits", "also", "fails");
  private static final Set<String> EDIT_KEYS = Set.of("file", "find", "put");

  GuardList {
    guards = List.copyOf(guards);
  }

  static GuardList read() {
    try (InputStream in = GuardList.class.getResourceAsStream("/caisson/guards.yaml")) {
      Object tree =
          new Load(LoadSettings.builder().setLabel("guards.yaml").build())
              .loadFromInputStream(Objects.requireNonNull(in, "guards.yaml is missing"));
      return new GuardList(list(tree).stream().map(GuardList::guard).toList());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Guard find(String id) {
    return guards.stream()
        .filter(guard -> guard.id().equals(id))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("guards.yaml has no guard '" + id + "'"));
  }

  /** The edits of a guard and of those that go with it, by file. */
  Map<String, List<Edit>> edits(Guard guard) {
    Map<String, List<Edit>> byFile = new LinkedHashMap<>();
    List<Guard> all = new ArrayList<>(List.of(guard));
    guard.also().stream().map(this::find).forEach(all::add);
    for (Guard each : all) {
      for (Edit edit : each.edits()) {
        byFile.computeIfAbsent(edit.file(), file -> new ArrayList<>()).add(edit);
      }
    }
    return byFile;
  }

  /** A file of the checkout with these edits made. */
  static String edited(String file, List<Edit> edits) {
    try {
      String source = Files.readString(checkout().resolve(file));
      for (Edit edit : edits) {
        source = edit.applyTo(source);
      }
      return source;
    } catch (IOException e) {
      throw new IllegalStateException("guards.yaml names a file that cannot be read: " + file, e);
    }
  }

  /** The top of the checkout that the tests run in. */
  static Path checkout() {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.exists(folder.resolve("caisson"))
        || !Files.isDirectory(folder.resolve("policies"))) {
      folder = Objects.requireNonNull(folder.getParent(), "not run in a checkout");
    }
    return folder;
  }

  private static Guard guard(Object tree) {
    Map<?, ?> map = map(tree, KEYS);
    return new Guard(
        text(map, "guard"),
        map.containsKey("row") ? text(map, "row") : "",
        list(map.get("edits")).stream().map(GuardList::edit).toList(),
        texts(map, "also"),
        texts(map, "fails"));
  }

  private static Edit edit(Object tree) {
    Map<?, ?> map = map(tree, EDIT_KEYS);
    return new Edit(text(map, "file"), text(map, "find"), text(map, "put"));
  }

  private static Map<?, ?> map(Object tree, Set<String> keys) {
    if (!(tree instanceof Map<?, ?> map) || !keys.containsAll(map.keySet())) {
      throw new IllegalArgumentException("guards.yaml: not only the keys " + keys + " in " + tree);
    }
    return map;
  }

  private static List<?> list(@Nullable Object tree) {
    return (List<?>) Objects.requireNonNull(tree, "guards.yaml: a list is missing");
  }

  private static List<String> texts(Map<?, ?> map, String key) {
    return map.containsKey(key)
        ? list(map.get(key)).stream().map(String::valueOf).toList()
        : List.of();
  }

  private static String text(Map<?, ?> map, String key) {
    if (!(map.get(key) instanceof String text)) {
      throw new IllegalArgumentException("guards.yaml: no text '" + key + "' in " + map);
    }
    return text;
  }
}
