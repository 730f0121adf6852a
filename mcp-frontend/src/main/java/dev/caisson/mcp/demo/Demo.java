package dev.caisson.mcp.demo;

import dev.caisson.mcp.text.UnreadableFile;
import dev.caisson.mcp.upstream.ServersFile;
import dev.caisson.mcp.upstream.ServersFileException;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The command {@code caisson demo}: starts {@code caisson mcp} as any MCP client does, has a
 * program call the tools of two servers from inside a sandbox, and prints what happened. Exits with
 * 1 when something that it would say is not so.
 */
@Command(
    name = "demo",
    mixinStandardHelpOptions = true,
    customSynopsis = "caisson demo [--servers=FILE] [--code=FILE]",
    description =
        "Has a program call the tools of MCP servers from inside a sandbox, through an MCP client"
            + " session, and prints what happened.")
public final class Demo implements Callable<Integer> {

  @Option(
      names = "--servers",
      paramLabel = "FILE",
      description = "MCP servers to use instead of the two example servers.")
  private @Nullable Path servers;

  @Option(
      names = "--code",
      paramLabel = "FILE",
      description = "A program to run instead of the example.")
  private @Nullable Path code;

  private final PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);

  public static void main(String[] arguments) {
    System.exit(new CommandLine(new Demo()).execute(arguments));
  }

  @Override
  public Integer call() throws IOException {
    String program;
    try {
      program = code == null ? ExampleFiles.program("task.py") : Files.readString(code);
    } catch (IOException unreadable) {
      return wrong(code + ": " + UnreadableFile.why(unreadable));
    }
    if (servers != null) {
      try {
        // The frontend would say so too, and end; but then the session with it only times out.
        var unused = ServersFile.read(servers, System.getenv());
      } catch (ServersFileException problem) {
        return wrong(String.valueOf(problem.getMessage()));
      }
    }
    return show(program);
  }

  private static int wrong(String why) {
    System.err.println("caisson: " + why);
    return 2;
  }

  private int show(String task) throws IOException {
    var claims = new Claims();
    try (var examples = new ExampleFiles()) {
      var file = servers == null ? examples.serversFile() : servers.toAbsolutePath();
      try (var session = new FrontendSession(FrontendCommand.of(System.getenv(), file))) {
        tell(session, task, claims);
      }
    }
    return verdict(claims);
  }

  private void tell(FrontendSession session, String task, Claims claims) throws IOException {
    var story = new Story(out, claims);
    story.session(session);
    var isolation = ExampleFiles.program("isolation.py");
    var program = code == null ? task + "\n" + isolation : task;
    story.program(program);
    var run = story.run(session, program);
    story.toolCalls(run, code == null);
    // A program of the user's says nothing about its sandbox, so another one looks, under the same
    // policy. Its own sandbox, like every run's.
    var seen =
        code == null ? run : session.call("run_code", Map.<String, Object>of("code", isolation));
    story.isolation(seen);
    story.timeLine(run);
  }

  private int verdict(Claims claims) {
    if (claims.broken().isEmpty()) {
      out.println("\nAll " + claims.made() + " checks of what is printed above hold.");
      return 0;
    }
    out.println("\nThe demo FAILED:");
    claims.broken().forEach(claim -> out.println("  - " + claim));
    return 1;
  }
}
