package dev.caisson.mcp.upstream;

import java.util.Optional;

/**
 * Answers what a server asks for in the middle of a request: a form for a person, a completion of a
 * model, the roots.
 */
@FunctionalInterface
interface Inputs {

  /** Nobody is there to be asked. */
  Inputs NOBODY = requests -> Optional.empty();

  /**
   * The answers to these requests, both JSON objects with the same keys; empty when nobody can be
   * asked. May wait for a person; an interrupt ends that.
   */
  Optional<String> answer(String requests) throws InterruptedException;
}
