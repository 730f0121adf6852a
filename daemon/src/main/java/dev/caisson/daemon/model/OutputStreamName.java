package dev.caisson.daemon.model;

/** Which of a program's two output streams. */
public enum OutputStreamName {
  STDOUT,
  STDERR
}
