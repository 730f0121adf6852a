package dev.caisson.mcp.http;

import dev.caisson.mcp.protocol.ClientLink;
import dev.caisson.mcp.protocol.ClientRefusedException;
import dev.caisson.mcp.protocol.Dispatcher;
import dev.caisson.mcp.protocol.ServerIdentity;
import dev.caisson.mcp.protocol.ToolsFeature;
import dev.caisson.mcp.protocol.ToolsFeature.OfferedTool;
import dev.caisson.mcp.protocol.ToolsFeature.ToolHandler;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.Tool;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;

/** A started server with tools that do what a test needs. */
final class TestServer implements AutoCloseable, Clients {

  /** A call of "wait" has begun. */
  final CountDownLatch begun = new CountDownLatch(1);

  /** A call of "wait" was cancelled. */
  final CountDownLatch cancelled = new CountDownLatch(1);

  /** Steps that calls of "steps" may take. */
  final Semaphore steps = new Semaphore(0);

  final AtomicInteger welcomed = new AtomicInteger();
  final AtomicInteger closed = new AtomicInteger();
  volatile boolean serving = true;

  private final McpHttpServer server;

  TestServer(String... tokens) {
    this(limits -> limits, tokens);
  }

  TestServer(UnaryOperator<HttpLimits> limits, String... tokens) {
    this(
        limits,
        Places.of(List.of("https://app.example"), List.of("box.example")),
        Tokens.of(List.of(tokens)));
  }

  private TestServer(UnaryOperator<HttpLimits> limits, Places places, Tokens tokens) {
    server =
        new McpHttpServer(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            places,
            tokens,
            this,
            () -> serving,
            limits.apply(HttpLimits.usual()));
    try {
      server.start();
    } catch (IOException problem) {
      throw new UncheckedIOException(problem);
    }
  }

  int port() {
    return server.port();
  }

  URI uri(String path) {
    return URI.create("http://127.0.0.1:" + port() + path);
  }

  @Override
  public Client connected() {
    return client("client " + welcomed.incrementAndGet());
  }

  @Override
  public Client stateless() {
    return connected();
  }

  private Client client(String name) {
    var dispatcher =
        new Dispatcher(
            new ServerIdentity("test", "7", ""),
            List.of(
                new ToolsFeature(
                    List.of(
                        tool("who", (client, call) -> said(name)),
                        tool("wait", this::await),
                        tool("steps", this::take),
                        tool("large", TestServer::large),
                        tool("größer", (client, call) -> said("groß")),
                        tool("ask", TestServer::ask)))));
    return new Client() {
      @Override
      public Dispatcher dispatcher() {
        return dispatcher;
      }

      @Override
      public void close() {
        closed.incrementAndGet();
      }
    };
  }

  private static OfferedTool tool(String name, ToolHandler handler) {
    return new OfferedTool(Tool.builder(name, Map.of("type", "object")).build(), handler);
  }

  private static CallToolResult said(String what) {
    return CallToolResult.builder().addTextContent(what).isError(false).build();
  }

  private CallToolResult await(ClientLink client, CallToolRequest call)
      throws InterruptedException {
    begun.countDown();
    try {
      new CountDownLatch(1).await();
      throw new AssertionError();
    } catch (InterruptedException stop) {
      cancelled.countDown();
      throw stop;
    }
  }

  private CallToolResult take(ClientLink client, CallToolRequest call) throws InterruptedException {
    for (var step = 1; step <= 3; step++) {
      steps.acquire();
      client.progress(step, Optional.empty(), "step " + step);
    }
    steps.acquire();
    return said("all done");
  }

  private static CallToolResult large(ClientLink client, CallToolRequest call) {
    client.progress(1, Optional.empty(), "begun");
    return said("x".repeat(100_000));
  }

  private static CallToolResult ask(ClientLink client, CallToolRequest call)
      throws InterruptedException {
    try {
      return said("answered " + client.elicit("May I?", Map.of("type", "object")));
    } catch (ClientRefusedException refused) {
      return said("refused: " + refused.getMessage());
    }
  }

  @Override
  public void close() {
    server.close();
  }
}
