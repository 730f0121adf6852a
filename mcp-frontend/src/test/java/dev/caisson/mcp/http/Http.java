package dev.caisson.mcp.http;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A client of HTTP: headers that go with every request, and answers whole or as they come. */
final class Http implements AutoCloseable {

  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private final URI uri;
  private final Map<String, String> headers = new LinkedHashMap<>();

  Http(URI uri) {
    this.uri = uri;
    headers.put("Content-Type", "application/json");
    headers.put("Accept", "application/json, text/event-stream");
  }

  /** With another value of this header from now on; the empty text leaves it out. */
  Http with(String header, String value) {
    headers.put(header, value);
    return this;
  }

  /** Greets, and stays in the session. */
  Http greeted(String version) {
    var answer =
        post(
            """
            {"jsonrpc":"2.0","id":"hello","method":"initialize","params":{"protocolVersion":"%s",\
            "capabilities":{"elicitation":{}},"clientInfo":{"name":"c","version":"1"}}}\
            """
                .formatted(version));
    if (answer.status() != 200) {
      throw new AssertionError(answer);
    }
    return with("Mcp-Session-Id", answer.header("Mcp-Session-Id"))
        .with("MCP-Protocol-Version", version);
  }

  /** An answer that has come whole. */
  record Answer(int status, Map<String, List<String>> headers, String text) {

    String header(String name) {
      return headers.entrySet().stream()
          .filter(header -> header.getKey().equalsIgnoreCase(name))
          .map(header -> String.join(",", header.getValue()))
          .findFirst()
          .orElse("");
    }

    JsonNode json() {
      return JsonMapper.shared().readTree(text);
    }

    int error() {
      return json().path("error").path("code").asInt(0);
    }
  }

  Answer post(String body) {
    return whole(request().POST(BodyPublishers.ofString(body)));
  }

  Answer get() {
    return whole(request().GET());
  }

  Answer send(String method) {
    return whole(request().method(method, BodyPublishers.noBody()));
  }

  private Answer whole(HttpRequest.Builder request) {
    try {
      var answer = client.send(request.build(), BodyHandlers.ofString());
      return new Answer(answer.statusCode(), answer.headers().map(), answer.body());
    } catch (IOException | InterruptedException problem) {
      throw new AssertionError(problem);
    }
  }

  /** The answer as it comes. */
  Events postForEvents(String body) {
    return new Events(begun(request().POST(BodyPublishers.ofString(body))));
  }

  Events getEvents() {
    return new Events(begun(request().GET()));
  }

  private HttpResponse<InputStream> begun(HttpRequest.Builder request) {
    try {
      return client.send(request.build(), BodyHandlers.ofInputStream());
    } catch (IOException | InterruptedException problem) {
      throw new AssertionError(problem);
    }
  }

  private HttpRequest.Builder request() {
    var request = HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(30));
    headers.forEach((name, value) -> {
      if (!value.isEmpty()) {
        request.setHeader(name, value);
      }
    });
    return request;
  }

  /** An event; the data of one without a message are empty. */
  record Sent(String id, String data) {
    JsonNode json() {
      return JsonMapper.shared().readTree(data);
    }
  }

  /** A stream of events. Closing it breaks the connection off. */
  static final class Events implements AutoCloseable {
    private final HttpResponse<InputStream> response;
    private final BufferedReader lines;

    Events(HttpResponse<InputStream> response) {
      this.response = response;
      this.lines =
          new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8));
    }

    String type() {
      return response.headers().firstValue("Content-Type").orElse("");
    }

    /** The next one. */
    Sent next() {
      var id = "";
      String data = null;
      try {
        for (var line = lines.readLine(); line != null; line = lines.readLine()) {
          if (line.startsWith("id: ")) {
            id = line.substring(4);
          } else if (line.startsWith("data: ")) {
            data = line.substring(6);
          } else if (line.isEmpty() && data != null) {
            return new Sent(id, data);
          }
        }
      } catch (IOException problem) {
        throw new UncheckedIOException(problem);
      }
      throw new AssertionError("the stream is over");
    }

    /** All up to the end. */
    List<Sent> rest() {
      var all = new ArrayList<Sent>();
      try {
        while (true) {
          all.add(next());
        }
      } catch (AssertionError over) {
        return all;
      }
    }

    @Override
    public void close() {
      try {
        response.body().close();
      } catch (IOException problem) {
        throw new UncheckedIOException(problem);
      }
    }
  }

  static String call(Object id, String tool) {
    return """
    {"jsonrpc":"2.0","id":%s,"method":"tools/call","params":{"name":"%s","arguments":{},\
    "_meta":{"progressToken":"p"}}}\
    """
        .formatted(id, tool);
  }

  /** What the tool of an answer said. */
  static String said(JsonNode answer) {
    return answer.path("result").path("content").path(0).path("text").asString("");
  }

  @Override
  public void close() {
    client.shutdownNow();
  }
}
