package dev.caisson.mcp.protocol;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** A client of a dispatcher in this process, without a transport. */
final class TestClient {

  private final Connection connection;
  private final ReceivedMessages messages = new ReceivedMessages();

  TestClient(Feature... features) {
    this(new Dispatcher(new ServerIdentity("test", "7", "be kind"), List.of(features)));
  }

  TestClient(Dispatcher dispatcher) {
    connection = dispatcher.connect();
  }

  /** Greets as a client of the older era with these capabilities, a JSON object. */
  TestClient greeted(String capabilities) {
    send(
        """
        {"jsonrpc":"2.0","id":"hello","method":"initialize","params":{"protocolVersion":\
        "2025-06-18","capabilities":%s,"clientInfo":{"name":"c","version":"1"}}}\
        """
            .formatted(capabilities));
    next("hello");
    return this;
  }

  TestClient greeted() {
    return greeted("{}");
  }

  void send(String json) {
    connection.receive(IncomingMessages.parse(json), message -> messages.add(Json.text(message)));
  }

  /** Sends a request; its parameters are a JSON object. */
  void request(String id, String method, String parameters) {
    send(
        "{\"jsonrpc\":\"2.0\",\"id\":%s,\"method\":\"%s\",\"params\":%s}"
            .formatted(id, method, parameters));
  }

  /** The answer to a request of the older era. */
  JsonNode ask(String method, String parameters) {
    request("\"ask\"", method, parameters);
    return next("ask");
  }

  /** Parameters of revision 2026-07-28: these, with what every request has to carry and more. */
  static String modern(String parameters, Map<String, Object> moreMeta) {
    var meta = JsonMapper.shared().createObjectNode();
    meta.put("io.modelcontextprotocol/protocolVersion", "2026-07-28");
    meta.putObject("io.modelcontextprotocol/clientCapabilities").putObject("elicitation");
    moreMeta.forEach(meta::putPOJO);
    var all = (ObjectNode) JsonMapper.shared().readTree(parameters);
    all.set("_meta", meta);
    return JsonMapper.shared().writeValueAsString(all);
  }

  /** The answer to a request of revision 2026-07-28. */
  JsonNode askModern(String method, String parameters) {
    return ask(method, modern(parameters, Map.of()));
  }

  /** The next message, whatever it is. */
  JsonNode next() {
    return messages.next();
  }

  /** The next message, which has to be the answer to this request. */
  JsonNode next(String id) {
    return messages.next(id);
  }

  boolean hasNoMore() {
    return messages.isEmpty();
  }

  void finish(Duration drain) {
    connection.finish(drain);
  }
}
