package dev.caisson.mcp.upstream;

import io.modelcontextprotocol.spec.McpSchema;
import java.time.Duration;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A request that the server may answer by asking for something first; it is made again with what
 * was asked for, until there is a result. Only in the newer era: in the older one a server sends a
 * request of its own.
 */
final class RoundTrips {

  private static final int MOST = 10;
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final Conversation conversation;
  private final Inputs inputs;
  private final FloodGate.Pause pause;

  RoundTrips(Conversation conversation, Inputs inputs) {
    this(conversation, inputs, TimeUnit.NANOSECONDS::sleep);
  }

  RoundTrips(Conversation conversation, Inputs inputs, FloodGate.Pause pause) {
    this.conversation = conversation;
    this.inputs = inputs;
    this.pause = pause;
  }

  /** As {@link Conversation#ask}; the parameters have at least one member. */
  Conversation.Answer ask(String method, String parameters, Duration timeout)
      throws LostConnectionException, RpcErrorException, TimeoutException, InterruptedException {
    var deadline = System.nanoTime() + timeout.toNanos();
    var addition = "";
    for (var round = 0; round < MOST; round++) {
      var left = Duration.ofNanos(Math.max(deadline - System.nanoTime(), 1));
      var with = parameters.substring(0, parameters.length() - 1) + addition + "}";
      var answer = conversation.ask(method, with, left);
      if (!conversation.revision().isModern()) {
        return answer;
      }
      var result = RawJson.members(answer.result());
      var type = result.has("resultType") ? result.text("resultType").orElse("") : "complete";
      if (type.equals("complete")) {
        return answer;
      }
      answer.lease().close();
      if (!type.equals("input_required")) {
        throw error("the answer has a result type that is not known");
      }
      addition = addition(result, round);
    }
    throw error("it asked for more input " + MOST + " times");
  }

  private String addition(RawJson.Members result, int round)
      throws RpcErrorException, InterruptedException {
    var addition = new StringBuilder();
    var requests = result.raw("inputRequests");
    if (requests.isPresent()) {
      var answers = inputs.answer(requests.get());
      if (answers.isEmpty()) {
        throw error(
            "it asks for "
                + kinds(requests.get())
                + " before it goes on, and nobody can be asked here; if its arguments can say the"
                + " same, pass them");
      }
      addition.append(",\"inputResponses\":").append(answers.get());
    } else {
      pause.nanos(PAUSE_NANOS << round);
    }
    result.raw("requestState").ifPresent(state -> addition.append(",\"requestState\":" + state));
    return addition.toString();
  }

  /** What it asks for, without its words. */
  private static String kinds(String requests) {
    var kinds = new TreeSet<String>();
    for (var request : RawJson.values(requests)) {
      kinds.add(
          switch (RawJson.members(request).text("method").orElse("")) {
            case "elicitation/create" -> "an answer of a person (elicitation)";
            case "sampling/createMessage" -> "a completion of a model (sampling)";
            case "roots/list" -> "the client's folders (roots)";
            default -> "something unknown";
          });
    }
    return kinds.isEmpty() ? "something" : String.join(" and ", kinds);
  }

  private static RpcErrorException error(String text) {
    return new RpcErrorException(McpSchema.ErrorCodes.INTERNAL_ERROR, text);
  }
}
