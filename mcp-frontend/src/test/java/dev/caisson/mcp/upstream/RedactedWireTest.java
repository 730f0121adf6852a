package dev.caisson.mcp.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caisson.mcp.upstream.LostConnectionException.Delivery;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class RedactedWireTest {

  private final List<String> heard = new ArrayList<>();

  private RedactedWire wire(Wire wire) {
    return new RedactedWire(wire, new Redaction(List.of("sesame-open")));
  }

  @Test
  void why_something_was_lost_is_told_without_secrets() throws LostConnectionException {
    wire(new TellingWire() {
          @Override
          public void open(Receiver receiver) {
            receiver.failed(
                "7", new LostConnectionException("sesame-open!", Delivery.NOT_DELIVERED));
            receiver.lost("cut in the middle of sesame-op");
          }
        })
        .open(new Ear());

    assertThat(heard).containsExactly("7 ***! NOT_DELIVERED", "cut in the middle of ***");
  }

  @Test
  void what_is_thrown_tells_no_secrets_either() {
    var refusing =
        wire(
            new TellingWire() {
              @Override
              public void open(Receiver receiver) {
                throw new IllegalArgumentException("header sesame-open");
              }

              @Override
              public void send(Message message) throws LostConnectionException {
                throw new LostConnectionException("not sesame-open", Delivery.NO_ROOM);
              }
            });

    assertThatThrownBy(() -> refusing.open(new Ear()))
        .isInstanceOf(LostConnectionException.class)
        .hasMessage("java.lang.IllegalArgumentException: header ***")
        .hasNoCause();
    assertThatThrownBy(() -> refusing.send(new Message.Notification("m", "{}")))
        .isInstanceOfSatisfying(
            LostConnectionException.class,
            lost -> {
              assertThat(lost.reason()).isEqualTo("not ***");
              assertThat(lost.delivery()).isEqualTo(Delivery.NO_ROOM);
            });
  }

  @Test
  void a_very_long_reason_is_cut() throws LostConnectionException {
    wire(new TellingWire() {
          @Override
          public void open(Receiver receiver) {
            receiver.lost("x".repeat(100_000));
          }
        })
        .open(new Ear());

    assertThat(heard).containsExactly("x".repeat(16 * 1024) + "…");
  }

  private final class Ear implements Wire.Receiver {
    @Override
    public void received(Message message, ByteBudget.Lease lease) {}

    @Override
    public void failed(String requestId, LostConnectionException why) {
      heard.add(requestId + " " + why.reason() + " " + why.delivery());
    }

    @Override
    public void lost(String reason) {
      heard.add(reason);
    }
  }

  private abstract static class TellingWire implements Wire {
    @Override
    public void open(Receiver receiver) {}

    @Override
    public void send(Message message) throws LostConnectionException {}

    @Override
    public void close() {}
  }
}
