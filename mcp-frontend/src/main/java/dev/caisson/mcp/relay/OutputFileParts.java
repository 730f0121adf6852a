package dev.caisson.mcp.relay;

import dev.caisson.v1.RunFilePart;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;

/**
 * Puts the files together that a run gives back in pieces, and holds of each no more than {@link
 * OutputFile#MOST_HELD} bytes. For one thread.
 */
final class OutputFileParts {

  private final RunListener listener;
  private String path = "";
  private long size;
  private ByteArrayOutputStream held = new ByteArrayOutputStream();

  OutputFileParts(RunListener listener) {
    this.listener = listener;
  }

  void take(RunFilePart part) {
    switch (part.getPartCase()) {
      case ENTRY -> {
        path = part.getEntry().getPath();
        size = 0;
        held = new ByteArrayOutputStream();
      }
      case DATA -> add(part);
      case END ->
          listener.file(
              new OutputFile(
                  path,
                  size,
                  size == held.size() ? Optional.of(held.toByteArray()) : Optional.empty(),
                  part.getEnd().getChanged()));
      case LEFT_OUT ->
          listener.filesLeftOut(
              Integer.toUnsignedLong(part.getLeftOut().getFiles()), part.getLeftOut().getWhy());
      case PART_NOT_SET -> {} // What a newer daemon knows.
    }
  }

  private void add(RunFilePart part) {
    size += part.getData().size();
    if (size > OutputFile.MOST_HELD) {
      // Free at once: most of a file is of no use to anybody.
      held = new ByteArrayOutputStream();
      return;
    }
    try {
      part.getData().writeTo(held);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }
}
