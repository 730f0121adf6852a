package dev.caisson.mcp.http;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * MCP over Streamable HTTP at {@code /mcp}, and {@code GET /health}, on one port.
 *
 * <p>Threads: two of Jetty's look after the connections; each request has a virtual thread from its
 * first byte to the last of its answer.
 */
public final class McpHttpServer implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(McpHttpServer.class);

  /** Jetty's own: one accepts, one selects, and some for its timers and reserves. */
  private static final int THREADS = 8;

  private static final Duration STOPPING = Duration.ofSeconds(5);
  private static final Duration LONGEST_SWEEP = Duration.ofMinutes(1);

  private final Server server;
  private final ServerConnector connector;
  private final LegacySessions sessions;
  private final ModernClients modernClients;
  private final ModernRequests modern;
  private final Endpoint endpoint;
  private final Health health;
  private final HttpLimits limits;
  private volatile boolean stopping;

  /**
   * @param serving whether what is behind this server answers
   */
  public McpHttpServer(
      InetSocketAddress address,
      Places places,
      Tokens tokens,
      Clients clients,
      BooleanSupplier serving,
      HttpLimits limits) {
    var requests = new Semaphore(limits.streams().requests());
    this.limits = limits;
    this.sessions = new LegacySessions(clients, limits.sessions(), System::nanoTime);
    this.modernClients = new ModernClients(clients);
    this.modern = new ModernRequests(modernClients, limits.streams(), requests);
    this.endpoint =
        new Endpoint(
            places,
            tokens,
            new Bodies(limits.bodies()),
            new LegacyRequests(sessions, limits.streams(), requests),
            modern);
    this.health = new Health(serving);
    this.server = new Server(threads());
    this.connector = connector(server, limits.connections());
    connector.setHost(address.getAddress().getHostAddress());
    connector.setPort(address.getPort());
    server.addConnector(connector);
    server.setHandler(new GracefulHandler(new Answering()));
    server.setStopTimeout(STOPPING.toMillis());
  }

  private static QueuedThreadPool threads() {
    var threads = new QueuedThreadPool(THREADS, 2);
    threads.setName("http");
    threads.setDaemon(true);
    threads.setVirtualThreadsExecutor(
        Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("http-", 0).factory()));
    return threads;
  }

  private static ServerConnector connector(Server server, HttpLimits.Connections limits) {
    var http = new HttpConfiguration();
    http.setSendServerVersion(false);
    http.setRequestHeaderSize(limits.headerBytes());
    var connector = new ServerConnector(server, 1, 1, new HttpConnectionFactory(http));
    connector.setIdleTimeout(limits.idle().toMillis());
    connector.addBean(new NetworkConnectionLimit(limits.most(), connector));
    connector.addBean(new FirstRequests(connector, limits.headerTime()));
    return connector;
  }

  /** Opens the port. */
  public void start() throws IOException {
    try {
      server.start();
    } catch (IOException problem) {
      throw problem;
    } catch (Exception bug) {
      throw new IllegalStateException("the HTTP server does not start", bug);
    }
    sweepLater();
  }

  private void sweepLater() {
    var idle = limits.sessions().idle().dividedBy(4);
    var pause = idle.compareTo(LONGEST_SWEEP) < 0 ? idle : LONGEST_SWEEP;
    var ignored =
        connector
            .getScheduler()
            .schedule(
                () -> Thread.ofVirtual().name("http-sweep").start(this::sweep),
                Math.max(pause.toMillis(), 1),
                TimeUnit.MILLISECONDS);
  }

  private void sweep() {
    if (stopping) {
      return;
    }
    try {
      sessions.endIdle();
    } finally {
      sweepLater();
    }
  }

  /** The port that is listened on. */
  public int port() {
    return connector.getLocalPort();
  }

  /** Waits until it is closed. */
  public void join() throws InterruptedException {
    server.join();
  }

  /** Cancels what runs, ends all sessions and closes the port. A second time does nothing. */
  @Override
  public void close() {
    stopping = true;
    modern.cancelAll();
    sessions.endAll();
    modernClients.endAll();
    try {
      server.stop();
    } catch (Exception problem) {
      log.warn("the HTTP server did not stop as it should: {}", problem.toString());
    }
  }

  /** Each request, on a virtual thread that may block. */
  private final class Answering extends Handler.Abstract {

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
      // Streams say now and then that they are alive; who waits for one JSON object hears nothing.
      request.addIdleTimeoutListener(idle -> false);
      try {
        answer(request, response);
        callback.succeeded();
      } catch (IOException gone) {
        callback.failed(gone);
      } catch (InterruptedException stop) {
        Thread.currentThread().interrupt();
        callback.failed(stop);
      } catch (RuntimeException bug) {
        log.warn("a request failed", bug);
        callback.failed(bug);
      }
      return true;
    }

    private void answer(Request request, Response response)
        throws IOException, InterruptedException {
      try {
        if (stopping) {
          throw new RefusedException(503, "the server is stopping");
        }
        switch (request.getHttpURI().getPath()) {
          case Endpoint.PATH -> endpoint.answer(request, response);
          case "/health" -> answerHealth(request, response);
          case null, default ->
              throw new RefusedException(404, "there is nothing here; MCP is at " + Endpoint.PATH);
        }
      } catch (RefusedException refusal) {
        // Whoever was not let in, or sends what is not taken, gets no second request.
        response.getHeaders().put("Connection", "close");
        Responses.refusal(response, refusal);
      }
    }

    private void answerHealth(Request request, Response response)
        throws RefusedException, IOException, InterruptedException {
      if (!request.getMethod().equals("GET")) {
        throw new RefusedException(405, "the method has to be GET", Map.of("Allow", "GET"));
      }
      response.getHeaders().put("Connection", "close");
      var serving = health.isServing();
      Responses.json(
          response, serving ? 200 : 503, Map.of("status", serving ? "ok" : "unavailable"));
    }
  }
}
