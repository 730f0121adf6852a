package dev.caisson.daemon.run;

import dev.caisson.daemon.model.WorkspacePath;
import java.util.List;
import java.util.Optional;

/**
 * The files of a run: what its caller brings, which of them is the program, and what comes back.
 *
 * @param entryPoint the brought file whose text is the program; empty when that came by itself
 */
public record RunFiles(List<Brought> brought, Optional<WorkspacePath> entryPoint, Wanted wanted) {

  public static final RunFiles NONE =
      new RunFiles(List.of(), Optional.empty(), new Wanted(List.of(), false, false));

  /** A file that is there before the program starts. */
  @SuppressWarnings("ArrayRecordComponent") // carried, never compared
  public record Brought(WorkspacePath path, byte[] content) {}

  /**
   * Which files come back.
   *
   * @param changed also those that are new or changed since the run began
   * @param printed also those whose path the output names
   */
  public record Wanted(List<FilePattern> patterns, boolean changed, boolean printed) {

    public Wanted {
      patterns = List.copyOf(patterns);
    }

    public boolean isNothing() {
      return patterns.isEmpty() && !changed && !printed;
    }
  }

  public RunFiles {
    brought = List.copyOf(brought);
  }
}
