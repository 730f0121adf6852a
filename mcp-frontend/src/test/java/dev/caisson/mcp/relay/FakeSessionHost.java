package dev.caisson.mcp.relay;

import dev.caisson.mcp.relay.RefusedException.Reason;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;

/**
 * Sessions and their files in memory, with the daemon's rules as far as tools depend on them. Every
 * method may be called by any thread.
 */
public final class FakeSessionHost implements SessionHost, WorkspaceFiles {

  private static final Instant TIME = Instant.parse("2026-11-22T10:00:00Z");

  /** Opened when sessions may be made; those that ask before wait. */
  public final CountDownLatch mayCreate = new CountDownLatch(1);

  /** When true, creating waits for {@link #mayCreate}. */
  public volatile boolean slow;

  /** Opened when sessions may end, when that is slow. */
  public final CountDownLatch mayEnd = new CountDownLatch(1);

  /** When true, ending waits for {@link #mayEnd}. */
  public volatile boolean slowEnd;

  private final Map<String, SessionState> sessions = new LinkedHashMap<>();

  /** Files and directories by session; a directory has no content. */
  private final Map<String, TreeMap<String, byte[]>> files = new LinkedHashMap<>();

  /** Why requests about files of a session are refused. */
  private final Map<String, Reason> refusedFiles = new HashMap<>();

  private int made;
  private int refusals;

  /** The next {@code count} sessions are refused. */
  public synchronized void refuse(int count) {
    refusals = count;
  }

  /** From now on requests about the files of this session are refused. */
  public synchronized void refuseFiles(String session, Reason reason) {
    refusedFiles.put(session, reason);
  }

  /** An empty file that a program writes, wherever it likes: no rule of paths holds for it. */
  public synchronized void written(String session, String path) throws RefusedException {
    workspace(session).put(path, new byte[0]);
  }

  /** How many sessions were made in all. */
  public synchronized int made() {
    return made;
  }

  @Override
  public SessionState create(NewSession wanted) throws RefusedException, InterruptedException {
    if (slow) {
      mayCreate.await();
    }
    synchronized (this) {
      if (refusals > 0) {
        refusals--;
        throw new RefusedException(Reason.WRONG_STATE, "there are 20 sessions; end one first");
      }
      if (wanted.policy().equals("nowhere")) {
        throw new RefusedException(Reason.NOT_FOUND, "there is no policy 'nowhere'");
      }
      made++;
      var id = "session-" + made;
      var state =
          new SessionState(
              id,
              wanted.name(),
              wanted.description(),
              wanted.policy().isEmpty() ? "default" : wanted.policy(),
              SessionState.Activity.IDLE,
              Duration.ofSeconds(3),
              "",
              true,
              0,
              0,
              34 << 20,
              wanted.idleTimeout().orElse(Duration.ofMinutes(30)),
              wanted.timeToLive().orElse(Duration.ofHours(8)));
      sessions.put(id, state);
      files.put(id, new TreeMap<>());
      return state;
    }
  }

  @Override
  public synchronized List<SessionState> list() {
    return List.copyOf(sessions.values());
  }

  @Override
  public synchronized SessionState reset(String id, Workspace workspace) throws RefusedException {
    var old = session(id);
    if (workspace == Workspace.CLEAR) {
      workspace(id).clear();
    }
    var fresh =
        new SessionState(
            id,
            old.name(),
            old.description(),
            old.policy(),
            SessionState.Activity.IDLE,
            Duration.ZERO,
            "",
            true,
            old.runs(),
            old.restarts() + 1,
            old.memoryBytes(),
            old.idleTimeout(),
            old.timeLeft());
    sessions.put(id, fresh);
    return fresh;
  }

  @Override
  public synchronized boolean interrupt(String id) throws RefusedException {
    return session(id).activity() == SessionState.Activity.BUSY;
  }

  @Override
  public void end(String id) throws RefusedException, InterruptedException {
    if (slowEnd) {
      mayEnd.await();
    }
    synchronized (this) {
      var ended = session(id);
      sessions.remove(ended.id());
      files.remove(ended.id());
    }
  }

  private SessionState session(String id) throws RefusedException {
    var session = sessions.get(id);
    if (session == null) {
      throw new RefusedException(Reason.NOT_FOUND, "there is no session '" + id + "'");
    }
    return session;
  }

