package dev.caisson.daemon.runtime;

import dev.caisson.daemon.model.ByteSize;
import dev.caisson.daemon.model.CpuMillis;
import dev.caisson.daemon.model.SandboxId;
import dev.caisson.daemon.model.SandboxLimits;
import dev.caisson.daemon.model.SandboxShape;
import java.util.UUID;

/** Small sandboxes for tests. */
public final class Specs {

  /** The image that set-up built; another worktree's may be the latest. */
  public static final String IMAGE =
      System.getenv().getOrDefault("CAISSON_IMAGE", "caisson/base:latest");

  public static final SandboxLimits LIMITS =
      new SandboxLimits(
          ByteSize.ofMebibytes(64),
          new CpuMillis(1000),
          16,
          64,
          ByteSize.ofMebibytes(4),
          ByteSize.ofMebibytes(8),
          ByteSize.ofMebibytes(6),
          ByteSize.ofMebibytes(2));

  public static final SandboxShape SHAPE = new SandboxShape(IMAGE, LIMITS);

  private Specs() {}

  public static SandboxSpec spec() {
    return new SandboxSpec(newId(), SHAPE);
  }

  public static SandboxId newId() {
    return new SandboxId(UUID.randomUUID().toString().replace("-", ""));
  }
}
