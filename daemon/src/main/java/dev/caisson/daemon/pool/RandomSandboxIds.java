package dev.caisson.daemon.pool;

import dev.caisson.daemon.model.SandboxId;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.function.Supplier;

/** Ids of 128 random bits. */
public final class RandomSandboxIds implements Supplier<SandboxId> {

  private final SecureRandom random = new SecureRandom();

  @Override
  public SandboxId get() {
    byte[] bits = new byte[16];
    random.nextBytes(bits);
    return new SandboxId(HexFormat.of().formatHex(bits));
  }
}
