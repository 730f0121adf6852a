package dev.caisson.mcp.protocol;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** What a server offers of one kind, in the order in which it was given. Immutable. */
final class ByName<T> {

  private static final int LONGEST_NAME = 100;

  private final String kind;
  private final Map<String, T> offered = new LinkedHashMap<>();

  /**
   * @param kind in the singular, for people
   * @throws IllegalArgumentException when two have the same name
   */
  ByName(String kind, List<T> all, Function<T, String> name) {
    this.kind = kind;
    for (var one : all) {
      if (offered.put(name.apply(one), one) != null) {
        throw new IllegalArgumentException("two " + kind + "s are called " + name.apply(one));
      }
    }
  }

  List<T> all() {
    return List.copyOf(offered.values());
  }

  /** The one of that name; the refusal names those that there are. */
  T get(String name) throws RequestRefusedException {
    var found = offered.get(name);
    if (found == null) {
      var shown = name.length() > LONGEST_NAME ? name.substring(0, LONGEST_NAME) + "…" : name;
      throw new RequestRefusedException(
          ErrorCodes.INVALID_PARAMS,
          "Unknown %s: %s; the %ss are %s"
              .formatted(kind, shown, kind, String.join(", ", offered.keySet())));
    }
    return found;
  }
}
