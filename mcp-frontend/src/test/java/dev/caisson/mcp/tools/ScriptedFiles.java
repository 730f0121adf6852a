package dev.caisson.mcp.tools;

import dev.caisson.mcp.relay.WorkspaceFiles;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** One file, which is read each time as the next of these parts. Nothing else can be asked. */
final class ScriptedFiles implements WorkspaceFiles {

  private final Deque<Part> parts;

  ScriptedFiles(Part... parts) {
    this.parts = new ArrayDeque<>(List.of(parts));
  }

  @Override
  public Part read(String session, String path, long offset, int most) {
    return parts.removeFirst();
  }

  @Override
  public Page list(String session, String directory, int most, String cursor) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Entry stat(String session, String path) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Entry write(String session, String path, byte[] content) {
    throw new UnsupportedOperationException();
  }

  @Override
  public long delete(String session, String path, Depth depth) {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean makeDirectory(String session, String path) {
    throw new UnsupportedOperationException();
  }
}
