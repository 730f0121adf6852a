package dev.caisson.daemon.settings;

import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.NearestName;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/**
 * Values as written, being turned into what they mean. Sources are laid over each other (the later
 * one wins for a key), then each known key is taken; whatever is wrong is collected and told at
 * once. Not for use by more than one thread.
 */
public final class Settings {

  /** What is before the keys in messages, for entries of a list: "network.allow[2]." or nothing. */
  private final String prefix;

  private final Set<String> known = new LinkedHashSet<>();
  private final Map<String, Written> written = new LinkedHashMap<>();
  private final List<Problem> problems;

  private record Written(JsonNode value, String where, Optional<YamlTree> tree) {}

  /**
   * One entry of a list.
   *
   * @param key the whole key, "network.allow[2]"
   * @param line where it is in its file, from 1; 0 when it is in none
   */
  public record Entry<T>(T value, String key, int line) {}

  public Settings(List<? extends Setting<?>> known) {
    this("", known, new ArrayList<>());
  }

  private Settings(String prefix, List<? extends Setting<?>> known, List<Problem> problems) {
    this.prefix = prefix;
    this.problems = problems;
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
    written.put(key, new Written(value, where, Optional.empty()));
  }

  /** Whether any source gave the setting a value. */
  public boolean has(Setting<?> setting) {
    return written.containsKey(setting.key());
  }

  /** A value as it is written, on one line; nothing when no source gave it one. */
  public Optional<String> written(Setting<?> setting) {
    return Optional.ofNullable(written.get(setting.key()))
        .map(Written::value)
        .map(value -> value.isString() ? value.asString() : value.toString());
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
      refuseValue(setting, prefix + setting.key(), value.value(), value.where());
      return fallback;
    }
  }

  /**
   * The entries of a list, each read by {@code setting}; empty when the list is not written. Wrong
   * ones are left out and told with their own lines.
   */
  public <T> List<Entry<T>> takeEach(Setting<T> setting) {
    List<Entry<T>> entries = new ArrayList<>();
    for (Entry<JsonNode> node : nodes(setting)) {
      try {
        entries.add(new Entry<>(setting.reader().apply(node.value()), node.key(), node.line()));
      } catch (IllegalArgumentException | ArithmeticException e) {
        refuseValue(setting, node.key(), node.value(), where(setting, node.key()));
      }
    }
    return List.copyOf(entries);
  }

  /** The entries of a list whose entries have keys of their own; each is taken from by itself. */
  public List<Entry<Settings>> takeSections(
      Setting<?> setting, List<? extends Setting<?>> keysOfEntry) {
    List<Entry<Settings>> entries = new ArrayList<>();
    for (Entry<JsonNode> node : nodes(setting)) {
      Settings entry = new Settings(node.key() + ".", keysOfEntry, problems);
      if (node.value().isObject()) {
        tree(setting).ifPresent(tree -> entry.layObject(tree, "", node.value()));
        entries.add(new Entry<>(entry, node.key(), node.line()));
      } else {
        problems.add(
            new Problem(
                where(setting, node.key()),
                node.key(),
                shown(node.value()),
                "an entry of this list has keys of its own",
                "Write '- KEY: value' with the keys " + String.join(", ", entry.known)));
      }
    }
    return List.copyOf(entries);
  }

  /** Adds a problem about what was written for {@code setting}. */
  public void refuse(Setting<?> setting, String allowed, String remedy) {
    Written value = written.get(setting.key());
    refuse(
        new Problem(
            value == null ? prefix : value.where(),
            prefix + setting.key(),
            value == null ? "" : shown(value.value()),
            allowed,
            remedy));
  }

  /** Adds a problem about an entry as a whole. */
  public void refuseEntry(Entry<?> entry, YamlTree tree, String allowed, String remedy) {
    problems.add(new Problem(tree.where(entry.key()), entry.key(), "", allowed, remedy));
  }

  private List<Entry<JsonNode>> nodes(Setting<?> setting) {
    Written value = written.get(setting.key());
    if (value == null) {
      return List.of();
    }
    if (!value.value().isArray()) {
      problems.add(
          new Problem(
              value.where(),
              prefix + setting.key(),
              shown(value.value()),
              "this is a list",
              "Write [] for none, else entries as lines that begin with '- '"));
      return List.of();
    }
    List<Entry<JsonNode>> nodes = new ArrayList<>();
    for (JsonNode node : value.value()) {
      String key = prefix + setting.key() + "[" + nodes.size() + "]";
      nodes.add(new Entry<>(node, key, value.tree().map(tree -> tree.line(key)).orElse(0)));
    }
    return nodes;
  }

  private Optional<YamlTree> tree(Setting<?> setting) {
    return Optional.ofNullable(written.get(setting.key())).flatMap(Written::tree);
  }

  private String where(Setting<?> setting, String key) {
    String whole = Optional.ofNullable(written.get(setting.key())).map(Written::where).orElse(key);
    return tree(setting).map(tree -> tree.where(key)).orElse(whole);
  }

  private void refuseValue(Setting<?> setting, String key, JsonNode value, String where) {
    problems.add(
        new Problem(
            where,
            key,
            shown(value),
            "allowed is " + setting.allowed(),
            "Write for example '" + setting.example() + "'"));
  }

  /** Adds a problem found elsewhere, unless one about the same key is there already. */
  public void refuse(Problem problem) {
    boolean told =
        problems.stream()
            .anyMatch(other ->
                other.key().equals(problem.key())
                    || (!problem.key().isEmpty()
                        && (other.key().startsWith(problem.key() + ".")
                            || other.key().startsWith(problem.key() + "["))));
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
      String where = tree.where(prefix + key);
      if (known.contains(key)) {
        written.put(key, new Written(value, where, Optional.of(tree)));
      } else if (sections().contains(key)) {
        laySection(tree, key, value);
      } else {
        refuseUnknown(key, where);
      }
    }
  }

  private void laySection(YamlTree tree, String key, JsonNode value) {
    if (value.isObject()) {
      layObject(tree, key, value);
    } else if (!value.isNull()) {
      problems.add(
          new Problem(
              tree.where(prefix + key),
              prefix + key,
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
            prefix + key,
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
