package dev.caisson.daemon.config;

/** How much the daemon says of itself. */
public enum LogLevel {
  ERROR,
  WARN,
  INFO,
  DEBUG
}
