package dev.caisson.mcp.upstream;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.function.UnaryOperator;

/**
 * An MCP server over Streamable HTTP with one tool. Its answers to {@code tools/call} are raw JSON
 * made by the test from the request's body; a page of HTML comes with status 500.
 */
final class FakeHttpServer implements AutoCloseable {

  private final HttpServer server;
  private final UnaryOperator<String> result;
  final List<String> bodies = new CopyOnWriteArrayList<>();

  FakeHttpServer(UnaryOperator<String> result) throws IOException {
    this.result = result;
    this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/mcp", this::handle);
    server.start();
  }

  URI url() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/mcp");
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      var body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
      if (!exchange.getRequestMethod().equals("POST")) {
        exchange.sendResponseHeaders(405, -1);
        return;
      }
      bodies.add(body);
      var request = RawJson.members(body);
      if (!request.has("id")) {
        exchange.sendResponseHeaders(202, -1);
        return;
      }
      var answer =
          switch (request.text("method").orElse("")) {
            case "initialize" ->
                "{\"protocolVersion\":\"2025-06-18\",\"capabilities\":{\"tools\":{}},"
                    + "\"serverInfo\":{\"name\":\"fake\",\"version\":\"1\"}}";
            case "tools/list" ->
                "{\"tools\":[{\"name\":\"t\",\"inputSchema\":{\"type\":\"object\"}}]}";
            default -> result.apply(body);
          };
      if (answer.startsWith("<html>")) {
        exchange.sendResponseHeaders(500, 0);
        exchange.getResponseBody().write(answer.getBytes(StandardCharsets.UTF_8));
        return;
      }
      var bytes =
          ("{\"jsonrpc\":\"2.0\",\"id\":"
                  + request.raw("id").orElse("0")
                  + ",\"result\":"
                  + answer
                  + "}")
              .getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().add("Content-Type", "application/json");
      exchange.sendResponseHeaders(200, bytes.length);
      exchange.getResponseBody().write(bytes);
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
