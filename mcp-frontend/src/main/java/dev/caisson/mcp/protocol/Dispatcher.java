package dev.caisson.mcp.protocol;

import java.util.List;
import java.util.concurrent.Semaphore;

/**
 * An MCP server without a transport: it takes messages and answers them, in the era that each
 * request is of. Serves many connections at once. Any thread.
 */
public final class Dispatcher {

  /** Enough for a client that sends hundreds at once, and few enough to remember. */
  public static final int REQUESTS_AT_ONCE = 1_000;

  private final Offer offer;
  private final ModernEra modern;
  private final int most;
  private final Semaphore places;

  public Dispatcher(ServerIdentity identity, List<Feature> features) {
    this(identity, features, REQUESTS_AT_ONCE);
  }

  /**
   * @param most requests that are worked on at once, of all clients together; further ones are
   *     refused
   */
  public Dispatcher(ServerIdentity identity, List<Feature> features, int most) {
    this.offer = new Offer(identity, features);
    this.modern = new ModernEra(offer);
    this.most = most;
    this.places = new Semaphore(most);
  }

  /** A new client. */
  public Connection connect() {
    return new Connection(offer, modern, new RequestsInFlight(places, most));
  }
}
