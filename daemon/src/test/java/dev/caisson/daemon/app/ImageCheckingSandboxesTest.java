package dev.caisson.daemon.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.Deadline;
import dev.caisson.daemon.model.SandboxShape;
import dev.caisson.daemon.run.Sandboxes;
import dev.caisson.daemon.runtime.Specs;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A sandbox whose image is missing is refused before anybody waits for one. */
class ImageCheckingSandboxesTest {

  private static final Deadline SOON = Deadline.after(Duration.ofSeconds(30));
  private static final SandboxException NONE_THERE =
      new SandboxException(ErrorCode.NO_SANDBOX_AVAILABLE, "asked the pool");

  private final List<SandboxShape> asked = new ArrayList<>();
  private final Sandboxes pool =
      (shape, deadline) -> {
        asked.add(shape);
        throw NONE_THERE;
      };

  @Test
  void thePoolIsNotAskedForASandboxWhoseImageIsMissing() {
    SandboxException missing = new SandboxException(ErrorCode.ENGINE_UNSUITABLE, "no image");
    Sandboxes sandboxes =
        new ImageCheckingSandboxes(
            pool,
            (image, deadline) -> {
              throw missing;
            });

    assertThatThrownBy(() -> sandboxes.lease(Specs.SHAPE, SOON)).isSameAs(missing);
    assertThat(asked).isEmpty();
  }

  @Test
  void thePoolIsAskedWhenTheImageIsThere() {
    List<String> images = new ArrayList<>();
    Sandboxes sandboxes = new ImageCheckingSandboxes(pool, (image, deadline) -> images.add(image));

    assertThatThrownBy(() -> sandboxes.lease(Specs.SHAPE, SOON)).isSameAs(NONE_THERE);
    assertThat(images).containsExactly(Specs.SHAPE.image());
    assertThat(asked).containsExactly(Specs.SHAPE);
  }
}
