package dev.caisson.daemon.channel;

/** Who writes a frame. Each kind of frame has exactly one sender. */
public enum Sender {
  DAEMON,
  WORKER,
  SUPERVISOR
}
