package dev.caisson.daemon.policy;

import static dev.caisson.daemon.policy.PolicyKeys.*;

import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import dev.caisson.daemon.model.ByteSize;
import dev.caisson.daemon.model.CpuMillis;
import dev.caisson.daemon.model.SandboxLimits;
import dev.caisson.daemon.model.SandboxShape;
import dev.caisson.daemon.settings.Problem;
import dev.caisson.daemon.settings.Setting;
import dev.caisson.daemon.settings.Settings;
import dev.caisson.daemon.settings.YamlTree;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Turns the text of one policy file into a policy, or into everything that is wrong with it. The
 * keys' own checks speak first, because they know units and ranges; the schema then catches what
 * they let through, so that what an editor accepts and what the daemon accepts are the same.
 *
 * @param packages what the placeholders of rules stand for
 */
record PolicyFile(Schema schema, PackageIndex packages) {

  /**
   * Stands behind the shipped default policy, which gives every key itself: if one were ever left
   * out, the least there is would be in force.
   */
  static final Policy TIGHTEST =
      new Policy(
          PolicyStore.DEFAULT,
          new SandboxShape(
              "caisson/base:latest",
              new SandboxLimits(
                  ByteSize.ofMebibytes(32),
                  new CpuMillis(10),
                  8,
                  32,
                  ByteSize.ofKibibytes(1),
                  ByteSize.ofMebibytes(1),
                  ByteSize.ofMebibytes(1),
                  ByteSize.ofMebibytes(1))),
          Duration.ofMillis(1),
          Duration.ofMillis(1),
          new ByteSize(0),
          new DisplayLimits(0, new ByteSize(0)),
          new Policy.ToolLimits(0, 1, new ByteSize(2), new ByteSize(2), Duration.ofMillis(1)),
          new ToolGrants(
              List.of(),
              List.of(),
              List.of(),
              List.of(),
              Duration.ofMillis(1),
              new RuleRef("tools.allow", "default.yaml", 0)),
          new NetworkPolicy(
              List.of(),
              new NetworkLimits(1, 0, new ByteSize(0), new ByteSize(1), Duration.ofMillis(1)),
              new RuleRef("network.allow", "default.yaml", 0)),
          new CodeRules(List.of(), List.of(), List.of(), new RuleRef("code", "default.yaml", 0)),
          0,
          new PolicyOrigin(List.of(), Map.of(), Map.of()));

  /** The policy, or the problems when there is at least one. */
  sealed interface Reading {
    record Read(Policy policy) implements Reading {}

    record Broken(List<Problem> problems) implements Reading {}
  }

  /**
   * @param file how the policy's origin calls the file
   * @param parent gives the value of keys that the file leaves out
   */
  Reading read(String name, String file, YamlTree tree, Policy parent) {
    Settings settings = new Settings(ALL);
    settings.lay(tree);
    Policy policy = policy(name, file, new PolicySections(settings, tree, name + ".yaml"), parent);
    for (Error error : schema.validate(tree.tree())) {
      settings.refuse(problem(tree, error));
    }
    List<Problem> problems = settings.problems();
    return problems.isEmpty() ? new Reading.Read(policy) : new Reading.Broken(problems);
  }

  private Policy policy(String name, String file, PolicySections sections, Policy parent) {
    Settings settings = sections.settings();
    SandboxLimits sandbox = parent.shape().limits();
    Policy.ToolLimits tools = parent.tools();
    return new Policy(
        name,
        new SandboxShape(
            settings.take(IMAGE, parent.shape().image()),
            new SandboxLimits(
                settings.take(MEMORY, sandbox.memory()),
                settings.take(CPUS, sandbox.cpu()),
                settings.take(PROCESSES, sandbox.processes()),
                settings.take(OPEN_FILES, sandbox.openFiles()),
                settings.take(FILE_SIZE, sandbox.fileSize()),
                settings.take(WORKSPACE, sandbox.workspace()),
                settings.take(TMP, sandbox.tmp()),
                settings.take(SHM, sandbox.shm()))),
        settings.take(WALL, parent.wallTime()),
        settings.take(CPU_TIME, parent.cpuTime()),
        settings.take(OUTPUT_BYTES, parent.outputBytes()),
        new DisplayLimits(
            settings.take(DISPLAYS, parent.displays().count()),
            settings.take(DISPLAY_BYTES, parent.displays().bytes())),
        new Policy.ToolLimits(
            settings.take(CALLS, tools.calls()),
            settings.take(IN_FLIGHT, tools.inFlight()),
            settings.take(ARGUMENT_BYTES, tools.argumentBytes()),
            settings.take(RESULT_BYTES, tools.resultBytes()),
            settings.take(CALL_TIMEOUT, tools.callTimeout())),
        sections.grants(parent.grants()),
        new NetworkSection(sections, packages).read(parent.network()),
        sections.code(parent.code()),
        settings.take(WARM, parent.warm()),
        origin(file, sections, parent.origin()));
  }

  private static PolicyOrigin origin(String file, PolicySections sections, PolicyOrigin parent) {
    List<String> files = new ArrayList<>(List.of(file));
    files.addAll(parent.files());
    Map<String, RuleRef> keys = new HashMap<>(parent.keys());
    Map<String, String> values = new HashMap<>(parent.values());
    for (Setting<?> setting : ALL) {
      sections
          .settings()
          .written(setting)
          .ifPresent(value -> {
            keys.put(setting.key(), sections.ref(setting.key()));
            values.put(setting.key(), value);
          });
    }
    return new PolicyOrigin(files, keys, values);
  }

  private static Problem problem(YamlTree tree, Error error) {
    StringBuilder key = new StringBuilder();
    var path = error.getInstanceLocation();
    for (int i = 0; i < path.getNameCount(); i++) {
      String name = path.getName(i);
      if (name.matches("\\d+")) {
        key.append("[").append(name).append("]");
      } else {
        key.append(i == 0 ? "" : ".").append(name);
      }
    }
    String property = error.getProperty();
    // A missing key has no line; the entry that lacks it has.
    if (property != null && !error.getKeyword().equals("required")) {
      key.append(key.isEmpty() ? "" : ".").append(property);
    }
    return new Problem(
        tree.where(key.toString()),
        key.toString(),
        "",
        error.getMessage(),
        "Write what policy.schema.json allows");
  }
}
