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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The policies that this daemon knows: the shipped ones, and those of the operator's folder, where
 * a file replaces the shipped policy of its name. Read once and immutable. One broken file refuses
 * the whole folder: a daemon that leaves a policy out would answer its runs with a puzzle.
 */
public final class PolicyStore {

  /** The policy of a run that names none, and the source of keys that a file leaves out. */
  public static final String DEFAULT = "default";

  private static final String SHIPPED = "/caisson/policies/";
  private static final List<String> SHIPPED_NAMES = List.of(DEFAULT, "offline");
  private static final String NAME = "[a-z0-9][a-z0-9_-]{0,63}";

  private final SortedMap<String, Policy> policies;

  private PolicyStore(Map<String, Policy> policies) {
    this.policies = new TreeMap<>(policies);
  }

  /** The shipped policies alone. */
  public static PolicyStore shipped() {
    Schema schema = schema();
    Map<String, Policy> policies = new TreeMap<>();
    List<Problem> problems = new ArrayList<>();
    Policy fallback = PolicyFile.TIGHTEST;
    for (String name : SHIPPED_NAMES) {
      String file = name + ".yaml";
      add(new PolicyFile(schema, fallback).read(name, file, resource(file)), policies, problems);
      fallback = policies.getOrDefault(DEFAULT, fallback);
    }
    refuse(problems, "the shipped policies");
    return new PolicyStore(policies);
  }

  /** The shipped policies and those of {@code folder}; every {@code NAME.yaml} in it is read. */
  public static PolicyStore withFolder(Path folder) {
    PolicyStore shipped = shipped();
    PolicyFile reader = new PolicyFile(schema(), shipped.find(DEFAULT));
    Map<String, Policy> policies = new TreeMap<>(shipped.policies);
    List<Problem> problems = new ArrayList<>();
    files(folder, problems).forEach((name, file) -> read(name, file, reader, policies, problems));
    refuse(problems, "the policies of " + folder);
    return new PolicyStore(policies);
  }

  /**
   * Reads one file as a daemon would that has it among its policies.
   *
   * @throws SandboxException INVALID_CONFIGURATION with all problems of the file
   */
  public static Policy check(Path file) {
    String name = String.valueOf(file.getFileName()).replaceFirst("\\.ya?ml$", "");
    Map<String, Policy> policies = new TreeMap<>();
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
    PolicyFile reader = new PolicyFile(schema(), shipped().find(DEFAULT));
    read(name, file, reader, policies, problems);
    refuse(problems, "the policy");
    return policies.values().iterator().next();
  }

  private static void read(
      String name,
      Path file,
      PolicyFile reader,
      Map<String, Policy> policies,
      List<Problem> problems) {
    String where = file.toString();
    try {
      if (Files.size(file) > (1 << 20)) {
        problems.add(new Problem(where, "", "", "a policy has at most 1 MiB", "Shorten it"));
        return;
      }
      add(
          reader.read(name, where, Files.readString(file, StandardCharsets.UTF_8)),
          policies,
          problems);
    } catch (IOException e) {
      problems.add(unreadable(where, e));
    }
  }

  /** The policy of that name; the empty name is {@link #DEFAULT}. */
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

  private static void add(
      PolicyFile.Reading reading, Map<String, Policy> policies, List<Problem> problems) {
    switch (reading) {
      case PolicyFile.Reading.Read(Policy policy) -> policies.put(policy.name(), policy);
      case PolicyFile.Reading.Broken(List<Problem> found) -> problems.addAll(found);
    }
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
