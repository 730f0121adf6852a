package dev.caisson.daemon.app;

import dev.caisson.daemon.model.Deadline;
import dev.caisson.daemon.model.SandboxShape;
import dev.caisson.daemon.run.Sandboxes;

/**
 * Decorator for Sandboxes that refuses at once where the engine lacks the image. The pool would go
 * on trying until the deadline, and say only then why.
 */
record ImageCheckingSandboxes(Sandboxes sandboxes, Images images) implements Sandboxes {

  /** Which images the engine has. */
  @FunctionalInterface
  interface Images {

    /**
     * Asks the engine unless it has had the image before.
     *
     * @throws dev.caisson.daemon.error.SandboxException {@code ENGINE_UNSUITABLE} when it has not
     */
    void require(String image, Deadline deadline);
  }

  @Override
  public Leased lease(SandboxShape shape, Deadline deadline) throws InterruptedException {
    images.require(shape.image(), deadline);
    return sandboxes.lease(shape, deadline);
  }
}
