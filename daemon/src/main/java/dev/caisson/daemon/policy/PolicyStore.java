package dev.caisson.daemon.policy;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.NearestName;
import dev.caisson.daemon.model.SandboxShape;
import dev.caisson.daemon.settings.Problem;
import dev.caisson.daemon.settings.Settings;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The policies as they were at one moment: the shipped ones, and those of the operator's folder,
 * where a file replaces the shipped policy of its name. Immutable. One broken file refuses the
 * whole folder: a daemon that leaves a policy out would answer its runs with a puzzle.
 */
public final class PolicyStore implements PolicySource {

  /** The policy of a run that names none, and the source of keys that a file leaves out. */
  public static final String DEFAULT = "default";

  private static final String SHIPPED = "/caisson/policies/";
  private static final List<String> SHIPPED_NAMES =
      List.of(DEFAULT, "data", "offline", "packages", "trusted-tools", "web");
  private static final String NAME = "[a-z0-9][a-z0-9_-]{0,63}";
  private static final int LARGEST_FILE = 1 << 20;

  private final SortedMap<String, Policy> policies;

  private PolicyStore(SortedMap<String, Policy> policies) {
    this.policies = Collections.unmodifiableSortedMap(new TreeMap<>(policies));
  }

  /** The shipped policies alone, where no package index is configured. */
  public static PolicyStore shipped() {
    return shipped(PackageIndex.NONE);
  }

  /** The shipped policies alone. */
  public static PolicyStore shipped(PackageIndex packages) {
    return read(packages, Map.of(), new ArrayList<>(), "the shipped policies");
  }

  /** As {@link #withFolder(Path, PackageIndex)}, where no package index is configured. */
  public static PolicyStore withFolder(Path folder) {
    return withFolder(folder, PackageIndex.NONE);
  }

  /**
   * The shipped policies and those of {@code folder}; every {@code NAME.yaml} in it is read.
   *
   * @throws SandboxException INVALID_CONFIGURATION with all problems of all files
   */
  public static PolicyStore withFolder(Path folder, PackageIndex packages) {
    List<Problem> problems = new ArrayList<>();
    Map<String, PolicyText> texts = new TreeMap<>();
    files(folder, problems)
        .forEach(
            (name, file) -> text(name, file, problems).ifPresent(text -> texts.put(name, text)));
    return read(packages, texts, problems, "the policies of " + folder);
  }

  /**
   * Reads one file as a daemon would that has it among its policies, with those that lie beside it:
   * it may extend them.
   *
   * @throws SandboxException INVALID_CONFIGURATION with all problems of the file
   */
  public static Policy check(Path file, PackageIndex packages) {
    String name = String.valueOf(file.getFileName()).replaceFirst("\\.ya?ml$", "");
    List<Problem> problems = new ArrayList<>();
    if (!name.matches(NAME)) {
      problems.add(
          new Problem(
              file.toString(),
              "",
              "",
              "a policy is called by its file's name, and '" + name + "' is no name",
              "Use a-z, 0-9, - and _, at most 64"));
    }
    Map<String, PolicyText> texts = new TreeMap<>();
    Path folder = file.toAbsolutePath().getParent();
    if (folder != null && Files.isDirectory(folder)) {
      // What is wrong with its neighbours is not this file's fault.
      List<Problem> ignored = new ArrayList<>();
      files(folder, ignored)
          .forEach((other, path) ->
              text(other, path, ignored).ifPresent(text -> texts.put(other, text)));
    }
    Optional<PolicyText> text = text(name, file, problems);
    text.ifPresent(found -> texts.put(name, found));
    PolicyFamily family = family(packages, texts);
    Optional<Policy> policy = text.flatMap(family::one);
    problems.addAll(family.problems());
    refuse(problems, "the policy");
    return policy.orElseThrow();
  }

  private static PolicyStore read(
      PackageIndex packages,
      Map<String, PolicyText> folder,
      List<Problem> problems,
      String subject) {
    PolicyFamily family = family(packages, folder);
    SortedMap<String, Policy> policies = family.all();
    problems.addAll(family.problems());
    refuse(problems, subject);
    return new PolicyStore(policies);
  }

