package dev.caisson.daemon.model;

/** Names one sandbox, chosen by the daemon before the sandbox is created. */
public record SandboxId(String value) {

  public SandboxId {
    if (!value.matches("[a-z0-9]{16,64}")) {
      throw new IllegalArgumentException(
          "a sandbox id is 16 to 64 characters of a-z0-9, got '" + value + "'");
    }
  }

  @Override
  public String toString() {
    return value;
  }
}
