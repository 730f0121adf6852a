package dev.caisson.mcp.demo;

import java.util.ArrayList;
import java.util.List;

/** What the demo says is so, and what turned out not to be. A demo with a false claim fails. */
final class Claims {

  private final List<String> broken = new ArrayList<>();
  private int made;

  /** Notes a claim. */
  void check(boolean holds, String otherwise) {
    made++;
    if (!holds) {
      broken.add(otherwise);
    }
  }

  List<String> broken() {
    return List.copyOf(broken);
  }

  int made() {
    return made;
  }
}
