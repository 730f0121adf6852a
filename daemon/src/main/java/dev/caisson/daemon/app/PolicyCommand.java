package dev.caisson.daemon.app;

import dev.caisson.daemon.config.DaemonConfig;
import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.DurationText;
import dev.caisson.daemon.model.NearestName;
import dev.caisson.daemon.policy.Decision;
import dev.caisson.daemon.policy.Explanation;
import dev.caisson.daemon.policy.PackageAccess;
import dev.caisson.daemon.policy.Policy;
import dev.caisson.daemon.policy.PolicyQuestion;
import dev.caisson.daemon.policy.PolicyStore;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;

/**
 * {@code caisson policy}: {@code check} says whether a daemon would take files, {@code explain}
 * what a policy would decide and which line decides. Both read files and need no daemon.
 *
 * @param config of the daemon that would be started here; asked for when it is needed
 */
record PolicyCommand(PrintStream out, PrintStream err, Supplier<DaemonConfig> config) {

  private static final String USAGE =
      """
      Usage: caisson policy check FILE...
             caisson policy explain POLICY QUESTION
      check says whether the daemon would take each policy file, and all that is wrong with it. A file
      may extend those beside it.
      explain says what a policy would decide, and the line that decides. POLICY is a name, or a file
      when it has a / or ends with .yaml. It reads the files as they are now, with the configuration's
      folder of policies. QUESTION is one of
        --connect HOST:PORT     --http METHOD URL     --tool SERVER.TOOL
        --import MODULE         --builtin NAME        --attribute NAME
      Exit status: 0 all good, or allowed; 1 a file would be refused, or it is denied;
      2 the command line is wrong; 3 a person would be asked.
      """;

  int run(List<String> arguments) {
    if (arguments.contains("--help") || arguments.contains("-h")) {
      out.print(USAGE);
      return 0;
    }
    String command = arguments.isEmpty() ? "" : arguments.getFirst();
    if (command.equals("check") && arguments.size() >= 2) {
      return check(arguments.subList(1, arguments.size()));
    }
    if (command.equals("explain") && arguments.size() >= 3) {
      return explain(arguments.get(1), arguments.subList(2, arguments.size()));
    }
    String hint = NearestName.hint(command, List.of("check", "explain"));
    return wrong("write `check` and files, or `explain`, a policy and a question." + hint);
  }

  private int check(List<String> files) {
    int status = 0;
    for (String file : files) {
      try {
        Policy policy = PolicyStore.check(Path.of(file), config.get().packages());
        out.println(describe(file, policy));
        if (policy.network().packages() instanceof PackageAccess.Unconfigured(var rule)) {
          out.println(
              "  note: %s allows nothing until packages.index is configured".formatted(rule));
        }
      } catch (SandboxException e) {
        err.println("caisson policy: " + e.getMessage());
        status = 1;
      }
    }
    return status;
  }

  private int explain(String name, List<String> question) {
    PolicyQuestion asked;
    try {
      asked = PolicyQuestion.of(question);
    } catch (IllegalArgumentException e) {
      return wrong(String.valueOf(e.getMessage()));
    }
    Explanation explanation;
    try {
      explanation = Explanation.of(policy(name), asked);
    } catch (SandboxException e) {
      err.println("caisson policy: " + e.getMessage());
      return e.code() == ErrorCode.NOT_FOUND ? 2 : 1;
    }
    out.print(explanation.text());
    return switch (explanation.decision()) {
      case Decision.Allowed ignored -> 0;
      case Decision.Denied ignored -> 1;
      case Decision.Asked ignored -> 3;
    };
  }

  private Policy policy(String name) {
    DaemonConfig daemon = config.get();
    if (name.contains("/") || name.endsWith(".yaml")) {
      return PolicyStore.check(Path.of(name), daemon.packages());
    }
    return daemon
        .places()
        .policies()
        .map(folder -> PolicyStore.withFolder(folder, daemon.packages()))
        .orElseGet(() -> PolicyStore.shipped(daemon.packages()))
        .find(name);
  }

  private int wrong(String what) {
    err.print("caisson policy: " + what + "\n" + USAGE);
    return 2;
  }

  private static String describe(String file, Policy policy) {
    return "%s: good. Policy '%s': memory %s, cpu %s, wall time %s, output %s, %d tool calls,"
            .formatted(
                file,
                policy.name(),
                policy.shape().limits().memory(),
                policy.shape().limits().cpu(),
                DurationText.of(policy.wallTime()),
                policy.outputBytes(),
                policy.tools().calls())
        + " %s, %d warm"
            .formatted(
                policy.network().offline()
                    ? "no network"
                    : policy.network().allow().size() + " network rules",
                policy.warm());
  }
}
