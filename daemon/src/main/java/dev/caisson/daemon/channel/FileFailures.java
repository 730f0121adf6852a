package dev.caisson.daemon.channel;

import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.SandboxLimits;
import dev.caisson.daemon.model.WorkspacePath;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Says why a request about a file failed, in words of ours: of the agent's only the reason counts.
 */
final class FileFailures {

  private FileFailures() {}

  /** What whoever asked hears; depends on the limits of the sandbox. */
  static Function<SandboxLimits, SandboxException> read(Message message, FileQuestion question) {
    ObjectNode body = Json.readObject(message);
    String reason = Json.text(body, "reason");
    WorkspacePath blamed = blamed(body.path("component"), question.path());
    if (!isKnown(reason)) {
      throw Violation.of("a file_error frame with a reason that does not exist");
    }
    if (reason.equals("too_large") && question.kind() == FrameKind.FILE_READ) {
      return limits -> tooMuchToRead(blamed.shown(), limits);
    }
    int number = body.path("errno").asInt(0);
    return limits -> failure(reason, blamed.shown(), number, limits);
  }

  private static WorkspacePath blamed(JsonNode component, WorkspacePath path) {
    if (component.isMissingNode()) {
      return path;
    }
    int names = path.names().size();
    if (!component.isInt() || component.intValue() < 0 || component.intValue() >= names) {
      throw Violation.of("a file_error frame that blames a name which is not in the path");
    }
    return path.first(component.intValue() + 1);
  }

  private static boolean isKnown(String reason) {
    return switch (reason) {
      case "not_found", "exists", "not_directory", "is_directory", "link", "special", "not_empty" ->
          true;
      case "no_space", "too_large", "too_deep", "denied", "changed", "busy" -> true;
      case "cancelled", "failed" -> true;
      default -> false;
    };
  }

  private static SandboxException failure(
      String reason, String path, int number, SandboxLimits limits) {
    return switch (reason) {
      case "not_found" ->
          new SandboxException(
              ErrorCode.NOT_FOUND,
              "there is no %s in the workspace; list its directory to see what there is"
                  .formatted(path));
      case "exists" ->
          refused("%s exists already; allow it to be replaced, or use another name", path);
      case "not_directory" ->
          refused("%s is not a directory; name the directory that it is in", path);
      case "is_directory" -> refused("%s is a directory; name a file", path);
      case "link" ->
          refused("%s is a link, and links are not followed; name what it points to", path);
      case "special" ->
          refused(
              "%s is neither a file nor a directory but a pipe or a socket; only a program can read it",
              path);
      case "not_empty" ->
          refused("directory %s is not empty; ask for it with all that is in it", path);
      case "too_deep" ->
          refused("%s has directories more than 64 deep; delete the inner ones first", path);
      case "denied" ->
          refused(
              "the permissions of %s forbid it; a program of the session can change them", path);
      case "changed" ->
          refused("a program has put something else in the place of %s meanwhile; try again", path);
      case "no_space" ->
          exhausted(
              "the workspace is full (sandbox.workspace is %s), so %s cannot be written; delete files, or use a policy with a larger one",
              limits.workspace(), path);
      case "too_large" ->
          exhausted(
              "%2$s is larger than a file may be (sandbox.file_size is %1$s); use a policy that allows more",
              limits.fileSize(), path);
      case "busy" ->
          exhausted(
              "the sandbox can open no more files (sandbox.open_files is %s) and so not %s; try again",
              limits.openFiles(), path);
      case "cancelled" -> refused("the request about %s was cancelled", path);
      default ->
          refused("the sandbox's kernel refused it for %s, errno " + number + "; try again", path);
    };
  }

  private static SandboxException tooMuchToRead(String path, SandboxLimits limits) {
    return new SandboxException(
        ErrorCode.FAILED_PRECONDITION,
        "%s is a sparse file with more than the workspace can hold (sandbox.workspace is %s); read a part of it"
            .formatted(path, limits.workspace()));
  }

  private static SandboxException refused(String format, String path) {
    return new SandboxException(ErrorCode.FAILED_PRECONDITION, format.formatted(path));
  }

  private static SandboxException exhausted(String format, Object limit, String path) {
    return new SandboxException(ErrorCode.OUT_OF_ROOM, format.formatted(limit, path));
  }
}
