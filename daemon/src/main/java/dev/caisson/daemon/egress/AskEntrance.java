package dev.caisson.daemon.egress;

import dev.caisson.daemon.channel.Json;
import dev.caisson.daemon.egress.Dialer.Dialed;
import dev.caisson.daemon.policy.Decision;
import dev.caisson.daemon.policy.HostName;
import dev.caisson.daemon.policy.NetworkRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Answers the shim in a sandbox: one line of JSON with a question, one with the answer. The answers
 * help honest clients to good errors; they are no boundary, since what is not allowed is not
 * carried, whoever asks or does not ask before.
 *
 * <p>{@code resolve}: the address that stands for a name in this run. {@code connect}: announces a
 * connection from a source port; with {@code wait} the answer comes when it is connected.
 */
final class AskEntrance {

  private static final int LONGEST = 2_048;

  private AskEntrance() {}

  static void serve(Visit visit) throws IOException, InterruptedException {
    ObjectNode answer = Json.object();
    Optional<String> tooMany = visit.gate().traffic().asked();
    if (tooMany.isPresent()) {
      answer.put("denied", tooMany.get());
    } else {
      ObjectNode question = question(visit.input());
      switch (text(question, "ask")) {
        case "resolve" -> resolve(visit, question, answer);
        case "connect" -> connect(visit, question, answer);
        default -> answer.put("denied", "a question that the gate does not know");
      }
    }
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    line.writeBytes(Json.bytes(answer));
    line.write('\n');
    visit.say(line.toByteArray());
  }

  private static void resolve(Visit visit, ObjectNode question, ObjectNode answer) {
    String host = text(question, "host");
    Optional<HostName> name = HostName.of(host);
    boolean known = name.isPresent() && visit.gate().knows(name.get());
    int port = number(question, "port");
    if (!known || port > 0) {
      NetworkRequest request = new NetworkRequest.Opening(host, port > 0 ? port : 443);
      if (visit.decide(request) instanceof Decision.Denied denied) {
        answer.put("denied", denied.message());
        return;
      }
    }
    visit
        .gate()
        .hosts()
        .addressOf(name.orElseThrow().text())
        .ifPresentOrElse(
            address -> answer.put("address", address),
            () -> answer.put("denied", "more hosts than one run may ask for"));
  }

  private static void connect(Visit visit, ObjectNode question, ObjectNode answer)
      throws InterruptedException {
    String host = visit.gate().hosts().nameOf(text(question, "host"));
    int port = number(question, "port");
    NetworkRequest.Opening request = new NetworkRequest.Opening(host, port);
    if (visit.decide(request) instanceof Decision.Denied denied) {
      answer.put("denied", denied.message());
      return;
    }
    int source = number(question, "source");
    if (question.path("wait").asBoolean(false)) {
      connectNow(visit, request, source, answer);
      return;
    }
    visit.gate().hosts().announce(source, request, Optional.empty());
    answer.put("allowed", true);
  }

  /** Takes one of the run's places at once, since what comes of it is a connection. */
  private static void connectNow(
      Visit visit, NetworkRequest.Opening request, int source, ObjectNode answer)
      throws InterruptedException {
    Traffic traffic = visit.gate().traffic();
    Optional<String> none = traffic.open();
    if (none.isPresent()) {
      visit.gate().log().refused(request.host(), request.port(), none.get());
      answer.put("denied", none.get());
      return;
    }
    boolean kept = false;
    try {
      switch (visit.gate().dialer().dial(request.host(), request.port(), visit::owns)) {
        case Dialed.Connected(var socket, var ignored) -> {
          if (visit.letsGo()) {
            visit.gate().hosts().announce(source, request, Optional.of(socket));
            kept = true;
            answer.put("allowed", true);
          }
        }
        case Dialed.Refused(String reason) -> {
          visit.gate().log().refused(request.host(), request.port(), reason);
          answer.put("denied", reason);
        }
        case Dialed.Failed failed -> {
          answer.put("failed", failed.failure().name().toLowerCase(Locale.ROOT));
          answer.put("message", failed.message());
        }
      }
    } finally {
      if (!kept) {
        traffic.closed();
      }
    }
  }

  /** One line; what cannot be read is an empty question. */
  private static ObjectNode question(InputStream input) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    int next = input.read();
    while (next >= 0 && next != '\n' && line.size() < LONGEST) {
      line.write(next);
      next = input.read();
    }
    byte[] bytes = line.toByteArray();
    try {
      return Json.read(bytes, 0, bytes.length) instanceof ObjectNode object
          ? object
          : Json.object();
    } catch (JacksonException e) {
      return Json.object();
    }
  }

  private static String text(ObjectNode question, String field) {
    JsonNode value = question.get(field);
    return value != null && value.isString() ? value.stringValue() : "";
  }

  private static int number(ObjectNode question, String field) {
    JsonNode value = question.get(field);
    return value != null && value.isInt() && value.intValue() > 0 && value.intValue() < 65_536
        ? value.intValue()
        : 0;
  }
}
