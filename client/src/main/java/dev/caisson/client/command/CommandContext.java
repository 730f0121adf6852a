package dev.caisson.client.command;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * What a command has of the process around it.
 *
 * @param in standard input
 * @param out standard output, unbuffered: a program's bytes go out as they come
 * @param err standard error, likewise
 * @param environment the environment variables
 * @param terminal true when a person's terminal is there, so colour and progress make sense
 * @param programArguments what came after {@code --}
 * @param interruption tells of Ctrl-C
 * @param toolServers for {@code --servers}
 */
record CommandContext(
    InputStream in,
    OutputStream out,
    OutputStream err,
    Map<String, String> environment,
    boolean terminal,
    List<String> programArguments,
    Interruption interruption,
    ToolServers toolServers) {

  CommandContext {
    environment = Map.copyOf(environment);
    programArguments = List.copyOf(programArguments);
  }

  static CommandContext ofProcess(List<String> programArguments, ToolServers toolServers) {
    return new CommandContext(
        new FileInputStream(FileDescriptor.in),
        new FileOutputStream(FileDescriptor.out),
        new FileOutputStream(FileDescriptor.err),
        System.getenv(),
        System.console() != null && System.console().isTerminal(),
        programArguments,
        Interruption.OF_PROCESS,
        toolServers);
  }

  /** The same with other streams to write to. */
  CommandContext writingTo(OutputStream otherOut, OutputStream otherErr) {
    return new CommandContext(
        in, otherOut, otherErr, environment, terminal, programArguments, interruption, toolServers);
  }

  PrintStream printer() {
    return new PrintStream(out, /* autoFlush= */ true, StandardCharsets.UTF_8);
  }

  PrintStream errorPrinter() {
    return new PrintStream(err, /* autoFlush= */ true, StandardCharsets.UTF_8);
  }

  /** One line for the person in front, in the form of the launcher's. */
  void say(String line) {
    errorPrinter().println("caisson: " + line);
  }

  /** What is wrong, and, when there is something to say, what mends it. */
  void say(String what, String advice) {
    say(what);
    if (!advice.isBlank()) {
      errorPrinter().println("  to mend it: " + advice);
    }
  }
}
