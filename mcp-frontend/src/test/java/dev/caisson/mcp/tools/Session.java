package dev.caisson.mcp.tools;

import dev.caisson.mcp.protocol.ReceivedMessages;
import dev.caisson.mcp.protocol.StdioServerTransport;
import dev.caisson.mcp.relay.Backend;
import dev.caisson.mcp.relay.FakeCodeRunner;
import dev.caisson.mcp.relay.FakeSessionHost;
import dev.caisson.mcp.upstream.ServerDefinition;
import dev.caisson.mcp.upstream.UpstreamServers;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.Pipe;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A client that writes lines to a frontend in this process and reads its lines. */
final class Session implements AutoCloseable {

  private static final String INITIALIZE =
      """
      {"jsonrpc":"2.0","id":"hello","method":"initialize","params":{"protocolVersion":"2025-06-18",\
      "capabilities":%s,"clientInfo":{"name":"test","version":"1"}}}\
      """;

  final FakeCodeRunner runner = new FakeCodeRunner();
  final FakeSessionHost host;
  private final FrontendServer frontend;
  private final UpstreamServers upstream;
  private final OutputStream toServer;
  private final ReceivedMessages fromServer = new ReceivedMessages();
  private final Thread server;
  private final Thread reader;

  Session(ServerDefinition... definitions) {
    this(Duration.ofSeconds(20), definitions);
  }

  Session(Duration drain, ServerDefinition... definitions) {
    this(drain, (out, runner) -> out, definitions);
  }

  /**
   * @param towardsUs put around the server's output; it may hold the thread that writes
   */
  Session(
      Duration drain,
      BiFunction<OutputStream, FakeCodeRunner, OutputStream> towardsUs,
      ServerDefinition... definitions) {
    this(
        new FakeSessionHost(),
        new FrontendOptions("", SessionPerConnection.NO),
        drain,
        towardsUs,
        definitions);
  }

  /** A client of a frontend that was started with these options. */
  Session(FakeSessionHost host, FrontendOptions options) {
    this(host, options, Duration.ofSeconds(20), (out, runner) -> out);
  }

  private Session(
      FakeSessionHost host,
      FrontendOptions options,
      Duration drain,
      BiFunction<OutputStream, FakeCodeRunner, OutputStream> towardsUs,
      ServerDefinition... definitions) {
    this.host = host;
    try {
      upstream = new UpstreamServers(List.of(definitions));
      var in = Pipe.open();
      var out = Pipe.open();
      toServer = Channels.newOutputStream(in.sink());
      var input = Channels.newInputStream(in.source());
      var output = towardsUs.apply(Channels.newOutputStream(out.sink()), runner);
      var lines =
          new BufferedReader(
              new InputStreamReader(Channels.newInputStream(out.source()), StandardCharsets.UTF_8));
      var transport = new StdioServerTransport(input, output, drain);
      frontend = new FrontendServer(new Backend(runner, host, host), upstream, options, "1.2.3");
      server = Thread.ofPlatform().start(() -> serve(transport, output));
      reader = Thread.ofPlatform().start(() -> lines.lines().forEach(fromServer::add));
    } catch (IOException problem) {
      throw new UncheckedIOException(problem);
    }
  }

  private void serve(StdioServerTransport transport, OutputStream output) {
    try (output) {
      transport.serve(frontend.dispatcher());
    } catch (IOException gone) {
      throw new UncheckedIOException(gone);
    }
  }

  Session greeted() {
    initialize();
    next("hello");
    send("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}");
    return this;
  }

  void initialize() {
    initialize("{}");
  }

  /** Greets as a client with these capabilities, a JSON object. */
  void initialize(String capabilities) {
    send(INITIALIZE.formatted(capabilities));
  }

  /** A client whose user can be asked. */
  Session greetedWithElicitation() {
    initialize("{\"elicitation\":{}}");
    next("hello");
    send("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}");
    return this;
  }

  void send(String line) {
    try {
      toServer.write((line + "\n").getBytes(StandardCharsets.UTF_8));
      toServer.flush();
    } catch (IOException problem) {
      throw new UncheckedIOException(problem);
    }
  }

  void run(Object id, String code) {
    call(id, "run_code", Map.of("code", code), Map.of());
  }

  void call(Object id, String tool, Map<String, ?> arguments, Map<String, ?> meta) {
    var parameters = Map.of("name", tool, "arguments", arguments, "_meta", meta);
    send(
        JsonMapper.shared()
            .writeValueAsString(
                Map.of("jsonrpc", "2.0", "id", id, "method", "tools/call", "params", parameters)));
  }

  /** Calls a tool and gives its result. */
  JsonNode call(String tool, Map<String, ?> arguments) {
    call("call", tool, arguments, Map.of());
    return next("call").path("result");
  }

  /** The answer to a request of a method, whole. */
  JsonNode ask(String method, Map<String, ?> parameters) {
    send(
        JsonMapper.shared()
            .writeValueAsString(
                Map.of("jsonrpc", "2.0", "id", "ask", "method", method, "params", parameters)));
    return next("ask");
  }

  void cancel(String id) {
    send(
        """
        {"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"%s"}}\
        """
            .formatted(id));
  }

  /** The next message, whatever it is. */
  JsonNode next() {
    return fromServer.next();
  }

  /** The next message, which must be the answer to this request. */
  JsonNode next(String id) {
    return fromServer.next(id);
  }

  /** Closes the input and gives what still comes, up to the server's own end. */
  List<JsonNode> rest() {
    try {
      toServer.close();
      if (!server.join(Duration.ofSeconds(40)) || !reader.join(Duration.ofSeconds(10))) {
        throw new AssertionError("the server did not end after its input had ended");
      }
    } catch (IOException | InterruptedException problem) {
      throw new AssertionError(problem);
    }
    return fromServer.rest();
  }

  @Override
  public void close() {
    runner.opened.countDown();
    rest();
    frontend.close();
    upstream.close();
  }
}
