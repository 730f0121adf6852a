package dev.caisson.daemon.app;

import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.slf4j.LoggerFactory;

/**
 * Carries what libraries log through the JDK into the daemon's own log. gRPC does so for every
 * client that goes away: past the log's encoder its lines would be no JSON, and a caller could
 * write as many of them as it likes.
 */
final class LibraryLog extends Handler {

  private final SimpleFormatter formatter = new SimpleFormatter();

  private LibraryLog() {}

  /** From now on there is one log. */
  static void join() {
    Logger root = Logger.getLogger("");
    for (Handler handler : root.getHandlers()) {
      root.removeHandler(handler);
    }
    root.addHandler(new LibraryLog());
  }

  @Override
  public void publish(LogRecord line) {
    org.slf4j.event.Level level =
        line.getLevel().intValue() >= Level.SEVERE.intValue()
            ? org.slf4j.event.Level.ERROR
            : line.getLevel().intValue() >= Level.WARNING.intValue()
                ? org.slf4j.event.Level.WARN
                : org.slf4j.event.Level.INFO;
    LoggerFactory.getLogger(line.getLoggerName() == null ? "jdk" : line.getLoggerName())
        .atLevel(level)
        .setCause(line.getThrown())
        .log("{}", formatter.formatMessage(line));
  }

  @Override
  public void flush() {}

  @Override
  public void close() {}
}
