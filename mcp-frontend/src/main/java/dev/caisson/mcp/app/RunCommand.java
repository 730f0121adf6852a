package dev.caisson.mcp.app;

import dev.caisson.mcp.relay.CodeRunner;
import dev.caisson.mcp.relay.Program;
import dev.caisson.mcp.relay.RunListener;
import dev.caisson.mcp.relay.RunRefusedException;
import dev.caisson.mcp.relay.RunReport;
import dev.caisson.mcp.relay.RunReport.Outcome;
import dev.caisson.mcp.text.Durations;
import dev.caisson.mcp.text.UnreadableFile;
import dev.caisson.mcp.upstream.ServersFileException;
import dev.caisson.mcp.upstream.UpstreamServers;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The command {@code caisson run --servers}: one program, with the tools of MCP servers. */
@Command(
    name = "run",
    mixinStandardHelpOptions = true,
    customSynopsis =
        "caisson run --servers=FILE [--policy=NAME] [--timeout=DURATION] [FILE] [ARGUMENT...]",
    description = "Runs a program once, with the tools of MCP servers as functions.")
final class RunCommand implements Callable<Integer> {

  private static final int WE_FAILED = 125;
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final PrintStream stdout;

  @Mixin private ConnectionOptions options = new ConnectionOptions();

  @Option(
      names = "--timeout",
      paramLabel = "DURATION",
      defaultValue = "",
      description = "The longest run time, such as 10s; may only shorten the policy's limit.")
  private String timeout = "";

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "FILE",
      defaultValue = "-",
      description = "The program; - or nothing reads it from standard input.")
  private String file = "-";

  @Parameters(index = "1..*", paramLabel = "ARGUMENT", description = "The program's arguments.")
  private List<String> arguments = List.of();

  private RunCommand(PrintStream stdout) {
    this.stdout = stdout;
  }

  @Override
  public Integer call() throws ServersFileException, InterruptedException {
    try (CodeRunner runner = options.runner();
        var upstream = new UpstreamServers(options.servers())) {
      Runtime.getRuntime().addShutdownHook(new Thread(upstream::close, "close-upstream"));
      upstream.connectAll();
      var source = source();
      var snapshot = upstream.snapshot(PATIENCE);
      var program =
          new Program(
              source,
              file.equals("-") ? "<stdin>" : file,
              arguments,
              options.policy(),
              timeout.isEmpty() ? Optional.empty() : Optional.of(Durations.parse(timeout)),
              snapshot.catalogue());
      return told(
          runner.run(
              program, new Streaming(stdout, System.err), upstream, TerminalApprovals.ofProcess()));
    } catch (RunRefusedException refusal) {
      System.err.println("caisson: " + refusal.explanation());
      return WE_FAILED;
    } catch (IOException unreadable) {
      System.err.println("caisson: " + file + ": " + UnreadableFile.why(unreadable));
      return 2;
    } catch (IllegalArgumentException wrong) {
      System.err.println("caisson: " + wrong.getMessage());
      return 2;
    }
  }

  private String source() throws IOException {
    return file.equals("-")
        ? new String(System.in.readAllBytes(), StandardCharsets.UTF_8)
        : Files.readString(Path.of(file));
  }

  private static int told(RunReport report) {
    report
        .exception()
        .ifPresentOrElse(
            exception -> System.err.print(withEnd(exception.traceback())),
            () -> {
              if (report.outcome() != Outcome.SUCCEEDED && !report.message().isEmpty()) {
                System.err.println("caisson: " + report.outcome() + ": " + report.message());
              }
            });
    return report.exitCode();
  }

  private static String withEnd(String text) {
    return text.endsWith("\n") ? text : text + "\n";
  }

  /** Writes what comes where it belongs, at once. */
  private record Streaming(PrintStream stdout, PrintStream stderr) implements RunListener {
    @Override
    public void output(Stream stream, byte[] bytes) {
      var to =
          switch (stream) {
            case STDOUT -> stdout;
            case STDERR -> stderr;
          };
      to.write(bytes, 0, bytes.length);
      to.flush();
    }
  }

  /** Makes commands that know the real standard output. */
  record Factory(PrintStream stdout) implements CommandLine.IFactory {
    @Override
    public <K> K create(Class<K> type) throws Exception {
      return type == RunCommand.class
          ? type.cast(new RunCommand(stdout))
          : CommandLine.defaultFactory().create(type);
    }
  }
}