  private TreeMap<String, byte[]> workspace(String id) throws RefusedException {
    var refused = refusedFiles.get(id);
    if (refused != null) {
      throw new RefusedException(refused, "refused as " + refused);
    }
    return Objects.requireNonNull(files.get(session(id).id()));
  }

  // ---- files ----

  private static void require(String path) throws RefusedException {
    var names = path.split("/", -1);
    if (names.length > 64) {
      throw new RefusedException(Reason.INVALID, "path has " + names.length + " names");
    }
    for (var name : names) {
      if (name.isEmpty() || name.equals(".") || name.equals("..") || name.indexOf('\0') >= 0) {
        throw new RefusedException(Reason.INVALID, "path '" + path + "' is none of the workspace");
      }
    }
  }

  private static boolean isDirectory(TreeMap<String, byte[]> workspace, String path) {
    return path.isEmpty()
        || workspace.ceilingKey(path + "/") instanceof String next && next.startsWith(path + "/");
  }

  private static Entry entry(TreeMap<String, byte[]> workspace, String path)
      throws RefusedException {
    if (isDirectory(workspace, path)) {
      return new Entry(path, Kind.DIRECTORY, 0, TIME);
    }
    var content = workspace.get(path);
    if (content == null) {
      throw new RefusedException(Reason.NOT_FOUND, "there is no '" + path + "' in the workspace");
    }
    return new Entry(path, Kind.FILE, content.length, TIME);
  }

  @Override
  public synchronized Page list(String session, String directory, int most, String cursor)
      throws RefusedException {
    var workspace = workspace(session);
    if (cursor.indexOf('/') >= 0) {
      throw new RefusedException(Reason.INVALID, "page_token is none");
    }
    if (!directory.isEmpty()) {
      require(directory);
      if (entry(workspace, directory).kind() != Kind.DIRECTORY) {
        throw new RefusedException(Reason.WRONG_STATE, "'" + directory + "' is no directory");
      }
    }
    var prefix = directory.isEmpty() ? "" : directory + "/";
    var names =
        workspace.keySet().stream()
            .filter(path -> path.startsWith(prefix) && !path.equals(prefix))
            .map(path -> path.substring(prefix.length()).split("/", 2)[0])
            .distinct()
            .sorted()
            .filter(name -> name.compareTo(cursor) > 0)
            .toList();
    var entries = new ArrayList<Entry>();
    for (var name : names.subList(0, Math.min(most, names.size()))) {
      entries.add(entry(workspace, prefix + name));
    }
    return new Page(entries, names.size() > most ? names.get(most - 1) : "", 0);
  }

  @Override
  public synchronized Entry stat(String session, String path) throws RefusedException {
    if (!path.isEmpty()) {
      require(path);
    }
    return entry(workspace(session), path);
  }

  @Override
  public synchronized Part read(String session, String path, long offset, int most)
      throws RefusedException {
    require(path);
    var workspace = workspace(session);
    if (entry(workspace, path).kind() != Kind.FILE) {
      throw new RefusedException(Reason.WRONG_STATE, "'" + path + "' is a directory");
    }
    var content = Objects.requireNonNull(workspace.get(path));
    var begin = (int) Math.min(offset, content.length);
    var end = Math.min(begin + most, content.length);
    return new Part(java.util.Arrays.copyOfRange(content, begin, end), content.length, false);
  }

  @Override
  public synchronized Entry write(String session, String path, byte[] content)
      throws RefusedException {
    require(path);
    workspace(session).put(path, content.clone());
    return entry(workspace(session), path);
  }

  @Override
  public synchronized long delete(String session, String path, Depth depth)
      throws RefusedException {
    require(path);
    var workspace = workspace(session);
    var inside = workspace.subMap(path + "/", path + "0");
    if (entry(workspace, path).kind() == Kind.DIRECTORY
        && depth == Depth.ALONE
        && inside.keySet().stream().anyMatch(name -> !name.equals(path + "/"))) {
      throw new RefusedException(Reason.WRONG_STATE, "'" + path + "' is not empty");
    }
    var removed = inside.size() + (workspace.remove(path) == null ? 0 : 1);
    inside.clear();
    return removed;
  }

  @Override
  public synchronized boolean makeDirectory(String session, String path) throws RefusedException {
    require(path);
    var workspace = workspace(session);
    if (isDirectory(workspace, path)) {
      return false;
    }
    workspace.put(path + "/", new byte[0]);
    return true;
  }
}
