package dev.caisson.daemon.channel;

import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.FileEntry;
import dev.caisson.daemon.model.FilePage;
import dev.caisson.daemon.model.SandboxLimits;
import dev.caisson.daemon.model.WorkspacePath;
import tools.jackson.databind.node.ObjectNode;

/**
 * The files of one sandbox's workspace. All methods wait for the agent and throw a {@link
 * SandboxException} that says why something cannot be.
 */
public final class AgentFiles {

  /** The most entries of a page. */
  public static final int PAGE = 1_000;

  private final FileRequests requests;
  private final SandboxLimits limits;
  private final FileTask task;

  AgentFiles(FileRequests requests, SandboxLimits limits, FileTask task) {
    this.requests = requests;
    this.limits = limits;
    this.task = task;
  }

  /** The same, for requests that are over when the task is. */
  public AgentFiles during(FileTask other) {
    return new AgentFiles(requests, limits, other);
  }

  /** Throws when the task of these requests is over. */
  public void requireGoingOn() {
    task.requireGoingOn();
  }

  /** What the workspace has room for. */
  public SandboxLimits limits() {
    return limits;
  }

  /**
   * A part of a directory.
   *
   * @param after the name behind which it begins; empty for the first
   */
  public FilePage list(WorkspacePath path, String after, int most) {
    FileQuestion question = new FileQuestion(FrameKind.FILE_LIST, path, 0, most, after);
    ObjectNode header = question.header().put("after", after).put("limit", most);
    if (answer(question, header) instanceof FileAnswer.Page(FilePage page)) {
      return page;
    }
    throw new IllegalStateException("no page");
  }

  public FileEntry stat(WorkspacePath path) {
    FileQuestion question = FileQuestion.of(FrameKind.FILE_STAT, path);
    if (answer(question, question.header()) instanceof FileAnswer.Entry(FileEntry entry)) {
      return entry;
    }
    throw new IllegalStateException("no entry");
  }

  /** Gives how many names it deleted. */
  public long delete(WorkspacePath path, Depth depth) {
    FileQuestion question = FileQuestion.of(FrameKind.FILE_DELETE, path);
    ObjectNode header = question.header().put("recursive", depth == Depth.ALL_WITHIN);
    if (answer(question, header) instanceof FileAnswer.Removed(long names)) {
      return names;
    }
    throw new IllegalStateException("no count");
  }

  /** Gives whether it was not there before. */
  public boolean makeDirectory(WorkspacePath path, Parents parents) {
    FileQuestion question = FileQuestion.of(FrameKind.FILE_MKDIR, path);
    ObjectNode header = question.header().put("parents", parents == Parents.MAKE);
    if (answer(question, header) instanceof FileAnswer.Created(boolean created)) {
      return created;
    }
    throw new IllegalStateException("no word about it");
  }

  /**
   * Opens a file to be read.
   *
   * @param most bytes; a sparse file from which more is asked for than the workspace can hold is
   *     refused
   */
  public FileReading read(WorkspacePath path, long offset, long most) {
    // An honest agent refuses what passes the workspace, so no more than that may come.
    long bound = Math.min(most, limits.workspace().bytes());
    FileQuestion question = new FileQuestion(FrameKind.FILE_READ, path, offset, bound, "");
    FileRequest request =
        requests.ask(
            question,
            question
                .header()
                .put("offset", offset)
                .put("length", most)
                .put("most", limits.workspace().bytes())
                .put("window", FileRequest.WINDOW),
            task);
    return new FileReading(request, limits);
  }

  /** Begins a file, which takes its name when it is finished. */
  public FileWriting write(WorkspacePath path, IfExists ifExists, Parents parents) {
    FileQuestion question = FileQuestion.of(FrameKind.FILE_WRITE, path);
    FileRequest request =
        requests.ask(
            question,
            question
                .header()
                .put("window", FileRequest.WINDOW)
                .put("replace", ifExists == IfExists.REPLACE)
                .put("parents", parents == Parents.MAKE),
            task);
    return new FileWriting(request, path, limits);
  }

  private FileAnswer answer(FileQuestion question, ObjectNode header) {
    return requests.ask(question, header, task).awaitDone(limits);
  }

  /** How much a deletion takes along. */
  public enum Depth {
    ALONE,
    ALL_WITHIN
  }

  /** Whether missing directories on the way are made. */
  public enum Parents {
    REQUIRE,
    MAKE
  }

  /** What becomes of a file that has the name already. */
  public enum IfExists {
    REPLACE,
    REFUSE
  }
}
