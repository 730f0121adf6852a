package dev.caisson.mcp.relay;

import dev.caisson.v1.FileEntry;
import dev.caisson.v1.ListFilesRequest;
import dev.caisson.v1.ReadFileRequest;
import dev.caisson.v1.WriteFileStart;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;

/** {@link WorkspaceFiles} on the client library. The daemon checks every path. */
public final class DaemonFiles implements WorkspaceFiles {

  private final DaemonAccess daemon;

  public DaemonFiles(DaemonAccess daemon) {
    this.daemon = daemon;
  }

  @Override
  public Page list(String session, String directory, int most, String cursor)
      throws RefusedException, InterruptedException {
    var request =
        ListFilesRequest.newBuilder()
            .setSessionId(session)
            .setPath(directory)
            .setPageSize(most)
            .setPageToken(cursor)
            .build();
    return DaemonRefusals.asked(
        daemon,
        client -> {
          var page = client.files().page(request);
          return new Page(
              page.getEntriesList().stream().map(DaemonFiles::entry).toList(),
              page.getNextPageToken(),
              page.getUnlisted());
        });
  }

  @Override
  public Entry stat(String session, String path) throws RefusedException, InterruptedException {
    return DaemonRefusals.asked(daemon, client -> entry(client.files().stat(session, path)));
  }

  @Override
  public Part read(String session, String path, long offset, int most)
      throws RefusedException, InterruptedException {
    var request =
        ReadFileRequest.newBuilder()
            .setSessionId(session)
            .setPath(path)
            .setOffset(offset)
            .setLength(most)
            .build();
    return DaemonRefusals.asked(
        daemon,
        client -> {
          var bytes = new ByteArrayOutputStream();
          try {
            var end = client.files().read(request, bytes);
            return new Part(bytes.toByteArray(), end.getSize(), end.getChanged());
          } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
          }
        });
  }

  @Override
  public Entry write(String session, String path, byte[] content)
      throws RefusedException, InterruptedException {
    var start =
        WriteFileStart.newBuilder()
            .setSessionId(session)
            .setPath(path)
            .setMakeParents(true)
            .setSize(content.length)
            .build();
    return DaemonRefusals.asked(
        daemon,
        client -> {
          try {
            return entry(client.files().write(start, new ByteArrayInputStream(content)));
          } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
          }
        });
  }

  @Override
  public long delete(String session, String path, Depth depth)
      throws RefusedException, InterruptedException {
    return DaemonRefusals.asked(
        daemon, client -> client.files().delete(session, path, depth == Depth.ALL_WITHIN));
  }

  @Override
  public boolean makeDirectory(String session, String path)
      throws RefusedException, InterruptedException {
    return DaemonRefusals.asked(
        daemon, client -> client.files().makeDirectory(session, path, /* parents= */ true));
  }

  private static Entry entry(FileEntry entry) {
    return new Entry(
        entry.getPath(),
        switch (entry.getKind()) {
          case FILE -> Kind.FILE;
          case DIRECTORY -> Kind.DIRECTORY;
          case LINK -> Kind.LINK;
          case OTHER, KIND_UNSPECIFIED, UNRECOGNIZED -> Kind.OTHER;
        },
        entry.getSize(),
        Instant.ofEpochSecond(entry.getModified().getSeconds(), entry.getModified().getNanos()));
  }
}
