package dev.caisson.daemon.channel;

import dev.caisson.daemon.model.WorkspacePath;
import tools.jackson.databind.node.ObjectNode;

/**
 * What is asked of an agent about a file. The bounds are what its answer is held to.
 *
 * @param from of a read: the first byte
 * @param most of a read: the most bytes; of a list: the most entries
 * @param after of a list: the name behind which it begins
 */
record FileQuestion(FrameKind kind, WorkspacePath path, long from, long most, String after) {

  static FileQuestion of(FrameKind kind, WorkspacePath path) {
    return new FileQuestion(kind, path, 0, 0, "");
  }

  /** The header that all kinds have, for more fields. */
  ObjectNode header() {
    return Json.object().put("path", path.text());
  }
}
