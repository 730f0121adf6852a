package dev.caisson.daemon.run;

import dev.caisson.daemon.channel.AgentFiles;
import dev.caisson.daemon.channel.FileReading;
import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.DurationText;
import dev.caisson.daemon.model.FileEntry;
import dev.caisson.daemon.model.FilePage;
import dev.caisson.daemon.model.WorkspacePath;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Comparator;
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

  private static final String TOO_MUCH = "at most 64 MiB come back";

  /** Names that are looked at, whatever a program makes of the workspace. */
  static final int NAMES = 10_000;

  private static final String TOO_DEEP = "their path has more than 64 names or 4,095 bytes";

  /** Characters of all paths that are kept: names are many bytes long when code wants it. */
  static final int PATHS = 1 << 20;

  /** Different reasons for which files do not come; each costs an event that nobody waits for. */
  private static final int REASONS = 20;

  private static final int PIECES_AHEAD = 8;

  /** How often a wait for the caller looks whether it still has a reason. */
  private static final Duration LOOK = Duration.ofMillis(500);

  private final RunFiles.Wanted wanted;
  private final PrintedPaths printed;
  private final RunEventLog events;
  private final Duration readerPatience;
  private final Semaphore room = new Semaphore(PIECES_AHEAD);
  private final Map<String, Integer> leftOut = new LinkedHashMap<>();
  private Map<WorkspacePath, FileEntry> before = Map.of();
  private final MatchingEffort effort = new MatchingEffort();
  private long bytesLeft = BYTES;
  private int filesLeft = FILES;

  /**
   * @param printed what the output has named when the program has ended
   * @param readerPatience how long the caller may read nothing
   */
  OutputFiles(
      RunFiles.Wanted wanted, PrintedPaths printed, RunEventLog events, Duration readerPatience) {
    this.wanted = wanted;
    this.printed = printed;
    this.events = events;
    this.readerPatience = readerPatience;
  }

  /** Notes what there is, before the program starts. */
  void begin(AgentFiles files) {
    if (wanted.changed()) {
      before = walk(files);
      leftOut.clear();
    }
  }

  /** Sends what is wanted. A sandbox that is gone has nothing; that is said too. */
  void send(AgentFiles files) throws InterruptedException {
    try {
      for (Map.Entry<WorkspacePath, FileEntry> found : walk(files).entrySet()) {
        files.requireGoingOn();
        if (isWanted(found.getKey(), found.getValue())) {
          send(found.getKey(), found.getValue().size(), files);
        }
      }
    } catch (SandboxException e) {
      leftOut.merge("no more files come back: " + e.getMessage(), 1, Integer::sum);
    }
    for (Map.Entry<String, Integer> why : leftOut.entrySet()) {
      // Few and small: they need not wait for a caller who does not read.
      events.append(
          new RunEvent.OfFile(new FilePart.LeftOut(why.getValue(), why.getKey()), () -> {}));
    }
  }

  private boolean isWanted(WorkspacePath path, FileEntry entry) {
    return FilePattern.anyMatches(wanted.patterns(), path, effort)
        || (wanted.changed() && isOfInterest(path) && isChanged(path, entry))
        || (wanted.printed() && printed.name(path.text()));
  }

  private boolean isChanged(WorkspacePath path, FileEntry entry) {
    FileEntry old = before.get(path);
    return old == null || old.size() != entry.size() || !old.modified().equals(entry.modified());
  }

  /** What Python and other tools leave for themselves comes only by its name. */
  private static boolean isOfInterest(WorkspacePath path) {
    return path.names().stream()
        .noneMatch(name -> name.startsWith(".") || name.equals("__pycache__"));
  }

  private SortedMap<WorkspacePath, FileEntry> walk(AgentFiles files) {
    SortedMap<WorkspacePath, FileEntry> found =
        new TreeMap<>(Comparator.comparing(WorkspacePath::text));
    Deque<WorkspacePath> folders = new ArrayDeque<>();
    folders.add(WorkspacePath.ROOT);
    int seen = 0;
    long characters = 0;
    while (!folders.isEmpty()) {
      WorkspacePath folder = folders.remove();
      Optional<String> after = Optional.of("");
      while (after.isPresent()) {
        FilePage page = page(files, folder, after.get());
        seen += page.entries().size();
        if (seen > NAMES) {
          leftOut.merge("the workspace has more than %,d names".formatted(NAMES), 1, Integer::sum);
          return found;
        }
        for (FileEntry entry : page.entries()) {
          characters += entry.path().length();
          sort(entry, found, folders);
        }
        if (characters > PATHS) {
          leftOut.merge(
              "the paths in the workspace have more than %,d characters".formatted(PATHS),
              1,
              Integer::sum);
          return found;
        }
        after = page.more() ? Optional.of(page.entries().getLast().name()) : Optional.empty();
      }
    }
    return found;
  }

  private void sort(
      FileEntry entry, Map<WorkspacePath, FileEntry> found, Deque<WorkspacePath> folders) {
    Optional<WorkspacePath> place = entry.place();
    if (place.isEmpty()) {
      leftOut.merge(TOO_DEEP, 1, Integer::sum);
      return;
    }
    switch (entry.kind()) {
      case FILE -> found.put(place.get(), entry);
      case DIRECTORY -> folders.add(place.get());
      case LINK, OTHER -> {}
    }
  }

  /** A directory that is gone meanwhile is empty, and one that cannot be listed is said. */
  private FilePage page(AgentFiles files, WorkspacePath folder, String after) {
    try {
      return files.list(folder, after, AgentFiles.PAGE);
    } catch (SandboxException e) {
      files.requireGoingOn();
      if (isAboutTheFile(e)) {
        if (e.code() != ErrorCode.NOT_FOUND) {
          leaveOut(e);
        }
        return new FilePage(java.util.List.of(), false, 0);
      }
      throw e;
    }
  }

  private static boolean isAboutTheFile(SandboxException failure) {
    return switch (failure.code()) {
      case NOT_FOUND, FAILED_PRECONDITION -> true;
      default -> false;
    };
  }

  private void send(WorkspacePath path, long size, AgentFiles files) throws InterruptedException {
    if (filesLeft == 0) {
      leftOut.merge("at most %d files come back".formatted(FILES), 1, Integer::sum);
      return;
    }
    if (size > bytesLeft) {
      leftOut.merge(TOO_MUCH, 1, Integer::sum);
      return;
    }
    boolean begun = false;
    try (FileReading reading = files.read(path, 0, bytesLeft)) {
      FileEntry opened = reading.entry();
      if (opened.size() > bytesLeft) {
        // It has grown since it was listed. A part of it would look like all of it.
        leftOut.merge(TOO_MUCH, 1, Integer::sum);
        return;
      }
      filesLeft--;
      append(new FilePart.Begun(opened), files);
      begun = true;
      for (Optional<byte[]> next = reading.next(); next.isPresent(); next = reading.next()) {
        bytesLeft -= next.get().length;
        append(new FilePart.Data(next.get()), files);
      }
      append(new FilePart.Ended(reading.end()), files);
    } catch (SandboxException e) {
      files.requireGoingOn();
      if (begun || !isAboutTheFile(e)) {
        throw e;
      }
      leaveOut(e);
    }
  }

  private void leaveOut(SandboxException why) {
    String said = leftOut.size() < REASONS ? why.getMessage() : "further files cannot be read";
    leftOut.merge(said, 1, Integer::sum);
  }

  /** Waits while the caller does not read. */
  private void append(FilePart part, AgentFiles files) throws InterruptedException {
    long left = readerPatience.toNanos();
    while (!room.tryAcquire(Math.min(left, LOOK.toNanos()), TimeUnit.NANOSECONDS)) {
      files.requireGoingOn();
      left -= LOOK.toNanos();
      if (left <= 0) {
        throw new SandboxException(
            ErrorCode.TOO_SLOW, "nothing was read for " + DurationText.of(readerPatience));
      }
    }
    events.append(new RunEvent.OfFile(part, room::release));
  }
}
