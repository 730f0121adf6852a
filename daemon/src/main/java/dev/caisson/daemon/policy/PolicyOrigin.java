package dev.caisson.daemon.policy;

import java.util.List;
import java.util.Map;

/**
 * Where a policy was written.
 *
 * @param files its own file first, then the one that it extends, and so on; shipped ones say so
 * @param keys for each key the line that gives its value, in whichever of the files that is
 * @param values for each key what is written there, on one line
 */
public record PolicyOrigin(
    List<String> files, Map<String, RuleRef> keys, Map<String, String> values) {

  public PolicyOrigin {
    files = List.copyOf(files);
    keys = Map.copyOf(keys);
    values = Map.copyOf(values);
  }

  /** The line that gives a key its value. */
  public RuleRef of(String key) {
    return keys.getOrDefault(key, new RuleRef(key, "default.yaml", 0));
  }

  /** What that line says; empty for a key that no file gives. */
  public String value(String key) {
    return values.getOrDefault(key, "");
  }
}
