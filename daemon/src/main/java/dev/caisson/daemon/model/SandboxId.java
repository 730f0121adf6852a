package dev.caisson.daemon.model;

import java.util.regex.Pattern;

/** Names one sandbox, chosen by the daemon before the sandbox is created. */
public record SandboxId(String value) {

  private static final Pattern TEXT = Pattern.compile("[a-z0-9]{16,64}");

  public SandboxId {
    if (!isValid(value)) {
      throw new IllegalArgumentException(
          "a sandbox id is 16 to 64 characters of a-z0-9, got '" + value + "'");
    }
  }

  /** Whether this text, found on an engine, can be an id of ours. */
  public static boolean isValid(String value) {
    return TEXT.matcher(value).matches();
  }

  @Override
  public String toString() {
    return value;
  }
}
