package dev.caisson.daemon.policy;

import dev.caisson.daemon.error.SandboxException;
import java.util.Collection;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The policies that are in force, and their exchange for others as a whole: either every file is
 * good and all hold at once, or nothing changes and it is known why. A run that has begun keeps the
 * policy that it began with; the network gate alone asks again, and lets through what both allow.
 *
 * <p>Threads: any may ask. {@link #reload} is for one thread at a time, the {@link PolicyWatch}'s.
 */
public final class LivePolicies implements PolicySource {

  private static final Logger LOG = LoggerFactory.getLogger(LivePolicies.class);

  private final Supplier<PolicyStore> reader;
  private final Consumer<PolicyStore> preparation;
  private volatile State state;

  /**
   * What is in force.
   *
   * @param generation 1 for the policies of the start, one more with each exchange
   * @param refusal why the files as they are now are not in force; empty when they are
   */
  public record State(PolicyStore store, long generation, Optional<String> refusal) {}

  /**
   * @param first what is in force at the start
   * @param reader reads the files again; throws what is wrong with them
   * @param preparation makes ready for policies before they are in force, with pools for example;
   *     throws when that is not possible, and then they never are
   */
  public LivePolicies(
      PolicyStore first, Supplier<PolicyStore> reader, Consumer<PolicyStore> preparation) {
    this.reader = reader;
    this.preparation = preparation;
    this.state = new State(first, 1, Optional.empty());
  }

  public State state() {
    return state;
  }

  /** The policies by name, in the order of their names. */
  public Collection<Policy> all() {
    return state.store().all();
  }

  @Override
  public Policy find(String name) {
    return state.store().find(name);
  }

  @Override
  public Optional<Policy> lookUp(String name) {
    return state.store().lookUp(name);
  }

  /** Reads the files again and puts them in force when all of them are good. */
  void reload() {
    State before = state;
    PolicyStore next;
    try {
      next = reader.get();
      if (!next.equals(before.store())) {
        preparation.accept(next);
      }
    } catch (SandboxException e) {
      refuse(before, String.valueOf(e.getMessage()));
      return;
    } catch (RuntimeException e) {
      // Whatever it is, it must not end the watch: the next change may mend it.
      LOG.error("reading the policies again failed", e);
      refuse(before, "an error of the daemon: " + e);
      return;
    }
    if (next.equals(before.store())) {
      state = new State(before.store(), before.generation(), Optional.empty());
      LOG.debug("policies read again, nothing changed");
      return;
    }
    state = new State(next, before.generation() + 1, Optional.empty());
    LOG.info(
        "policies changed, generation {}: {}",
        before.generation() + 1,
        changes(before.store(), next));
  }

  private void refuse(State before, String why) {
    state = new State(before.store(), before.generation(), Optional.of(why));
    LOG.warn("the policies in force stay, because {}", why);
  }

  private static String changes(PolicyStore before, PolicyStore after) {
    TreeSet<String> names = new TreeSet<>(before.names());
    names.addAll(after.names());
    return names.stream()
        .filter(name -> !before.lookUp(name).equals(after.lookUp(name)))
        .map(name -> change(name, before, after))
        .collect(Collectors.joining(", "));
  }

  private static String change(String name, PolicyStore before, PolicyStore after) {
    if (before.lookUp(name).isEmpty()) {
      return name + " added";
    }
    return name + (after.lookUp(name).isEmpty() ? " removed" : " changed");
  }
}
