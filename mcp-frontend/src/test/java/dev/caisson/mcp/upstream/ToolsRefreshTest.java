package dev.caisson.mcp.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class ToolsRefreshTest {

  private final AtomicInteger begun = new AtomicInteger();
  private final AtomicInteger atOnce = new AtomicInteger();
  private final AtomicInteger mostAtOnce = new AtomicInteger();
  private final Semaphore mayEnd = new Semaphore(0);
  private final AtomicInteger pauses = new AtomicInteger();
  private final ToolsRefresh refresh =
      new ToolsRefresh("a", this::listing, nanos -> pauses.incrementAndGet());

  private void listing() {
    begun.incrementAndGet();
    mostAtOnce.accumulateAndGet(atOnce.incrementAndGet(), Math::max);
    mayEnd.acquireUninterruptibly();
    atOnce.decrementAndGet();
  }

  @Test
  void what_is_said_during_a_listing_is_one_more_after_it() {
    refresh.changed();
    await().until(() -> begun.get() == 1);
    for (var i = 0; i < 100; i++) {
      refresh.changed();
    }
    mayEnd.release();
    await().until(() -> begun.get() == 2);
    assertThat(pauses).hasValue(1);
    mayEnd.release();
    await().until(() -> pauses.get() == 2);

    assertThat(begun).hasValue(2);
    assertThat(mostAtOnce).hasValue(1);
  }

  @Test
  void a_change_after_all_listings_is_listed_too() {
    mayEnd.release(2);
    refresh.changed();
    await().until(() -> pauses.get() == 1);
    refresh.changed();
    await().until(() -> pauses.get() == 2);

    assertThat(begun).hasValue(2);
  }

  @Test
  void a_listing_that_fails_is_not_the_last() {
    var failing = new AtomicInteger();
    var broken =
        new ToolsRefresh(
            "a",
            () -> {
              failing.incrementAndGet();
              throw new IllegalStateException("a bug");
            },
            nanos -> {});
    broken.changed();
    await().until(() -> failing.get() == 1);
    await()
        .until(() -> {
          broken.changed();
          return failing.get() > 1;
        });
  }
}
