package dev.caisson.daemon.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.Deadline;
import dev.caisson.daemon.runtime.FakeEngine;
import dev.caisson.daemon.runtime.FakeSandboxRuntime;
import dev.caisson.daemon.runtime.FaultySandboxRuntime;
import dev.caisson.daemon.runtime.RunningSandbox;
import dev.caisson.daemon.runtime.Specs;
import java.time.Duration;
import org.junit.jupiter.api.Test;

final class SandboxReaperTest {

  private final FakeEngine engine = new FakeEngine();
  private final FakeSandboxRuntime earlier = runtime("us", "first");
  private final FakeSandboxRuntime current = runtime("us", "second");
  private final FakeSandboxRuntime stranger = runtime("them", "first");

  @Test
  void whatAnEarlierStartLeftGoesAndTheRestStays() {
    create(earlier);
    create(earlier);
    RunningSandbox own = create(current);
    RunningSandbox foreign = create(stranger);
    assertThat(new SandboxReaper(current).reapEarlier("second", soon())).isEqualTo(2);
    assertThat(engine.sandboxes())
        .extracting(RunningSandbox::id)
        .containsExactlyInAnyOrder(own.id(), foreign.id());
  }

  @Test
  void inTheEndEverythingOfOursGoes() {
    create(earlier);
    create(current);
    RunningSandbox foreign = create(stranger);
    assertThat(new SandboxReaper(current).reapAll(soon())).isEqualTo(2);
    assertThat(engine.sandboxes()).extracting(RunningSandbox::id).containsExactly(foreign.id());
  }

  @Test
  void oneThatCannotBeDestroyedKeepsNoneOfTheOthers() {
    create(current);
    create(current);
    create(current);
    SandboxReaper reaper =
        new SandboxReaper(new FaultySandboxRuntime(current, "", "1*error(ENGINE_TIMED_OUT)"));
    assertThatThrownBy(() -> reaper.reapAll(soon()))
        .isInstanceOf(SandboxException.class)
        .hasMessage("a scripted destruction fault");
    assertThat(engine.sandboxes()).hasSize(1);
  }

  private FakeSandboxRuntime runtime(String owner, String generation) {
    return new FakeSandboxRuntime(
        engine, owner, generation, spec -> streams -> streams.input().read());
  }

  private static RunningSandbox create(FakeSandboxRuntime runtime) {
    return runtime.create(Specs.spec(), soon());
  }

  private static Deadline soon() {
    return Deadline.after(Duration.ofSeconds(20));
  }
}
