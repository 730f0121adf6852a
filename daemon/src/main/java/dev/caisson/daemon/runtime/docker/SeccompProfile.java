package dev.caisson.daemon.runtime.docker;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * The seccomp profile of every sandbox, enforced by gVisor because its runtime is registered with
 * {@code --oci-seccomp}.
 *
 * <p>It allows by default and denies what a sandbox has no use for. Docker's own profile cannot be
 * used: gVisor turns each of its error actions into EPERM, and the C library falls back from {@code
 * clone3} only on ENOSYS, so no thread could start. For the same reason {@code clone3} stays
 * allowed here and is closed by the agent's own filter, which honours error numbers.
 */
final class SeccompProfile {

  private static final String RESOURCE = "seccomp.json";

  private SeccompProfile() {}

  /** The profile as the engine takes it: JSON text. */
  static String json() {
    try (InputStream in = SeccompProfile.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IllegalStateException(RESOURCE + " is missing from the daemon's own jar");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).replaceAll("\\s*\\n\\s*", "");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
