package dev.caisson.daemon.run;

import dev.caisson.daemon.channel.FileEnd;
import dev.caisson.daemon.model.FileEntry;

/** A piece of what comes back of a run's files, one file after another. */
public sealed interface FilePart {

  /** A file; its data follow. */
  record Begun(FileEntry entry) implements FilePart {}

  @SuppressWarnings("ArrayRecordComponent") // carried, never compared
  record Data(byte[] bytes) implements FilePart {}

  record Ended(FileEnd end) implements FilePart {}

  /** Files that were meant and do not come. */
  record LeftOut(int files, String why) implements FilePart {}
}
