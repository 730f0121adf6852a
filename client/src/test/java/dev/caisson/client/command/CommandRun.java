package dev.caisson.client.command;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/** Runs commands as a process would, with streams that a test can read. */
final class CommandRun {

  final ByteArrayOutputStream out = new ByteArrayOutputStream();
  final ByteArrayOutputStream err = new ByteArrayOutputStream();

  /** What Ctrl-C would stop. */
  final List<Runnable> watched = new CopyOnWriteArrayList<>();

  private InputStream in = InputStream.nullInputStream();
  private List<String> programArguments = List.of();
  private ToolServers servers = file -> RunTools.NONE;
  private final Map<String, String> environment = new HashMap<>();
  private boolean terminal;

  CommandRun(Path socket) {
    environment.put("CAISSON_SOCKET", socket.toString());
  }

  CommandRun withEnvironment(String name, String value) {
    environment.put(name, value);
    return this;
  }

  /** A person sits in front. */
  CommandRun onTerminal() {
    terminal = true;
    return this;
  }

  CommandRun withInput(String text) {
    in = new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    return this;
  }

  CommandRun withInput(InputStream input) {
    in = input;
    return this;
  }

  CommandRun withProgramArguments(String... arguments) {
    programArguments = List.of(arguments);
    return this;
  }

  CommandRun withToolServers(ToolServers offered) {
    servers = offered;
    return this;
  }

  int execute(String... arguments) {
    return Main.execute(List.of(arguments), context());
  }

  CommandContext context() {
    return new CommandContext(
        in,
        out,
        err,
        environment,
        terminal,
        programArguments,
        stop -> {
          watched.add(stop);
          return () -> watched.remove(stop);
        },
        servers);
  }

  String out() {
    return out.toString(StandardCharsets.UTF_8);
  }

  String err() {
    return err.toString(StandardCharsets.UTF_8);
  }
}
