package dev.caisson.client;

/** The two streams that a program writes. */
public enum OutputStreamName {
  STDOUT,
  STDERR
}
