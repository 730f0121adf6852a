package dev.caisson.daemon.policy;

import dev.caisson.daemon.model.NearestName;
import dev.caisson.daemon.settings.Problem;
import dev.caisson.daemon.settings.YamlTree;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;

/**
 * Policy files and which extends which. A file extends the policy that {@code extends} names, and
 * the default policy when it names none; the operator's before the shipped one. A file that names
 * itself extends the shipped policy that it replaces. For one thread and one reading.
 */
final class PolicyFamily {

  private static final int MOST_GENERATIONS = 8;

  private final PolicyFile reader;
  private final Map<String, PolicyText> shipped;
  private final Map<String, PolicyText> folder;
  private final Map<PolicyText, Optional<Policy>> resolved = new HashMap<>();
  private final List<Problem> problems = new ArrayList<>();

  PolicyFamily(PolicyFile reader, Map<String, PolicyText> shipped, Map<String, PolicyText> folder) {
    this.reader = reader;
    this.shipped = Map.copyOf(shipped);
    this.folder = Map.copyOf(folder);
  }

  /** Every policy, as far as its file and those it extends are without problems. */
  SortedMap<String, Policy> all() {
    SortedMap<String, Policy> policies = new TreeMap<>();
    TreeMap<String, PolicyText> texts = new TreeMap<>(shipped);
    texts.putAll(folder);
    texts.values().forEach(text -> one(text).ifPresent(p -> policies.put(p.name(), p)));
    return policies;
  }

  /** One policy, or nothing and its problems. */
  Optional<Policy> one(PolicyText text) {
    return resolve(text, List.of());
  }

  /** Of all files read until now. */
  List<Problem> problems() {
    return List.copyOf(problems);
  }

  private Optional<Policy> resolve(PolicyText text, List<PolicyText> children) {
    Optional<Policy> known = resolved.get(text);
    if (known != null) {
      return known;
    }
    YamlTree tree = text.tree();
    List<PolicyText> line = new ArrayList<>(children);
    line.add(text);
    Optional<Policy> parent = parent(text, tree, line);
    // Without its parent it is read all the same: all that is wrong with a file is told at once.
    Policy fallback = parent.orElse(PolicyFile.TIGHTEST);
    Optional<Policy> policy =
        switch (reader.read(text.name(), text.label(), tree, fallback)) {
          case PolicyFile.Reading.Read(Policy read) -> parent.map(found -> read);
          case PolicyFile.Reading.Broken(List<Problem> found) -> {
            problems.addAll(found);
            yield Optional.empty();
          }
        };
    resolved.put(text, policy);
    return policy;
  }

  private Optional<Policy> parent(PolicyText text, YamlTree tree, List<PolicyText> line) {
    JsonNode written = tree.tree().get(PolicyKeys.EXTENDS.key());
    boolean names = written != null && written.isString();
    if (!names && text.equals(shipped.get(PolicyStore.DEFAULT))) {
      return Optional.of(PolicyFile.TIGHTEST);
    }
    String name = names ? written.asString() : PolicyStore.DEFAULT;
    Optional<PolicyText> parent = named(name, text);
    if (parent.isEmpty()) {
      refuse(tree, name, "there is no policy of this name", known(name, text));
      return Optional.empty();
    }
    if (line.contains(parent.get())) {
      List<String> circle =
          line.subList(line.indexOf(parent.get()), line.size()).stream()
              .map(PolicyText::name)
              .toList();
      refuse(
          tree,
          name,
          "policies extend each other in a circle: "
              + String.join(" extends ", circle)
              + " extends "
              + name,
          "Remove one 'extends'");
      return Optional.empty();
    }
    // Asked before going on, so that no number of files exhausts the stack.
    if (line.size() >= MOST_GENERATIONS) {
      return tooMany(tree, name);
    }
    Optional<Policy> found = resolve(parent.get(), line);
    boolean full = found.filter(p -> p.origin().files().size() >= MOST_GENERATIONS).isPresent();
    return full ? tooMany(tree, name) : found;
  }

  private Optional<Policy> tooMany(YamlTree tree, String name) {
    refuse(
        tree,
        name,
        "at most " + MOST_GENERATIONS + " policies may stand in one line",
        "Extend one that is nearer to default");
    return Optional.empty();
  }

  private Optional<PolicyText> named(String name, PolicyText child) {
    return Optional.ofNullable(folder.get(name))
        .filter(found -> !name.equals(child.name()))
        .or(() -> Optional.ofNullable(shipped.get(name)));
  }

  private String known(String name, PolicyText child) {
    TreeSet<String> names = new TreeSet<>(shipped.keySet());
    names.addAll(folder.keySet());
    if (!shipped.containsKey(child.name())) {
      names.remove(child.name());
    }
    return "Known: " + String.join(", ", names) + "." + NearestName.hint(name, names);
  }

  private void refuse(YamlTree tree, String value, String allowed, String remedy) {
    String key = PolicyKeys.EXTENDS.key();
    problems.add(new Problem(tree.where(key), key, "'" + value + "'", allowed, remedy));
  }
}
