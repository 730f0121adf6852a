package dev.caisson.client.command;

import dev.caisson.client.CaissonClient;
import io.grpc.netty.shaded.io.netty.util.internal.logging.InternalLoggerFactory;
import io.grpc.netty.shaded.io.netty.util.internal.logging.JdkLoggerFactory;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The client commands of {@code caisson}. */
@Command(
    name = "caisson",
    description = "Runs Python that nobody trusts in sandboxes that are warm before you ask.",
    versionProvider = Main.Version.class,
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND")
public final class Main implements Runnable {

  /** What the transport warns of comes out as an error of ours. A field: levels go with it. */
  private static final Logger TRANSPORT = Logger.getLogger("io.grpc");

  @Spec private CommandSpec spec = CommandSpec.create();

  private Main() {}

  public static void main(String[] arguments) {
    main(
        arguments,
        file -> {
          throw new UsageException(
              "this program speaks no MCP, so it cannot use the servers of " + file,
              "start it as `caisson run --servers`");
        });
  }

  /** The same for a program that has tool servers to offer. Ends the process. */
  public static void main(String[] arguments, ToolServers servers) {
    // A command lives for a moment: no logging backend is started, whichever is on the class path,
    // and no native transport is unpacked, because the JDK's Unix sockets do.
    InternalLoggerFactory.setDefaultFactory(JdkLoggerFactory.INSTANCE);
    System.setProperty("io.grpc.netty.shaded.io.netty.transport.noNative", "true");
    TRANSPORT.setLevel(Level.SEVERE);
    List<String> all = Arrays.asList(arguments);
    int end = all.indexOf("--");
    List<String> own = end < 0 ? all : all.subList(0, end);
    List<String> programs = end < 0 ? List.of() : all.subList(end + 1, all.size());
    System.exit(execute(own, CommandContext.ofProcess(programs, servers)));
  }

  /** Runs one command; the arguments are those before {@code --}. */
  static int execute(List<String> arguments, CommandContext context) {
    Help.Ansi ansi =
        context.terminal() && !context.environment().containsKey("NO_COLOR")
            ? Help.Ansi.ON
            : Help.Ansi.OFF;
    return commands(context)
        .setColorScheme(Help.defaultColorScheme(ansi))
        .setOut(new PrintWriter(context.out(), /* autoFlush= */ true, StandardCharsets.UTF_8))
        .setErr(new PrintWriter(context.err(), /* autoFlush= */ true, StandardCharsets.UTF_8))
        .setParameterExceptionHandler(new UsageErrors(context))
        .setExecutionExceptionHandler(
            (failure, command, _) -> UsageErrors.failed(context, failure, command))
        .execute(arguments.toArray(String[]::new));
  }

  /** All commands, those of {@code bench} below it. */
  static CommandLine commands(CommandContext context) {
    CommandLine bench =
        new CommandLine(new BenchCommand())
            .addSubcommand("run", new BenchRunCommand(context))
            .addSubcommand("session", new BenchSessionCommand(context))
            .addSubcommand("calls", new BenchCallsCommand(context))
            .addSubcommand("neighbour", new BenchNeighbourCommand(context))
            .addSubcommand("attack", new BenchAttackCommand(context))
            .addSubcommand("gate", new BenchGateCommand(context))
            .addSubcommand("start", new BenchStartCommand(context));
    return new CommandLine(new Main())
        .addSubcommand("run", new RunCommand(context))
        .addSubcommand("repl", new ReplCommand(context))
        .addSubcommand("sessions", new SessionsCommand(context))
        .addSubcommand("files", new FilesCommand(context))
        .addSubcommand("status", new StatusCommand(context))
        .addSubcommand("api", new ApiCommand(context))
        .addSubcommand("bench", bench)
        .addSubcommand("completion", new CompletionCommand(context));
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "no command given");
  }

  /** What {@code --version} prints. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"caisson client " + CaissonClient.version()};
    }
  }
}
