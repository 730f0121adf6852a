package dev.caisson.mcp.app;

import dev.caisson.client.CaissonClient;
import dev.caisson.mcp.demo.Demo;
import dev.caisson.mcp.protocol.StdioServerTransport;
import dev.caisson.mcp.relay.Backend;
import dev.caisson.mcp.relay.DaemonAccess;
import dev.caisson.mcp.tools.FrontendOptions;
import dev.caisson.mcp.tools.FrontendServer;
import dev.caisson.mcp.tools.SessionPerConnection;
import dev.caisson.mcp.upstream.ServersFileException;
import dev.caisson.mcp.upstream.UpstreamServers;
import java.io.PrintStream;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * The command {@code caisson mcp}: the MCP server in front of a daemon, on standard input and
 * output.
 *
 * <p>Standard output belongs to the protocol. It is taken once, here, and replaced by standard
 * error, so that no print of any library can break a message.
 */
@Command(
    name = "caisson mcp",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    description =
        "Serves MCP clients on standard input and output, or over HTTP: tools to run Python in a"
            + " sandbox, with the tools of other MCP servers as functions.",
    subcommands = {Demo.class})
public final class Main implements Callable<Integer>, PlainCommandLine.Options {

  /** How long requests in flight may go on after the client closed its end. */
  private static final Duration DRAIN = Duration.ofSeconds(10);

  private final PrintStream protocol;

  @Mixin private ConnectionOptions options = new ConnectionOptions();

  @Mixin private HttpOptions http = new HttpOptions();

  @Option(
      names = "--session-per-connection",
      description =
          "Runs that name no session share one, which is made at the first use and ends with the"
              + " connection.")
  private boolean sessionPerConnection;

  @Option(
      names = "--print-config",
      paramLabel = "CLIENT",
      converter = ClientByName.class,
      description =
          "Prints what makes an MCP client start this command with the options that are given, and"
              + " does nothing else: claude-desktop, claude-code, cursor, vscode, goose or generic.")
  private @Nullable McpClient printConfig;

  Main(PrintStream protocol) {
    this.protocol = protocol;
  }

  public static void main(String[] arguments) {
    if (arguments.length > 0 && (arguments[0].equals("run") || arguments[0].equals("api"))) {
      // The client's own commands, which may use the tools of servers when they run in here.
      dev.caisson.client.command.Main.main(arguments, UpstreamTools::open);
      return;
    }
    var plain = new Main(System.out);
    if (PlainCommandLine.read(arguments, plain)) {
      System.exit(plain.callOrExplain());
    }
    var commands = new CommandLine(new Main(System.out));
    commands.setExecutionExceptionHandler(Main::explain);
    System.exit(commands.execute(arguments));
  }

  private static int explain(Exception problem, CommandLine command, CommandLine.ParseResult parsed)
      throws Exception {
    if (problem instanceof ServersFileException wrong) {
      return explain(wrong);
    }
    throw problem;
  }

  private static int explain(ServersFileException wrong) {
    System.err.println("caisson: " + wrong.getMessage());
    return 2;
  }

  private int callOrExplain() {
    try {
      return call();
    } catch (ServersFileException wrong) {
      return explain(wrong);
    }
  }

  @Override
  public boolean takeFlag(String name) {
    var known = name.equals("--session-per-connection");
    sessionPerConnection |= known;
    return known;
  }

  @Override
  public boolean take(String name, String value) {
    return options.take(name, value);
  }

  @Override
  public Integer call() throws ServersFileException {
    var served = http.served(System.getenv());
    if (printConfig != null) {
      if (served.isPresent()) {
        System.err.println(
            "caisson: --print-config prints how a client starts this command; with --http it is"
                + " started once, and clients connect to its address");
        return 2;
      }
      PrintedConfig.print(
          printConfig, options, sessionPerConnection, System.getenv(), protocol, System.err);
      return 0;
    }
    System.setOut(System.err);
    if (served.isPresent()) {
      return HttpStart.serve(served.get(), options, frontendOptions(), protocol);
    }
    var daemon = options.daemon();
    try (var start = DaemonStart.by(System.getenv(), daemon.socket(), System.err);
        var backend = Backend.of(new DaemonAccess(daemon, start));
        var upstream =
            new UpstreamServers(options.servers(), LogFolder.ofServers(System.getenv()));
        var server =
            new FrontendServer(backend, upstream, frontendOptions(), CaissonClient.version())) {
      // A signal ends the JVM without the end of this block; what we started must go too.
      Runtime.getRuntime().addShutdownHook(new Thread(upstream::close, "close-upstream"));
      Runtime.getRuntime().addShutdownHook(new Thread(server::close, "close-session"));
      start.begin();
      upstream.connectAll();
      new StdioServerTransport(System.in, protocol, DRAIN).serve(server.dispatcher());
    }
    return 0;
  }

  private FrontendOptions frontendOptions() {
    return new FrontendOptions(
        options.policy(),
        sessionPerConnection ? SessionPerConnection.YES : SessionPerConnection.NO);
  }

  /** Clients are named as people write them. */
  static final class ClientByName implements CommandLine.ITypeConverter<McpClient> {
    @Override
    public McpClient convert(String name) {
      return McpClient.named(name);
    }
  }

  /** The version, as MCP clients see it too. */
  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"caisson " + CaissonClient.version()};
    }
  }
}
