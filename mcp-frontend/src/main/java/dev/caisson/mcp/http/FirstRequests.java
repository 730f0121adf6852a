package dev.caisson.mcp.http;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.server.Connector;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Closes connections that do not get to a request in time: one byte now and then would keep them
 * from being idle, and the place of a client from being free.
 */
final class FirstRequests implements Connection.Listener {

  private static final Logger log = LoggerFactory.getLogger(FirstRequests.class);

  private final Connector connector;
  private final Duration patience;

  FirstRequests(Connector connector, Duration patience) {
    this.connector = connector;
    this.patience = patience;
  }

  @Override
  public void onOpened(Connection connection) {
    var ignored =
        connector
            .getScheduler()
            .schedule(() -> closeUnused(connection), patience.toMillis(), TimeUnit.MILLISECONDS);
  }

  private static void closeUnused(Connection connection) {
    if (connection.getMessagesIn() == 0) {
      log.debug("a connection is closed: it did not get to a request");
      connection.getEndPoint().close();
    }
  }
}
