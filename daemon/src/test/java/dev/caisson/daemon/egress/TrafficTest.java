package dev.caisson.daemon.egress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.caisson.daemon.model.ByteSize;
import dev.caisson.daemon.model.SharedPace;
import dev.caisson.daemon.policy.NetworkLimits;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class TrafficTest {

  /** On a clock that stands still nothing is ever paid for. */
  private final AtomicInteger runs = new AtomicInteger(1);

  private final Traffic traffic =
      new Traffic(
          new NetworkLimits(
              1, 3, ByteSize.ofMebibytes(1), ByteSize.ofKibibytes(1), Duration.ofSeconds(1)),
          new SharedPace(1, runs::get, () -> 0),
          () -> 0,
          outcome -> {});

  @Test
  void whoIsAheadOfTheRateWaitsUntilTheRunIsOver() throws IOException, InterruptedException {
    traffic.carry(1_024);

    CompletableFuture<Void> carried = new CompletableFuture<>();
    Thread ahead = Thread.ofPlatform().daemon().start(() -> carry(carried));
    await().until(() -> ahead.getState() == Thread.State.TIMED_WAITING);

    traffic.close();
    ahead.join();
    assertThatThrownBy(carried::join).hasMessageContaining("the run is over");
  }

  @Test
  void whoHadItsShareOfConnectionsWaitsUntilTheRunIsOver()
      throws IOException, InterruptedException {
    runs.set(2);
    traffic.awaitPace();

    CompletableFuture<Void> served = new CompletableFuture<>();
    Thread next = Thread.ofPlatform().daemon().start(() -> awaitPace(served));
    await().until(() -> next.getState() == Thread.State.TIMED_WAITING);

    traffic.close();
    next.join();
    assertThatThrownBy(served::join).hasMessageContaining("the run is over");
  }

  private void awaitPace(CompletableFuture<Void> served) {
    try {
      traffic.awaitPace();
      served.complete(null);
    } catch (IOException | InterruptedException e) {
      served.completeExceptionally(e);
    }
  }

  private void carry(CompletableFuture<Void> carried) {
    try {
      traffic.carry(1);
      carried.complete(null);
    } catch (IOException e) {
      carried.completeExceptionally(e);
    }
  }

  @Test
  void aPlaceThatIsGivenBackCanBeTakenAgain() {
    assertThat(traffic.open()).isEmpty();
    assertThat(traffic.open())
        .isEqualTo(Optional.of("more than 1 connections at once (network.connections)"));
    traffic.closed();
    assertThat(traffic.open()).isEmpty();
  }
}
