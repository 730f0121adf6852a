package dev.caisson.daemon.app;

import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.DurationText;
import dev.caisson.daemon.policy.Policy;
import dev.caisson.daemon.policy.PolicyStore;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;

/**
 * {@code caisson policy check FILE…}: says whether a daemon would take these files, and all that is
 * wrong with them. Exit status 0, 1 for a file that would be refused, 2 for a wrong command line.
 */
record PolicyCommand(PrintStream out, PrintStream err) {

  private static final String USAGE =
      """
      Usage: caisson policy check FILE...
      Says whether the daemon would take each policy file, and all that is wrong with it.
      Exit status: 0 all are good; 1 one would be refused; 2 the command line is wrong.
      """;

  int run(List<String> arguments) {
    if (arguments.contains("--help") || arguments.contains("-h")) {
      out.print(USAGE);
      return 0;
    }
    if (arguments.size() < 2 || !arguments.getFirst().equals("check")) {
      err.print("caisson policy: write `check` and at least one file\n" + USAGE);
      return 2;
    }
    int status = 0;
    for (String file : arguments.subList(1, arguments.size())) {
      try {
        out.println(describe(file, PolicyStore.check(Path.of(file))));
      } catch (SandboxException e) {
        err.println("caisson policy: " + e.getMessage());
        status = 1;
      }
    }
    return status;
  }

  private static String describe(String file, Policy policy) {
    return "%s: good. Policy '%s': memory %s, cpu %s, wall time %s, output %s, %d tool calls, %d warm"
        .formatted(
            file,
            policy.name(),
            policy.shape().limits().memory(),
            policy.shape().limits().cpu(),
            DurationText.of(policy.wallTime()),
            policy.outputBytes(),
            policy.tools().calls(),
            policy.warm());
  }
}
