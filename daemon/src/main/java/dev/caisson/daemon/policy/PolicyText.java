package dev.caisson.daemon.policy;

import dev.caisson.daemon.settings.YamlTree;

/**
 * One policy file as it was read, before it is known what it extends.
 *
 * @param shown how messages call the file: its path, or "web.yaml" for a shipped one
 */
record PolicyText(String name, String shown, Place place, String text) {

  enum Place {
    SHIPPED,
    FOLDER
  }

  YamlTree tree() {
    return YamlTree.read(shown, text);
  }

  /** For people: which file this is, when two have the same name. */
  String label() {
    return switch (place) {
      case SHIPPED -> shown + " (shipped)";
      case FOLDER -> shown;
    };
  }
}
