package dev.caisson.daemon.run;

import dev.caisson.daemon.channel.AgentFiles;
import dev.caisson.daemon.channel.FileReading;
import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.FileEntry;
import dev.caisson.daemon.model.FilePage;
import dev.caisson.daemon.model.WorkspacePath;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Finds the files that a run's caller wants back, and sends them as fast as the caller reads. For
 * the thread that conducts the run, before the program and after it.
 */
final class OutputFiles {

  /** What comes back at most; the rest is left out, and said. */
  static final int FILES = 100;

  static final long BYTES = 64L << 20;

  /** Names that are looked at, whatever a program makes of the workspace. */
  static final int NAMES = 10_000;

  /** Deeper directories have no room for names below them. */
  private static final int DEPTH = 60;

  private static final int PATH_CHARACTERS = 1_000;
  private static final int PIECES_AHEAD = 8;
  private static final int PATIENCE_SECONDS = 60;

  private final AgentFiles files;
  private final RunFiles.Wanted wanted;
  private final Run run;
  private final Semaphore room = new Semaphore(PIECES_AHEAD);
  private final Map<String, Integer> leftOut = new LinkedHashMap<>();
  private Map<String, FileEntry> before = Map.of();
  private long bytesLeft = BYTES;
  private int filesLeft = FILES;

  OutputFiles(AgentFiles files, RunFiles.Wanted wanted, Run run) {
    this.files = files;
    this.wanted = wanted;
    this.run = run;
  }

  /** Notes what there is, before the program starts. */
  void begin() {
    if (wanted.changed()) {
      before = walk();
      leftOut.clear();
    }
  }

  /** Sends what is wanted. A sandbox that is gone has nothing; that is said too. */
  void send() throws InterruptedException {
    if (wanted.isNothing()) {
      return;
    }
    try {
      for (FileEntry entry : walk().values()) {
        if (isWanted(entry)) {
          send(entry);
        }
      }
    } catch (SandboxException e) {
      leftOut.merge("no more files come back: " + e.getMessage(), 1, Integer::sum);
    }
    for (Map.Entry<String, Integer> why : leftOut.entrySet()) {
      // Few and small: they need not wait for a caller who does not read.
      run.events()
          .append(
              new RunEvent.OfFile(new FilePart.LeftOut(why.getValue(), why.getKey()), () -> {}));
    }
  }

  private boolean isWanted(FileEntry entry) {
    return wanted.patterns().stream().anyMatch(pattern -> pattern.matches(entry.path()))
        || (wanted.changed() && isOfInterest(entry) && isChanged(entry));
  }

  private boolean isChanged(FileEntry entry) {
    FileEntry old = before.get(entry.path().text());
    return old == null || old.size() != entry.size() || !old.modified().equals(entry.modified());
  }

  /** What Python and other tools leave for themselves comes only by its name. */
  private static boolean isOfInterest(FileEntry entry) {
    return entry.path().names().stream()
        .noneMatch(name -> name.startsWith(".") || name.equals("__pycache__"));
  }

  private SortedMap<String, FileEntry> walk() {
    SortedMap<String, FileEntry> found = new TreeMap<>();
    Deque<WorkspacePath> folders = new ArrayDeque<>();
    folders.add(WorkspacePath.ROOT);
    int seen = 0;
    while (!folders.isEmpty()) {
      WorkspacePath folder = folders.remove();
      Optional<String> after = Optional.of("");
      while (after.isPresent()) {
        FilePage page = page(folder, after.get());
        seen += page.entries().size();
        if (seen > NAMES) {
          leftOut.merge("the workspace has more than %,d names".formatted(NAMES), 1, Integer::sum);
          return found;
        }
        for (FileEntry entry : page.entries()) {
          switch (entry.kind()) {
            case FILE -> found.put(entry.path().text(), entry);
            case DIRECTORY -> {
              if (hasRoomBelow(entry.path())) {
                folders.add(entry.path());
              }
            }
            case LINK, OTHER -> {}
          }
        }
        after =
            page.more() ? Optional.of(page.entries().getLast().path().name()) : Optional.empty();
      }
    }
    return found;
  }

  /** A directory that is gone meanwhile, or something else, is empty. */
  private FilePage page(WorkspacePath folder, String after) {
    try {
      return files.list(folder, after, AgentFiles.PAGE);
    } catch (SandboxException e) {
      if (isAboutTheFile(e)) {
        return new FilePage(java.util.List.of(), false, 0);
      }
      throw e;
    }
  }

  private static boolean hasRoomBelow(WorkspacePath path) {
    return path.names().size() < DEPTH && path.text().length() < PATH_CHARACTERS;
  }

  private static boolean isAboutTheFile(SandboxException failure) {
    return switch (failure.code()) {
      case NOT_FOUND, FAILED_PRECONDITION -> true;
      default -> false;
    };
  }

  private void send(FileEntry entry) throws InterruptedException {
    if (filesLeft == 0) {
      leftOut.merge("at most %d files come back".formatted(FILES), 1, Integer::sum);
      return;
    }
    if (entry.size() > bytesLeft) {
      leftOut.merge("at most 64 MiB come back", 1, Integer::sum);
      return;
    }
    filesLeft--;
    boolean begun = false;
    try (FileReading reading = files.read(entry.path(), 0, bytesLeft)) {
      FileEntry opened = reading.entry();
      append(new FilePart.Begun(opened));
      begun = true;
      for (Optional<byte[]> next = reading.next(); next.isPresent(); next = reading.next()) {
        bytesLeft -= next.get().length;
        append(new FilePart.Data(next.get()));
      }
      append(new FilePart.Ended(reading.end()));
    } catch (SandboxException e) {
      if (begun || !isAboutTheFile(e)) {
        throw e;
      }
      leftOut.merge(e.getMessage(), 1, Integer::sum);
    }
  }

  /** Waits while the caller does not read. */
  private void append(FilePart part) throws InterruptedException {
    for (int second = 0; !room.tryAcquire(1, TimeUnit.SECONDS); second++) {
      if (second >= PATIENCE_SECONDS || run.cancelled().isPresent()) {
        throw new SandboxException(
            ErrorCode.TOO_SLOW, "nothing was read for %d s".formatted(PATIENCE_SECONDS));
      }
    }
    run.events().append(new RunEvent.OfFile(part, room::release));
  }
}
