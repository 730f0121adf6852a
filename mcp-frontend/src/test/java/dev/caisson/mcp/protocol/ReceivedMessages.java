package dev.caisson.mcp.protocol;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What a client in a test has received and not looked at yet. Any thread may add. */
public final class ReceivedMessages {

  private final BlockingQueue<JsonNode> messages = new LinkedBlockingQueue<>();

  public void add(String json) {
    messages.add(JsonMapper.shared().readTree(json));
  }

  /** The next message, whatever it is. */
  public JsonNode next() {
    try {
      var message = messages.poll(30, TimeUnit.SECONDS);
      if (message == null) {
        throw new AssertionError("the server said nothing for 30 s");
      }
      return message;
    } catch (InterruptedException stop) {
      throw new AssertionError(stop);
    }
  }

  /** The next message, which has to be the answer to this request. */
  public JsonNode next(String id) {
    var message = next();
    if (!message.path("id").asString("").equals(id)) {
      throw new AssertionError("not the answer to " + id + ": " + message);
    }
    return message;
  }

  /** All that there are now. */
  public List<JsonNode> rest() {
    var left = new ArrayList<JsonNode>();
    messages.drainTo(left);
    return left;
  }

  public boolean isEmpty() {
    return messages.isEmpty();
  }
}
