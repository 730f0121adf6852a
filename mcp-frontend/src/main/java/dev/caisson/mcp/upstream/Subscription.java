package dev.caisson.mcp.upstream;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hears of changed tools in the newer era: a request that stays open as long as the connection, and
 * is made again when the server ends it. After too many short ones in a row nothing is heard any
 * more; the tools are read again when they get old all the same. Runs on a thread of its own.
 */
final class Subscription implements Runnable {

  static final String LISTEN = "subscriptions/listen";

  private static final Logger log = LoggerFactory.getLogger(Subscription.class);
  private static final String PARAMETERS = "{\"notifications\":{\"toolsListChanged\":true}}";
  private static final Duration FOREVER = Duration.ofDays(1000);
  private static final int MOST_SHORT = 5;
  private static final long LONG_ENOUGH_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Conversation conversation;
  private final Runnable missed;
  private final FloodGate.Pause pause;

  /** What may have been missed between two requests is told by this. */
  Subscription(Conversation conversation, Runnable missed) {
    this(conversation, missed, TimeUnit.NANOSECONDS::sleep);
  }

  Subscription(Conversation conversation, Runnable missed, FloodGate.Pause pause) {
    this.conversation = conversation;
    this.missed = missed;
    this.pause = pause;
  }

  @Override
  public void run() {
    var brief = 0;
    try {
      while (brief <= MOST_SHORT) {
        var begun = System.nanoTime();
        if (!listen()) {
          return;
        }
        brief = System.nanoTime() - begun > LONG_ENOUGH_NANOS ? 0 : brief + 1;
        pause.nanos(PAUSE_NANOS << brief);
        missed.run();
      }
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    }
  }

  /** False when it is not worth another attempt. */
  private boolean listen() throws InterruptedException {
    try {
      var ended = conversation.request(LISTEN, PARAMETERS, FOREVER);
      log.debug("a subscription was ended: {} characters", ended.length());
      return true;
    } catch (LostConnectionException lost) {
      return !conversation.isLost();
    } catch (RpcErrorException | TimeoutException refused) {
      return false;
    }
  }
}
