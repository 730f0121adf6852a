package dev.caisson.daemon.settings;

import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.NearestName;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/**
 * Values as written, being turned into what they mean. Sources are laid over each other (the later
 * one wins for a key), then each known key is taken; whatever is wrong is collected and told at
 * once. Not for use by more than one thread.
 */
public final class Settings {

  private final Set<String> known = new LinkedHashSet<>();
  private final Map<String, Written> written = new LinkedHashMap<>();
  private final List<Problem> problems = new ArrayList<>();

  private record Written(JsonNode value, String where) {}

  public Settings(List<? extends Setting<?>> known) {
    known.forEach(setting -> this.known.add(setting.key()));
  }

  /** Lays a file over what is there. */
  public void lay(YamlTree tree) {
    problems.addAll(tree.problems());
    layObject(tree, "", tree.tree());
  }

  /** Lays one value from elsewhere (a variable, a flag) over what is there. */
  public void lay(String key, JsonNode value, String where) {
    if (!known.contains(key)) {
      refuseUnknown(key, where);
      return;
    }
    written.put(key, new Written(value, where));
  }

  /** Whether any source gave the setting a value. */
  public boolean has(Setting<?> setting) {
    return written.containsKey(setting.key());
  }

  /** What the setting says, or {@code fallback} when it is not written or is wrong. */
  public <T> T take(Setting<T> setting, T fallback) {
    Written value = written.get(setting.key());
    if (value == null) {
      return fallback;
    }
    try {
      return setting.reader().apply(value.value());
    } catch (IllegalArgumentException | ArithmeticException e) {
      problems.add(
          new Problem(
              value.where(),
              setting.key(),
              shown(value.value()),
              "allowed is " + setting.allowed(),
              "Write for example '" + setting.example() + "'"));
      return fallback;
    }
  }

  /** Adds a problem found elsewhere, unless one about the same key is there already. */
  public void refuse(Problem problem) {
    boolean told =
        problems.stream()
            .anyMatch(other ->
                other.key().equals(problem.key())
                    || (!problem.key().isEmpty() && other.key().startsWith(problem.key() + ".")));
    if (!told) {
      problems.add(problem);
    }
  }

  public List<Problem> problems() {
    return List.copyOf(problems);
  }

  /** Throws when anything was wrong, with all of it in the message. */
  public void throwProblems(String subject) {
    if (!problems.isEmpty()) {
      throw new SandboxException(ErrorCode.INVALID_CONFIGURATION, message(subject, problems));
    }
  }

  /** The message for some problems: one line each. */
  public static String message(String subject, List<Problem> problems) {
    return problems.stream()
        .map(Problem::toString)
        .collect(Collectors.joining("\n  ", subject + " cannot be used:\n  ", ""));
  }

  private void layObject(YamlTree tree, String path, JsonNode object) {
    for (Map.Entry<String, JsonNode> entry : object.properties()) {
      String key = path.isEmpty() ? entry.getKey() : path + "." + entry.getKey();
      JsonNode value = entry.getValue();
      if (known.contains(key)) {
        written.put(key, new Written(value, tree.where(key)));
      } else if (sections().contains(key)) {
        laySection(tree, key, value);
      } else {
        refuseUnknown(key, tree.where(key));
      }
    }
  }

  private void laySection(YamlTree tree, String key, JsonNode value) {
    if (value.isObject()) {
      layObject(tree, key, value);
    } else if (!value.isNull()) {
      problems.add(
          new Problem(
              tree.where(key),
              key,
              shown(value),
              "this is a section with keys of its own",
              "Write its keys below it: " + String.join(", ", siblings(key))));
    }
  }

  private void refuseUnknown(String key, String where) {
    int dot = key.lastIndexOf('.');
    String name = key.substring(dot + 1);
    String section = dot < 0 ? "" : key.substring(0, dot);
    List<String> names = siblings(section);
    String elsewhere =
        known.stream()
            .filter(other -> other.endsWith("." + name))
            .findFirst()
            .map(other -> " Did you mean '" + other + "'?")
            .orElse("");
    String hint = NearestName.hint(name, names);
    problems.add(
        new Problem(
            where,
            key,
            "",
            "the key is not known",
            "Known here: " + String.join(", ", names) + "." + (hint.isEmpty() ? elsewhere : hint)));
  }

  private Set<String> sections() {
    return known.stream()
        .filter(key -> key.contains("."))
        .map(key -> key.substring(0, key.lastIndexOf('.')))
        .collect(Collectors.toSet());
  }

  /** What may stand in a section: keys and sections, in their order. */
  private List<String> siblings(String section) {
    String prefix = section.isEmpty() ? "" : section + ".";
    return known.stream()
        .filter(key -> key.startsWith(prefix))
        .map(key -> key.substring(prefix.length()))
        .map(key -> key.contains(".") ? key.substring(0, key.indexOf('.')) : key)
        .distinct()
        .toList();
  }

  private static String shown(JsonNode value) {
    return value.isString() ? "'" + value.asString() + "'" : value.toString();
  }
}
