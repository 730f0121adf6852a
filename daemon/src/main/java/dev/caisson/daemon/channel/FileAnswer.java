package dev.caisson.daemon.channel;

import dev.caisson.daemon.model.FileEntry;
import dev.caisson.daemon.model.FileEntry.Kind;
import dev.caisson.daemon.model.FilePage;
import dev.caisson.daemon.model.WorkspacePath;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What an agent answers, read by the question: what that does not ask for is a violation. */
sealed interface FileAnswer {

  record Page(FilePage page) implements FileAnswer {}

  record Entry(FileEntry entry) implements FileAnswer {}

  record ReadEnd(FileEnd end) implements FileAnswer {}

  record Removed(long names) implements FileAnswer {}

  record Created(boolean created) implements FileAnswer {}

  static FileAnswer read(Message message, FileQuestion question) {
    ObjectNode body = Json.readObject(message);
    return switch (question.kind()) {
      case FILE_LIST -> new Page(page(body, question));
      case FILE_STAT, FILE_WRITE -> new Entry(entry(body.path("entry"), question.path()));
      case FILE_READ ->
          new ReadEnd(
              new FileEnd(
                  count(body.path("bytes")), count(body.path("size")), yes(body.path("changed"))));
      case FILE_DELETE -> new Removed(count(body.path("removed")));
      case FILE_MKDIR -> new Created(yes(body.path("created")));
      default -> throw new IllegalStateException("no question: " + question.kind());
    };
  }

  /** The entry of the path that was asked for. */
  static FileEntry entry(JsonNode node, WorkspacePath path) {
    if (!(node instanceof ObjectNode fields) || !Json.text(fields, "name").equals(path.name())) {
      throw Violation.of("an entry of another file than " + path.shown());
    }
    return entry(fields, path.text());
  }

  private static FilePage page(ObjectNode body, FileQuestion question) {
    JsonNode entries = body.path("entries");
    if (!entries.isArray() || entries.size() > question.most()) {
      throw Violation.of("a list of files with other than 0 to " + question.most() + " entries");
    }
    List<FileEntry> page = new ArrayList<>(entries.size());
    byte[] last = bytes(question.after());
    for (JsonNode one : entries) {
      String name = one instanceof ObjectNode fields ? Json.text(fields, "name") : "";
      if (!WorkspacePath.isName(name) || Arrays.compareUnsigned(bytes(name), last) <= 0) {
        throw Violation.of("a list of files with a name that cannot be there");
      }
      last = bytes(name);
      page.add(entry((ObjectNode) one, question.path().below(name)));
    }
    boolean more = yes(body.path("more"));
    if (more && page.isEmpty()) {
      throw Violation.of("an empty list of files that goes on");
    }
    return new FilePage(page, more, count(body.path("unlisted")));
  }

  private static FileEntry entry(ObjectNode fields, String path) {
    Kind kind =
        switch (Json.text(fields, "kind")) {
          case "file" -> Kind.FILE;
          case "directory" -> Kind.DIRECTORY;
          case "link" -> Kind.LINK;
          case "other" -> Kind.OTHER;
          default -> throw Violation.of("an entry of a kind that does not exist");
        };
    long mode = count(fields.path("mode"));
    if (mode > 07777) {
      throw Violation.of("an entry of mode " + mode);
    }
    JsonNode modified = fields.path("modified");
    if (!modified.isIntegralNumber() || !modified.canConvertToLong()) {
      throw Violation.of("an entry without the time of its change");
    }
    return new FileEntry(
        path,
        kind,
        count(fields.path("size")),
        Instant.ofEpochSecond(0, modified.longValue()),
        (int) mode,
        count(fields.path("links")));
  }

  private static long count(JsonNode node) {
    if (!node.isIntegralNumber() || !node.canConvertToLong() || node.longValue() < 0) {
      throw Violation.of("a number about a file that cannot be");
    }
    return node.longValue();
  }

  private static boolean yes(JsonNode node) {
    if (!node.isBoolean()) {
      throw Violation.of("neither yes nor no in an answer about a file");
    }
    return node.booleanValue();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
