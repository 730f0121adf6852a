package dev.caisson.client.command;

import dev.caisson.client.CaissonClient;
import dev.caisson.client.CaissonException;
import dev.caisson.client.RunHandle;
import dev.caisson.client.RunOptions;
import dev.caisson.client.RunResult;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Runs one program and ends as it ended. */
@Command(
    name = "run",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    customSynopsis = "caisson run [OPTIONS] [FILE or -] [-- ARGUMENT...]",
    description = "Runs a Python program in a sandbox, streams its output, exits with its status.",
    footer = {
      "",
      "Exit status: the program's own; 1 after an exception; 122 it passed a limit;",
      "123 the sandbox was lost; 124 out of time; 125 the daemon failed; 126 the policy",
      "refused; 130 cancelled; 137 out of memory; 128 + signal after a signal."
    })
final class RunCommand implements Callable<Integer> {

  @Mixin private DaemonOption daemon = new DaemonOption();

  @Parameters(
      arity = "0..1",
      paramLabel = "FILE",
      description = "The program; standard input when there is none, or for -.")
  private Optional<String> file = Optional.empty();

  @Option(names = "--policy", paramLabel = "NAME", description = "The policy (default: default).")
  private Optional<String> policy = Optional.empty();

  @Option(
      names = "--timeout",
      paramLabel = "TIME",
      converter = TimeSpan.class,
      description = "Ends the program after that long, e.g. 500ms, 10s, 2m.")
  private Optional<Duration> timeout = Optional.empty();

  @Option(
      names = "--env",
      paramLabel = "NAME=VALUE",
      description = "An environment variable of the program. May be repeated.")
  private List<String> environment = new ArrayList<>();

  @Option(names = "--stdin", description = "Gives our standard input to the program; needs FILE.")
  private boolean stdin;

  @Option(
      names = "--output",
      paramLabel = "text|json",
      description = "text streams the output; json prints one object at the end.")
  private OutputFormat output = OutputFormat.text;

  private final CommandContext context;

  RunCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public Integer call() throws InterruptedException {
    RunOptions options = options();
    RunReport report =
        switch (output) {
          case text -> new TextReport(context);
          case json -> new JsonReport(context);
        };
    try (CaissonClient client = daemon.connect(context)) {
      return follow(client, options, report);
    } catch (CaissonException failure) {
      report.failed(failure);
      return ExitStatus.FAILED;
    } catch (UncheckedIOException closed) {
      return ExitStatus.OUTPUT_CLOSED;
    }
  }

  private int follow(CaissonClient client, RunOptions options, RunReport report)
      throws InterruptedException {
    RunHandle run = client.start(options, report);
    Interruption.Watch watch =
        context.interruption().watch(() -> run.cancel("interrupted by the user"));
    try (run;
        watch) {
      if (stdin) {
        StdinFeed.start(context.in(), run);
      }
      RunResult result = run.await();
      report.ended(result);
      return result.exitCode();
    }
  }

  private RunOptions options() {
    String name = file.filter(text -> !text.equals("-")).orElse("");
    if (stdin && name.isEmpty()) {
      throw new UsageException(
          "--stdin needs the program in a file: standard input cannot be both", "name a FILE");
    }
    // Before the program is read: nobody should have to type one to learn of a wrong flag.
    Map<String, String> variables = variables();
    RunOptions options =
        RunOptions.code(ProgramSource.read(name, context.in()))
            .fileName(name.isEmpty() ? "<stdin>" : name)
            .environment(variables)
            .arguments(context.programArguments());
    options = policy.map(options::policy).orElse(options);
    options = timeout.map(options::wallTime).orElse(options);
    return stdin ? options.withStdin() : options;
  }

  private Map<String, String> variables() {
    Map<String, String> variables = new LinkedHashMap<>();
    for (String variable : environment) {
      int equals = variable.indexOf('=');
      if (equals < 1) {
        throw new UsageException(
            "--env '%s' is not a variable and its value".formatted(variable),
            "write --env NAME=VALUE");
      }
      variables.put(variable.substring(0, equals), variable.substring(equals + 1));
    }
    return variables;
  }
}
