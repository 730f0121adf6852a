package dev.caisson.daemon.channel;

import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Brings the output of worker and supervisor, which overtake each other on the way, back into the
 * order in which it was written. Each piece says how many pieces of the other side come before it.
 *
 * <p>Pure, one caller at a time. What is held back is bounded by the lanes' windows. Honest pieces
 * never wait for each other in a circle; a circle is a violation.
 */
final class OutputOrder<T> {

  private record Held<T>(long after, T piece) {}

  private final Map<Sender, ArrayDeque<Held<T>>> held = new EnumMap<>(Sender.class);
  private final Map<Sender, Long> received = new EnumMap<>(Sender.class);
  private final Map<Sender, Long> delivered = new EnumMap<>(Sender.class);
  private final Consumer<T> output;

  OutputOrder(Consumer<T> output) {
    this.output = output;
    for (Sender sender : new Sender[] {Sender.WORKER, Sender.SUPERVISOR}) {
      held.put(sender, new ArrayDeque<>());
      received.put(sender, 0L);
      delivered.put(sender, 0L);
    }
  }

  /** A piece arrived that comes after {@code after} pieces of the other side. */
  void arrived(Sender sender, long after, T piece) {
    received.merge(sender, 1L, Long::sum);
    queue(sender).add(new Held<>(after, piece));
    deliver();
    if (!queue(Sender.WORKER).isEmpty() && !queue(Sender.SUPERVISOR).isEmpty()) {
      throw Violation.of("two pieces of output that each come after the other");
    }
  }

  /** How many pieces of this sender have arrived. */
  long received(Sender sender) {
    return count(received, sender);
  }

  /** Delivers what is still held back, in no promised order: its predecessors were lost. */
  void flush() {
    held.values()
        .forEach(queue -> {
          queue.forEach(piece -> output.accept(piece.piece()));
          queue.clear();
        });
  }

  private void deliver() {
    boolean moved;
    do {
      moved = deliverFrom(Sender.WORKER, Sender.SUPERVISOR);
      moved |= deliverFrom(Sender.SUPERVISOR, Sender.WORKER);
    } while (moved);
  }

  private boolean deliverFrom(Sender sender, Sender other) {
    ArrayDeque<Held<T>> queue = queue(sender);
    boolean moved = false;
    while (!queue.isEmpty() && queue.peek().after() <= count(delivered, other)) {
      output.accept(queue.remove().piece());
      delivered.merge(sender, 1L, Long::sum);
      moved = true;
    }
    return moved;
  }

  private ArrayDeque<Held<T>> queue(Sender sender) {
    return held.computeIfAbsent(sender, s -> new ArrayDeque<>());
  }

  private static long count(Map<Sender, Long> counts, Sender sender) {
    return counts.getOrDefault(sender, 0L);
  }
}
