package dev.caisson.client.command;

import dev.caisson.client.Acceptance;
import dev.caisson.client.ApprovalAnswer;
import dev.caisson.client.ApprovalRequest;
import dev.caisson.client.CaissonClient;
import dev.caisson.client.CaissonException;
import dev.caisson.client.MimeBundle;
import dev.caisson.client.OutputStreamName;
import dev.caisson.client.RunHandle;
import dev.caisson.client.RunListener;
import dev.caisson.client.RunOptions;
import dev.caisson.client.RunResult;
import dev.caisson.client.ToolAnswer;
import dev.caisson.client.ToolCall;
import dev.caisson.v1.RunFilePart;
import java.io.UncheckedIOException;
import java.nio.file.Path;
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
      names = "--session",
      paramLabel = "SESSION",
      description = "Runs it in that session, whose names and files stay: an id or a name.")
  private Optional<String> session = Optional.empty();

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

  @Option(
      names = "--file",
      paramLabel = "FILE[=PATH]",
      description = {
        "A file that is in the workspace when the program starts, under its name or as PATH.",
        "8 MiB in all. May be repeated."
      })
  private List<String> files = new ArrayList<>();

  @Option(
      names = "--outputs",
      paramLabel = "PATTERN",
      description = {
        "Files that come back when the program has ended: * and ? within a name, ** for any",
        "directories. May be repeated."
      })
  private List<String> outputs = new ArrayList<>();

  @Option(
      names = "--outputs-to",
      paramLabel = "FOLDER",
      description = "Where they go. Nothing that is there is replaced.")
  private Optional<Path> outputFolder = Optional.empty();

  @Option(names = "--stdin", description = "Gives our standard input to the program; needs FILE.")
  private boolean stdin;

  @Option(
      names = "--servers",
      paramLabel = "FILE",
      description = "The MCP servers whose tools the program may call, in the mcpServers format.")
  private Optional<Path> servers = Optional.empty();

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
    RunReport report =
        switch (output) {
          case text -> new TextReport(context);
          case json -> new JsonReport(context);
        };
    // The servers come up while the program is read.
    try (RunTools tools = tools();
        OutputFolder folder = new OutputFolder(outputFolder(), context);
        CaissonClient client = daemon.connect(context)) {
      RunOptions options = tools.addTo(options());
      if (session.isPresent()) {
        options = options.session(SessionsCommand.find(client.sessions(), session.get()));
      }
      return follow(client, options, new Reported(report, tools, folder));
    } catch (CaissonException failure) {
      report.failed(failure);
      return ExitStatus.FAILED;
    } catch (UncheckedIOException closed) {
      return ExitStatus.OUTPUT_CLOSED;
    }
  }

  /** Said by the person: the names below it are the program's. */
  private Path outputFolder() {
    if (outputFolder.isEmpty() && !outputs.isEmpty()) {
      throw new UsageException(
          "--outputs needs a folder for the files", "name one with --outputs-to");
    }
    if (outputFolder.isPresent() && outputs.isEmpty()) {
      throw new UsageException(
          "--outputs-to names a folder, and nothing says which files go there",
          "say it with --outputs; all of them are --outputs '**'");
    }
    return outputFolder.orElseGet(() -> Path.of(""));
  }

  private RunTools tools() {
    if (servers.isEmpty()) {
      return RunTools.NONE;
    }
    try {
      return context.toolServers().open(servers.get());
    } catch (ToolServers.UnusableException wrong) {
      throw new UsageException(String.valueOf(wrong.getMessage()), "");
    }
  }

  private int follow(CaissonClient client, RunOptions options, Reported events)
      throws InterruptedException {
    RunHandle run = client.start(options, events);
    Interruption.Watch watch =
        context.interruption().watch(() -> run.cancel("interrupted by the user"));
    try (run;
        watch) {
      if (stdin) {
        StdinFeed.start(context.in(), run);
      }
      RunResult result = run.await();
      events.report().ended(result);
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
            .fileName(name.isEmpty() ? unnamed() : name)
            .environment(variables)
            .arguments(context.programArguments());
    options = BroughtFiles.addTo(options, files);
    options = outputs.isEmpty() ? options : options.outputs(outputs);
    options = policy.map(options::policy).orElse(options);
    options = timeout.map(options::wallTime).orElse(options);
    return stdin ? options.withStdin() : options;
  }

  /** In a session the daemon gives each a name of its own, so that tracebacks show its lines. */
  private String unnamed() {
    return session.isPresent() ? "" : "<stdin>";
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

  /** What is said goes to the report, what is asked to the tools. */
  private record Reported(RunReport report, RunTools tools, OutputFolder folder)
      implements RunListener {

    @Override
    public void onFile(RunFilePart part) {
      folder.take(part);
    }

    @Override
    public void onAccepted(Acceptance acceptance) {
      report.onAccepted(acceptance);
    }

    @Override
    public void onOutput(OutputStreamName stream, byte[] bytes) {
      report.onOutput(stream, bytes);
    }

    @Override
    public void onDisplay(MimeBundle shown) {
      report.onDisplay(shown);
    }

    @Override
    public ToolAnswer onToolCall(ToolCall call) throws Exception {
      return tools.call(call);
    }

    @Override
    public ApprovalAnswer onApproval(ApprovalRequest request) throws Exception {
      return tools.approve(request);
    }
  }
}
