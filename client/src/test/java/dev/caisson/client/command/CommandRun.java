package dev.caisson.client.command;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/** Runs commands as a process would, with streams that a test can read. */
final class CommandRun {

  final ByteArrayOutputStream out = new ByteArrayOutputStream();
  final ByteArrayOutputStream err = new ByteArrayOutputStream();

  /** What Ctrl-C would stop. */
  final List<Runnable> watched = new CopyOnWriteArrayList<>();

  private final Path socket;
  private InputStream in = InputStream.nullInputStream();
  private List<String> programArguments = List.of();
  private ToolServers servers = file -> RunTools.NONE;

  CommandRun(Path socket) {
    this.socket = socket;
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
        Map.of("CAISSON_SOCKET", socket.toString()),
        /* terminal= */ false,
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
