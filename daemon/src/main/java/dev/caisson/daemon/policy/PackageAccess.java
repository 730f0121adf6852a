package dev.caisson.daemon.policy;

import java.net.URI;

/** What a policy has to do with the package index. */
public sealed interface PackageAccess {

  /** No rule names it. */
  record Unused() implements PackageAccess {}

  /** A rule names it, and none is configured; that rule allows nothing. */
  record Unconfigured(RuleRef rule) implements PackageAccess {}

  /** A rule allows it. Code that installs packages is to be told this address. */
  record Reachable(URI index) implements PackageAccess {}
}
