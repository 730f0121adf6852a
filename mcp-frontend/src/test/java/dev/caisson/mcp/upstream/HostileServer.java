package dev.caisson.mcp.upstream;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A server over HTTP on raw sockets, one request on each connection, so that a test can answer with
 * whatever bytes it likes. It greets in the older era and lists one tool; the test does the rest.
 */
final class HostileServer implements AutoCloseable {

  private static final String GREETING =
      "{\"protocolVersion\":\"2025-11-25\",\"capabilities\":{\"tools\":{}}}";
  private static final String TOOLS =
      "{\"tools\":[{\"name\":\"t\",\"inputSchema\":{\"type\":\"object\"}}]}";

  private final ServerSocket listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  private final Set<Socket> connections = ConcurrentHashMap.newKeySet();
  private final Behaviour behaviour;
  final List<Request> requests = new CopyOnWriteArrayList<>();

  /** How often the other side has closed a connection before its response was written. */
  final AtomicInteger abandoned = new AtomicInteger();

  /** One request; names of headers in small letters. */
  record Request(String method, String path, Map<String, String> headers, String body) {

    String header(String name) {
      return headers.getOrDefault(name, "");
    }

    RawJson.Members json() {
      return RawJson.members(body);
    }

    String rpc() {
      return body.isEmpty() ? "" : json().text("method").orElse("");
    }

    String id() {
      return json().raw("id").orElse("0");
    }

    String answer(String result) {
      return "{\"jsonrpc\":\"2.0\",\"id\":" + id() + ",\"result\":" + result + "}";
    }
  }

  /** Writes a response. False leaves it to the server to behave well. */
  @FunctionalInterface
  interface Behaviour {
    boolean answer(Request request, OutputStream out) throws IOException, InterruptedException;
  }

  HostileServer(Behaviour behaviour) throws IOException {
    this.behaviour = behaviour;
    Thread.ofVirtual().start(this::accept);
  }

  URI url() {
    return URI.create("http://127.0.0.1:" + listening.getLocalPort() + "/mcp");
  }

  List<Request> of(String method) {
    return requests.stream().filter(r -> r.method().equals(method)).toList();
  }

  List<Request> calls() {
    return requests.stream().filter(r -> r.rpc().equals("tools/call")).toList();
  }

  private void accept() {
    try {
      while (true) {
        var connection = listening.accept();
        connections.add(connection);
        Thread.ofVirtual().start(() -> serve(connection));
      }
    } catch (IOException closed) {
      // The test is over.
    }
  }

  private void serve(Socket connection) {
    try (connection) {
      var request = read(connection.getInputStream());
      requests.add(request);
      var out = connection.getOutputStream();
      if (!behaviour.answer(request, out)) {
        behave(request, out);
      }
    } catch (SocketException gone) {
      abandoned.incrementAndGet();
    } catch (IOException broken) {
      // The other side closed it without a request.
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    } finally {
      connections.remove(connection);
    }
  }

  private static Request read(InputStream in) throws IOException {
    var lines = new ArrayList<String>();
    for (var line = line(in); !line.isEmpty(); line = line(in)) {
      lines.add(line);
    }
    var headers = new LinkedHashMap<String, String>();
    for (var line : lines.subList(1, lines.size())) {
      var colon = line.indexOf(':');
      headers.put(
          line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
    }
    var length = Integer.parseInt(headers.getOrDefault("content-length", "0"));
    var first = lines.getFirst().split(" ", -1);
    return new Request(
        first[0], first[1], headers, new String(in.readNBytes(length), StandardCharsets.UTF_8));
  }

  private static String line(InputStream in) throws IOException {
    var line = new StringBuilder();
    for (var next = in.read(); next != '\n'; next = in.read()) {
      if (next < 0) {
        throw new IOException("no request");
      }
      if (next != '\r') {
        line.append((char) next);
      }
    }
    return line.toString();
  }

  private static void behave(Request request, OutputStream out) throws IOException {
    switch (request.rpc()) {
      case "initialize" -> json(out, request.answer(GREETING));
      case "tools/list" -> json(out, request.answer(TOOLS));
      case "tools/call" -> json(out, request.answer("{\"content\":[]}"));
      case "" -> status(out, "405 Method Not Allowed", "");
      default ->
          status(out, request.body().contains("\"id\"") ? "400 Bad Request" : "202 Accepted", "");
    }
  }

  static void write(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.UTF_8));
    out.flush();
  }

  static void json(OutputStream out, String body, String... headers) throws IOException {
    respond(out, "200 OK", "application/json", body, headers);
  }

  static void status(OutputStream out, String status, String body, String... headers)
      throws IOException {
    respond(out, status, "text/plain", body, headers);
  }

  private static void respond(
      OutputStream out, String status, String type, String body, String... headers)
      throws IOException {
    write(
        out,
        "HTTP/1.1 "
            + status
            + "\r\nContent-Type: "
            + type
            + "\r\nConnection: close\r\nContent-Length: "
            + body.getBytes(StandardCharsets.UTF_8).length
            + "\r\n"
            + String.join("", java.util.Arrays.stream(headers).map(h -> h + "\r\n").toList())
            + "\r\n"
            + body);
  }

  /** The beginning of a stream of events, which ends with the connection. */
  static void events(OutputStream out, String begun) throws IOException {
    write(
        out,
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n" + begun);
  }

  /** Writes this until the other side has enough. */
  static void endless(OutputStream out, String text) throws IOException {
    var chunk = text.repeat(Math.max(1, 16_384 / text.length())).getBytes(StandardCharsets.UTF_8);
    while (true) {
      out.write(chunk);
    }
  }

  @Override
  public void close() throws IOException {
    listening.close();
    for (var connection : connections) {
      connection.close();
    }
  }
}
