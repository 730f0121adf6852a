package dev.caisson.mcp.endtoend;

import dev.caisson.mcp.app.Main;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A client that writes lines to {@code caisson mcp} in a process of its own and reads its lines. A
 * thread of its own reads; everything else is done by the test's thread.
 */
final class FrontendProcess implements AutoCloseable {

  private static final String INITIALIZE =
      """
      {"jsonrpc":"2.0","id":"hello","method":"initialize","params":{"protocolVersion":"2025-06-18",\
      "capabilities":{},"clientInfo":{"name":"test","version":"1"}}}\
      """;

  private final Process process;
  private final OutputStream toServer;
  private final BlockingQueue<JsonNode> fromServer = new LinkedBlockingQueue<>();

  FrontendProcess(Path servers, Path socket) throws IOException, InterruptedException {
    this(servers, socket, Map.of());
  }

  /**
   * @param environment beside that of the test
   */
  FrontendProcess(Path servers, Path socket, Map<String, String> environment)
      throws IOException, InterruptedException {
    var builder =
        new ProcessBuilder(command("--servers", servers.toString(), "--socket", socket.toString()))
            .redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().putAll(environment);
    process = builder.start();
    toServer = process.getOutputStream();
    var lines = process.inputReader(StandardCharsets.UTF_8);
    Thread.ofPlatform().daemon().start(() -> read(lines));
    send(INITIALIZE);
    answer("hello");
    send("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}");
  }

  /** How a client starts the frontend that is under test. */
  static List<String> command(String... arguments) {
    return program(Main.class, arguments);
  }

  /** The same for another program of this build. */
  static List<String> program(Class<?> main, String... arguments) {
    var command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
    command.addAll(List.of(arguments));
    return command;
  }

  private void read(BufferedReader lines) {
    lines.lines().forEach(line -> fromServer.add(JsonMapper.shared().readTree(line)));
  }

  private void send(String line) throws IOException {
    toServer.write((line + "\n").getBytes(StandardCharsets.UTF_8));
    toServer.flush();
  }

  /** Asks for a run; its output comes as progress. */
  void start(String id, String code) throws IOException {
    call(id, "run_code", Map.of("code", code));
  }

  void call(String id, String tool, Map<String, ?> arguments) throws IOException {
    var parameters = new LinkedHashMap<String, Object>();
    parameters.put("name", tool);
    parameters.put("arguments", arguments);
    parameters.put("_meta", Map.of("progressToken", id));
    send(
        JsonMapper.shared()
            .writeValueAsString(
                Map.of("jsonrpc", "2.0", "id", id, "method", "tools/call", "params", parameters)));
  }

  /** The answer to a request without parameters; answers to others may not come before it. */
  JsonNode ask(String id, String method) throws IOException, InterruptedException {
    send("{\"jsonrpc\":\"2.0\",\"id\":\"%s\",\"method\":\"%s\"}".formatted(id, method));
    return answer(id);
  }

  void cancel(String id) throws IOException {
    send(
        """
        {"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"%s"}}\
        """
            .formatted(id));
  }

  /** The next message, whatever it is. */
  JsonNode next() throws InterruptedException {
    var message = fromServer.poll(60, TimeUnit.SECONDS);
    if (message == null) {
      throw new AssertionError("the frontend said nothing for 60 s");
    }
    return message;
  }

  /** What a request gave, passing over its progress. */
  JsonNode answer(String id) throws InterruptedException {
    var message = next();
    while (message.has("method")) {
      message = next();
    }
    if (!message.path("id").asString("").equals(id)) {
      throw new AssertionError("not the answer to " + id + ": " + message);
    }
    return message.path("result");
  }

  /** Runs a program to its end. */
  JsonNode run(String code) throws IOException, InterruptedException {
    start("run", code);
    return answer("run");
  }

  void endOfInput() throws IOException {
    toServer.close();
  }

  /** The exit status, after the frontend ended by itself. */
  int status() throws InterruptedException {
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      throw new AssertionError("the frontend did not end after its input had ended");
    }
    return process.exitValue();
  }

  @Override
  public void close() throws IOException {
    toServer.close();
    try {
      var unused = status();
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    } finally {
      process.destroyForcibly();
    }
  }
}
