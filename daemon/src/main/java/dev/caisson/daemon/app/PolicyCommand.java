package dev.caisson.daemon.app;

import dev.caisson.daemon.api.PolicyInquiry;
import dev.caisson.daemon.config.DaemonConfig;
import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.DurationText;
import dev.caisson.daemon.model.NearestName;
import dev.caisson.daemon.policy.Explanation;
import dev.caisson.daemon.policy.PackageAccess;
import dev.caisson.daemon.policy.Policy;
import dev.caisson.daemon.policy.PolicyQuestion;
import dev.caisson.daemon.policy.PolicyStore;
import dev.caisson.daemon.policy.Verdict;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * {@code caisson policy}: {@code check} says whether a daemon would take files, {@code explain}
 * what a policy would decide and which line decides: the daemon's when one is running, else that of
 * the files. The answer says which was asked.
 *
 * @param config of the daemon that would be started here; asked for when it is needed
 */
record PolicyCommand(PrintStream out, PrintStream err, Supplier<DaemonConfig> config) {

  private static final String USAGE =
      """
      Usage: caisson policy check FILE...
             caisson policy explain [--daemon|--files] POLICY QUESTION
      check says whether the daemon would take each policy file, and all that is wrong with it. A file
      may extend those beside it.
      explain says what a policy would decide, and the line that decides. POLICY is a name, or a file
      when it has a / or ends with .yaml. A name is asked of the daemon when one is running; otherwise,
      or with --files, the files are read as they are now, with the configuration's folder of policies.
      --daemon asks the daemon or nobody. QUESTION is one of
        --connect HOST:PORT     --http METHOD URL     --tool SERVER.TOOL
        --import MODULE         --builtin NAME        --attribute NAME
      Exit status: 0 all good, or allowed; 1 a file would be refused, or it is denied;
      2 the command line is wrong; 3 a person would be asked.
      """;

  /** Who is asked. */
  private enum Source {
    DAEMON,
    FILES,
    /** The daemon when one is running. */
    EITHER
  }

  int run(List<String> arguments) {
    if (arguments.contains("--help") || arguments.contains("-h")) {
      out.print(USAGE);
      return 0;
    }
    String command = arguments.isEmpty() ? "" : arguments.getFirst();
    if (command.equals("check") && arguments.size() >= 2) {
      return check(arguments.subList(1, arguments.size()));
    }
    if (command.equals("explain")) {
      List<String> rest = new ArrayList<>(arguments.subList(1, arguments.size()));
      Source source = source(rest);
      if (rest.size() >= 2) {
        return explain(source, rest.getFirst(), rest.subList(1, rest.size()));
      }
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

  private int explain(Source source, String name, List<String> question) {
    PolicyQuestion asked;
    try {
      asked = PolicyQuestion.of(question);
    } catch (IllegalArgumentException e) {
      return wrong(String.valueOf(e.getMessage()));
    }
    try {
      return explain(source, name, asked);
    } catch (SandboxException e) {
      err.println("caisson policy: " + e.getMessage());
      return switch (e.code()) {
        case NOT_FOUND, INVALID_REQUEST, FAILED_PRECONDITION -> 2;
        default -> 1;
      };
    }
  }

  private int explain(Source source, String name, PolicyQuestion asked) {
    boolean file = isFile(name);
    if (file && source == Source.DAEMON) {
      return wrong("a daemon knows policies by their names, and '" + name + "' is a file.");
    }
    Path socket = config.get().places().socket();
    Optional<PolicyInquiry.Answer> answer =
        file || source == Source.FILES ? Optional.empty() : PolicyInquiry.ask(socket, name, asked);
    if (answer.isPresent()) {
      return answered(socket, answer.get());
    }
    if (source == Source.DAEMON) {
      throw new SandboxException(
          ErrorCode.FAILED_PRECONDITION, "no daemon answers at " + socket + "; `caisson up`");
    }
    Explanation explanation = Explanation.of(policy(name), asked);
    out.print(explanation.text());
    boolean none = !file && source == Source.EITHER;
    line("asked", "the files" + (none ? "; no daemon answers at " + socket : ""));
    return status(explanation.verdict());
  }

  private int answered(Path socket, PolicyInquiry.Answer answer) {
    out.print(answer.text());
    line(
        "asked",
        "the daemon at %s, for its policies of generation %d"
            .formatted(socket, answer.generation()));
    if (!answer.refusal().isEmpty()) {
      line("note", "the files have changed and are not in force: " + answer.refusal());
    }
    return status(answer.verdict());
  }

  private void line(String name, String value) {
    out.print(Explanation.line(name, value));
  }

  private static int status(Verdict verdict) {
    return switch (verdict) {
      case ALLOWED -> 0;
      case DENIED -> 1;
      case ASK -> 3;
    };
  }

  /** Takes the flag that says who is asked out of the words. */
  private static Source source(List<String> words) {
    if (words.remove("--daemon")) {
      return Source.DAEMON;
    }
    return words.remove("--files") ? Source.FILES : Source.EITHER;
  }

  private static boolean isFile(String name) {
    return name.contains("/") || name.endsWith(".yaml");
  }

  private Policy policy(String name) {
    DaemonConfig daemon = config.get();
    if (isFile(name)) {
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
