package dev.caisson.daemon.session;

/** Hears of sessions until it is closed. Closing it again does nothing more. */
public interface SessionWatch extends AutoCloseable {
  @Override
  void close();
}
