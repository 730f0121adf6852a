package dev.caisson.mcp.protocol;

import java.time.Duration;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client of a {@link Dispatcher}: what it said when it greeted, and its requests in flight.
 *
 * <p>Threads: any may call {@link #receive}; one that calls it in the order of arrival has the
 * messages taken in that order. Each request runs on a virtual thread of its own, except those that
 * only concern the connection. A cancelled request has its thread interrupted, and nothing is sent
 * for it any more.
 */
public final class Connection {

  private static final Logger log = LoggerFactory.getLogger(Connection.class);

  private static final Duration STOPPING = Duration.ofSeconds(3);

  private final ModernEra modern;
  private final LegacyEra legacy;
  private final Questions questions = new Questions();
  private final RequestsInFlight requests;

  Connection(Offer offer, ModernEra modern, RequestsInFlight requests) {
    this.modern = modern;
    this.legacy = new LegacyEra(offer, questions);
    this.requests = requests;
  }

  /**
   * Takes a message.
   *
   * @param outlet takes its answer, and what else belongs to it
   */
  public void receive(Incoming message, Outlet outlet) {
    switch (message) {
      case Incoming.Blank blank -> {}
      case Incoming.Malformed bad ->
          outlet.send(Json.error(bad.id(), new RequestRefusedException(bad.code(), bad.message())));
      case Incoming.Request request -> request(request, new Exchange(request.id(), outlet));
      case Incoming.Notification notification -> notification(notification);
      case Incoming.Response response -> questions.answered(response);
    }
  }

  private void request(Incoming.Request request, Exchange exchange) {
    var era = ModernEra.claims(request) ? modern : legacy;
    try {
      switch (era.take(request, exchange)) {
        case Era.Taken.Known known ->
            exchange.answer(Json.result(request.id(), era.dressed(known.result(), known.hint())));
        case Era.Taken.Work work ->
            requests.start(exchange, () -> work(request, era, work, exchange));
      }
    } catch (RequestRefusedException refusal) {
      exchange.answer(Json.error(request.id(), refusal));
    }
  }

  private static void work(
      Incoming.Request request, Era era, Era.Taken.Work work, Exchange exchange) {
    try {
      var offered = work.offered();
      var result = offered.handler().answer(new Call(request.parameters(), work.client()));
      exchange.answer(Json.result(request.id(), era.dressed(result, offered.hint())));
    } catch (RequestRefusedException refusal) {
      exchange.answer(Json.error(request.id(), era.dressed(refusal)));
    } catch (InterruptedException cancelled) {
      Thread.currentThread().interrupt();
      exchange.answer(failed(request, "the request was cancelled"));
    } catch (RuntimeException | StackOverflowError bug) {
      log.warn("{} failed", request.method(), bug);
      exchange.answer(failed(request, request.method() + " failed: " + bug));
    }
  }

  private static Map<String, Object> failed(Incoming.Request request, String why) {
    return Json.error(request.id(), new RequestRefusedException(ErrorCodes.INTERNAL_ERROR, why));
  }

  private void notification(Incoming.Notification notification) {
    if (notification.method().equals("notifications/cancelled")) {
      var id = notification.parameters().get("requestId");
      if (id != null) {
        requests.cancel(id);
      }
    } else {
      // That a client has our answer to initialize is implied by whatever it asks next.
      log.debug("notification {} ignored", notification.method());
    }
  }

  /** The client does not read any more: whatever it has asked for is cancelled. */
  public void cancelAll() {
    requests.cancelAll();
  }

  /**
   * Nothing comes any more: questions to the client are over at once, requests have this long to
   * end. Then they are cancelled, and this returns when they have ended or soon after.
   */
  public void finish(Duration drain) {
    questions.close();
    requests.await(drain);
    requests.cancelAll();
    requests.await(STOPPING);
  }
}
