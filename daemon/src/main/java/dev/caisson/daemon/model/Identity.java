package dev.caisson.daemon.model;

/**
 * Who asks. Part of every key that belongs to somebody, so that nothing has to be re-keyed when a
 * daemon serves more than one tenant; until then every caller is {@link #LOCAL}.
 */
public record Identity(String tenant, String principal) {

  /** Everybody who can open the daemon's Unix socket. */
  public static final Identity LOCAL = new Identity("local", "local");

  public Identity {
    if (tenant.isBlank() || principal.isBlank()) {
      throw new IllegalArgumentException("tenant and principal must not be blank");
    }
  }
}
