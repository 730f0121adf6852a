package dev.caisson.mcp.tools;

import dev.caisson.mcp.relay.RefusedException;
import dev.caisson.mcp.relay.WorkspaceFiles;
import dev.caisson.mcp.relay.WorkspaceFiles.Entry;
import dev.caisson.mcp.relay.WorkspaceFiles.Kind;
import dev.caisson.mcp.relay.WorkspaceFiles.Page;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * A walk through the files of several sessions, a page at a time: what is still to be seen, as a
 * value, so that a page that is asked for twice is the same walk. Links are not followed. Names
 * whose first character is a dot are passed over, as are caches of Python.
 *
 * @param open directories still to be listed, the next one first; at most {@value #MOST_OPEN}
 */
record FileWalk(List<Place> open) {

  private static final int PAGE = 100;

  /** Calls for one page: a tree of empty directories ends it too. */
  private static final int LISTINGS = 20;

  /** What a workspace full of directories may make us hold; the rest of them is passed over. */
  private static final int MOST_OPEN = 1_000;

  FileWalk {
    open = List.copyOf(open);
  }

  /** A directory of a session, and where in it the walk goes on. */
  record Place(String session, String directory, String cursor) {}

  /** A file of a session. */
  record Found(String session, Entry file) {}

  /** What a step has found, and the rest of the walk. */
  record Step(List<Found> files, FileWalk rest) {
    Step {
      files = List.copyOf(files);
    }

    boolean isLast() {
      return rest.open().isEmpty();
    }
  }

  /** A walk through all of these sessions. */
  static FileWalk through(List<String> sessions) {
    return new FileWalk(sessions.stream().map(session -> new Place(session, "", "")).toList());
  }

  /**
   * The next files. A directory that cannot be listed is passed over: it is gone meanwhile, or too
   * deep for the daemon; and so is a session that cannot, which is not asked again: each question
   * to one that does not answer takes long. One program cannot spoil the list of all.
   *
   * @throws RefusedException when no daemon answers
   */
  Step next(WorkspaceFiles files) throws RefusedException, InterruptedException {
    var left = new ArrayDeque<>(open);
    var found = new ArrayList<Found>();
    for (var count = 0; count < LISTINGS && found.size() < PAGE && !left.isEmpty(); count++) {
      var place = left.removeFirst();
      try {
        var most = PAGE - found.size();
        take(
            place,
            files.list(place.session(), place.directory(), most, place.cursor()),
            found,
            left);
      } catch (RefusedException refusal) {
        switch (refusal.reason()) {
          case NOT_FOUND, WRONG_STATE, INVALID -> {}
          case OTHER -> left.removeIf(other -> other.session().equals(place.session()));
          case UNREACHABLE -> throw refusal;
        }
      }
    }
    return new Step(found, new FileWalk(List.copyOf(left)));
  }

  private static void take(Place place, Page page, List<Found> found, Deque<Place> left) {
    if (!page.next().isEmpty()) {
      left.addFirst(new Place(place.session(), place.directory(), page.next()));
    }
    for (var entry : page.entries().reversed()) {
      if (entry.kind() == Kind.DIRECTORY && isShown(entry) && left.size() < MOST_OPEN) {
        left.addFirst(new Place(place.session(), entry.path(), ""));
      }
    }
    for (var entry : page.entries()) {
      if (entry.kind() == Kind.FILE && isShown(entry)) {
        found.add(new Found(place.session(), entry));
      }
    }
  }

  private static boolean isShown(Entry entry) {
    var name = entry.path().substring(entry.path().lastIndexOf('/') + 1);
    return !name.startsWith(".") && !name.equals("__pycache__");
  }
}