  private static PolicyFamily family(PackageIndex packages, Map<String, PolicyText> folder) {
    Map<String, PolicyText> shipped = new TreeMap<>();
    for (String name : SHIPPED_NAMES) {
      String file = name + ".yaml";
      shipped.put(name, new PolicyText(name, file, PolicyText.Place.SHIPPED, resource(file)));
    }
    return new PolicyFamily(new PolicyFile(schema(), packages), shipped, folder);
  }

  private static Optional<PolicyText> text(String name, Path file, List<Problem> problems) {
    String where = file.toString();
    try {
      if (Files.size(file) > LARGEST_FILE) {
        problems.add(new Problem(where, "", "", "a policy has at most 1 MiB", "Shorten it"));
        return Optional.empty();
      }
      String text = Files.readString(file, StandardCharsets.UTF_8);
      return Optional.of(new PolicyText(name, where, PolicyText.Place.FOLDER, text));
    } catch (IOException e) {
      problems.add(unreadable(where, e));
      return Optional.empty();
    }
  }

  @Override
  public Optional<Policy> lookUp(String name) {
    return Optional.ofNullable(policies.get(name));
  }

  /** The policies by name, in the order of their names. */
  public Collection<Policy> all() {
    return policies.values();
  }

  @Override
  public Policy find(String name) {
    Policy policy = policies.get(name.isEmpty() ? DEFAULT : name);
    if (policy == null) {
      String shown = name.length() <= 64 ? name : name.substring(0, 64) + "…";
      throw new SandboxException(
          ErrorCode.NOT_FOUND,
          "there is no policy '"
              + shown.replaceAll("\\p{Cntrl}", "?")
              + "'; known are "
              + String.join(", ", policies.keySet())
              + "."
              + NearestName.hint(name, policies.keySet()));
    }
    return policy;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PolicyStore store && policies.equals(store.policies);
  }

  @Override
  public int hashCode() {
    return policies.hashCode();
  }

  /** The names, sorted. */
  public Set<String> names() {
    return Set.copyOf(policies.keySet());
  }

  /** How many sandboxes of each shape wait: policies of one shape share, the largest counts. */
  public Map<SandboxShape, Integer> warmByShape() {
    Map<SandboxShape, Integer> warm = new LinkedHashMap<>();
    policies.values().forEach(policy -> warm.merge(policy.shape(), policy.warm(), Math::max));
    return Map.copyOf(warm);
  }

  private static SortedMap<String, Path> files(Path folder, List<Problem> problems) {
    SortedMap<String, Path> files = new TreeMap<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, "*.{yaml,yml}")) {
      for (Path entry : entries) {
        String file = String.valueOf(entry.getFileName());
        String name = file.substring(0, file.lastIndexOf('.'));
        if (!file.endsWith(".yaml") || !name.matches(NAME)) {
          problems.add(
              new Problem(
                  entry.toString(),
                  "",
                  "",
                  "a policy's file is called NAME.yaml, NAME of a-z, 0-9, _" + " and -, at most 64",
                  "Rename it"));
        } else {
          files.put(name, entry);
        }
      }
    } catch (IOException e) {
      problems.add(unreadable(folder.toString(), e));
    }
    return files;
  }

  private static Problem unreadable(String where, IOException e) {
    return new Problem(
        where, "", "", "cannot be read: " + e, "Make it readable for the daemon, in UTF-8");
  }

  private static void refuse(List<Problem> problems, String subject) {
    if (!problems.isEmpty()) {
      throw new SandboxException(
          ErrorCode.INVALID_CONFIGURATION, Settings.message(subject, problems));
    }
  }

  private static Schema schema() {
    return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
        .getSchema(resource("policy.schema.json"));
  }

  private static String resource(String name) {
    try (InputStream in = PolicyStore.class.getResourceAsStream(SHIPPED + name)) {
      if (in == null) {
        throw new SandboxException(
            ErrorCode.INTERNAL, "the policies' jar lacks " + name + "; build it again");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new SandboxException(ErrorCode.INTERNAL, "cannot read the shipped " + name, e);
    }
  }
}
