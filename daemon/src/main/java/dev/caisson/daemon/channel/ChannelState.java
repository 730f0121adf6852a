package dev.caisson.daemon.channel;

/** The daemon's view of one agent. The moves between states are in {@link TurnTable}. */
public enum ChannelState {
  /** We said hello and heard nothing. */
  GREETING,
  /** Greeted; the worker is being warmed. */
  PREPARING,
  /** Warm, no run. */
  IDLE,
  /** A run was sent. */
  RUNNING,
  /** The worker said that the code has ended; its supervisor may still have output. */
  ENDED,
  /** The supervisor has nothing more; the worker's word is still on its way. */
  DRAINED,
  /** The worker is gone; what it and its children wrote may still be on its way. */
  EXITED,
  /** The run is over. */
  SETTLED,
  /** We asked for a fresh worker, which is being warmed. */
  RESETTING
}
