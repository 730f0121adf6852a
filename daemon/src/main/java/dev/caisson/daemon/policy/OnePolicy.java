package dev.caisson.daemon.policy;

import java.util.Optional;

/** The same policy by every name: for runs of the daemon's own, which no file may change. */
public record OnePolicy(Policy policy) implements PolicySource {

  @Override
  public Policy find(String name) {
    return policy;
  }

  @Override
  public Optional<Policy> lookUp(String name) {
    return Optional.of(policy);
  }
}
