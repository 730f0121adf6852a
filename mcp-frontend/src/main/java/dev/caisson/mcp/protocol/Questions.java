package dev.caisson.mcp.protocol;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What the requests of one connection have asked their client, in the era in which a server may ask
 * while a request runs. Any thread.
 */
final class Questions {

  private final Map<Object, CompletableFuture<Incoming.Response>> open = new ConcurrentHashMap<>();
  private final AtomicLong asked = new AtomicLong();
  private volatile boolean closed;

  /** Asks on the stream of the request, and waits. */
  Map<String, Object> ask(Exchange exchange, String method, Map<String, Object> parameters)
      throws ClientRefusedException, InterruptedException {
    var id = "server-" + asked.incrementAndGet();
    var answer = new CompletableFuture<Incoming.Response>();
    open.put(id, answer);
    try {
      if (closed) {
        throw new ClientRefusedException("the client is gone");
      }
      if (!exchange.say(Json.request(id, method, parameters))) {
        throw new ClientRefusedException("the request is over");
      }
      CompletableFuture.anyOf(answer, exchange.over()).get();
      if (!answer.isDone()) {
        throw new ClientRefusedException("the request is over");
      }
      return result(answer.get());
    } catch (InterruptedException withdrawn) {
      exchange.say(
          Json.notification(
              "notifications/cancelled",
              Map.of("requestId", id, "reason", "the question is withdrawn")));
      throw withdrawn;
    } catch (ExecutionException gone) {
      throw new ClientRefusedException("the client is gone");
    } finally {
      open.remove(id);
    }
  }

  private static Map<String, Object> result(Incoming.Response response)
      throws ClientRefusedException {
    if (response.failure().isPresent()) {
      throw new ClientRefusedException(response.failure().get().message());
    }
    return response.result();
  }

  /** An answer has come; one to nothing is dropped. */
  void answered(Incoming.Response response) {
    var question = open.get(response.id());
    if (question != null) {
      question.complete(response);
    }
  }

  /** No answer comes any more. */
  void close() {
    closed = true;
    open.values()
        .forEach(question ->
            question.completeExceptionally(new IllegalStateException("the client is gone")));
  }
}
