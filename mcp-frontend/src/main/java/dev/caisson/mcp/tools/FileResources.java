package dev.caisson.mcp.tools;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.caisson.mcp.protocol.ClientLink;
import dev.caisson.mcp.protocol.ErrorCodes;
import dev.caisson.mcp.protocol.RequestRefusedException;
import dev.caisson.mcp.protocol.ResourcesFeature;
import dev.caisson.mcp.relay.RefusedException;
import dev.caisson.mcp.relay.WorkspaceFiles;
import dev.caisson.mcp.relay.WorkspaceFiles.Part;
import dev.caisson.mcp.text.Shown;
import io.modelcontextprotocol.spec.McpSchema.ListResourceTemplatesResult;
import io.modelcontextprotocol.spec.McpSchema.ListResourcesResult;
import io.modelcontextprotocol.spec.McpSchema.ReadResourceResult;
import io.modelcontextprotocol.spec.McpSchema.Resource;
import io.modelcontextprotocol.spec.McpSchema.ResourceTemplate;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The files of sessions as resources of the protocol: listed are those of the connection's own
 * sessions, read can be those of all of the caller's. Any thread.
 */
final class FileResources implements ResourcesFeature.Resources {

  /** The largest file that is read as a resource. */
  static final int MOST_READ = 4 << 20;

  /** Lists of which a further page can be asked for. */
  private static final int MOST_WALKS = 32;

  private final ConnectionSessions sessions;
  private final WorkspaceFiles files;
  private final ReentrantLock lock = new ReentrantLock();

  /** What is left of each list that was begun, by the cursor that was given out for it. */
  @GuardedBy("lock")
  private final Map<String, FileWalk> walks =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, FileWalk> eldest) {
          return size() > MOST_WALKS;
        }
      };

  @GuardedBy("lock")
  private long cursors;

  FileResources(ConnectionSessions sessions, WorkspaceFiles files) {
    this.sessions = sessions;
    this.files = files;
  }

  @Override
  public ListResourceTemplatesResult templates(Optional<String> cursor) {
    return ListResourceTemplatesResult.builder(
            List.of(
                ResourceTemplate.builder(ResourceUri.TEMPLATE, "File of a session")
                    .description(
                        "A file of a session's workspace; the session by name or id, the path"
                            + " percent-encoded.")
                    .build()))
        .build();
  }

  @Override
  public ListResourcesResult list(Optional<String> cursor)
      throws RequestRefusedException, InterruptedException {
    try {
      var step = walk(cursor).next(files);
      var answer =
          ListResourcesResult.builder(step.files().stream().map(FileResources::resource).toList());
      if (!step.isLast()) {
        answer.nextCursor(keep(step.rest()));
      }
      return answer.build();
    } catch (RefusedException refusal) {
      throw refused(refusal);
    }
  }

  private static Resource resource(FileWalk.Found found) {
    var path = found.file().path();
    return Resource.builder(new ResourceUri(found.session(), path).toString(), Shown.name(path))
        .mimeType(MimeTypes.of(path, MimeTypes.BYTES))
        .size(found.file().size())
        .build();
  }

  private FileWalk walk(Optional<String> cursor) throws RequestRefusedException {
    if (cursor.isEmpty()) {
      return FileWalk.through(sessions.own());
    }
    lock.lock();
    try {
      var walk = walks.get(cursor.get());
      if (walk == null) {
        throw new RequestRefusedException(
            ErrorCodes.INVALID_PARAMS,
            "'cursor' is none that this connection gave, or of a list too long ago; list from the"
                + " beginning, without one");
      }
      return walk;
    } finally {
      lock.unlock();
    }
  }

  private String keep(FileWalk rest) {
    lock.lock();
    try {
      cursors++;
      walks.put("files-" + cursors, rest);
      return "files-" + cursors;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public ReadResourceResult read(String uri, ClientLink client)
      throws RequestRefusedException, InterruptedException {
    var named = ResourceUri.parse(uri).orElseThrow(() -> unreadable(uri));
    try {
      var part =
          sessions.in(
              sessions.findStanding(named.session()),
              id -> files.read(id, named.path(), 0, MOST_READ));
      requireWhole(named, part);
      var content = FileContent.of(named.path(), part.bytes());
      return ReadResourceResult.builder(List.of(FileBlocks.contents(uri, content))).build();
    } catch (RefusedException refusal) {
      throw refused(refusal);
    }
  }

  private static RequestRefusedException unreadable(String uri) {
    return ResourceUri.isOfRun(uri)
        ? new RequestRefusedException(
            ErrorCodes.RESOURCE_NOT_FOUND,
            "the run is over and its files are gone: they came with its answer only; run it in a"
                + " session to keep them")
        : new RequestRefusedException(
            ErrorCodes.INVALID_PARAMS,
            "the URI is not of the form " + ResourceUri.TEMPLATE + ", percent-encoded");
  }

  /** A resource has no place for a remark, so what is not the file as it was is refused. */
  private static void requireWhole(ResourceUri named, Part part) throws RequestRefusedException {
    if (part.size() > MOST_READ) {
      throw new RequestRefusedException(
          ErrorCodes.INVALID_PARAMS,
          ("the file has %s bytes, and a resource is read up to %s; read it in parts with the tool"
                  + " files: action \"read\", session \"%s\", path \"%s\", offset 0, limit %d")
              .formatted(
                  Shown.number(part.size()),
                  Shown.number(MOST_READ),
                  named.session(),
                  Shown.name(named.path()),
                  FileReader.MOST_PART));
    }
    if (part.changed() || part.size() != part.bytes().length) {
      throw new RequestRefusedException(
          ErrorCodes.INTERNAL_ERROR, FileReader.CHANGED + ": read it again");
    }
  }

  /** A refusal as requests of the protocol are answered with it. */
  static RequestRefusedException refused(RefusedException refusal) {
    return new RequestRefusedException(
        switch (refusal.reason()) {
          case NOT_FOUND -> ErrorCodes.RESOURCE_NOT_FOUND;
          case INVALID, WRONG_STATE -> ErrorCodes.INVALID_PARAMS;
          case UNREACHABLE, OTHER -> ErrorCodes.INTERNAL_ERROR;
        },
        refusal.explanation());
  }
}
