package dev.caisson.daemon.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class OutputOrderTest {

  private final List<String> delivered = new ArrayList<>();
  private final OutputOrder<String> order = new OutputOrder<>(delivered::add);

  @Test
  void piecesThatComeAfterNothingAreDeliveredAtOnce() {
    order.arrived(Sender.WORKER, 0, "a");
    order.arrived(Sender.SUPERVISOR, 0, "b");

    assertThat(delivered).containsExactly("a", "b");
  }

  @Test
  void aPieceThatOvertookTheOtherSideWaitsForIt() {
    order.arrived(Sender.WORKER, 0, "print 1");
    order.arrived(Sender.WORKER, 1, "print 2");
    assertThat(delivered).containsExactly("print 1");

    order.arrived(Sender.SUPERVISOR, 1, "subprocess");

    assertThat(delivered).containsExactly("print 1", "subprocess", "print 2");
  }

  @Test
  void longChainsAreBroughtInOrder() {
    order.arrived(Sender.SUPERVISOR, 1, "2");
    order.arrived(Sender.SUPERVISOR, 2, "4");
    order.arrived(Sender.SUPERVISOR, 3, "6");
    order.arrived(Sender.WORKER, 0, "1");
    order.arrived(Sender.WORKER, 1, "3");
    order.arrived(Sender.WORKER, 2, "5");

    assertThat(delivered).containsExactly("1", "2", "3", "4", "5", "6");
  }

  @Test
  void piecesThatWaitForEachOtherAreAViolation() {
    order.arrived(Sender.WORKER, 1, "a");

    assertThatThrownBy(() -> order.arrived(Sender.SUPERVISOR, 1, "b"))
        .hasMessage("two pieces of output that each come after the other");
  }

  @Test
  void whatWasHeldBackForALostPieceIsDeliveredAtTheEnd() {
    order.arrived(Sender.WORKER, 3, "late");
    assertThat(delivered).isEmpty();

    order.flush();

    assertThat(delivered).containsExactly("late");
    assertThat(order.received(Sender.WORKER)).isEqualTo(1);
  }
}
