package dev.caisson.daemon.run;

import dev.caisson.daemon.model.RunError;
import dev.caisson.daemon.model.SandboxLimits;

/**
 * Names the limit behind an exception that Python raises without naming one. A hint and not a
 * finding: a program can raise any of these itself.
 */
final class LimitHint {

  private LimitHint() {}

  /** The keys and values of the policy that such an error comes from; empty for any other. */
  static String of(RunError error, SandboxLimits limits) {
    return switch (error.type()) {
      case "MemoryError" -> "sandbox.memory is " + limits.memory();
      case "RuntimeError" ->
          error.message().equals("can't start new thread")
              ? "sandbox.processes is " + limits.processes()
              : "";
      case "BlockingIOError" -> ofNewProcess(error.message(), limits);
      case "OSError" -> ofNumber(error.message(), limits);
      default -> "";
    };
  }

  /** The agent refuses a fork that memory has no room for with words of its own. */
  private static String ofNewProcess(String message, SandboxLimits limits) {
    if (message.startsWith("[Errno 11] the sandbox's memory")) {
      return "sandbox.memory is " + limits.memory();
    }
    return message.startsWith("[Errno 11] ")
        ? "for a new process: sandbox.processes is " + limits.processes()
        : "";
  }

  private static String ofNumber(String message, SandboxLimits limits) {
    if (message.startsWith("[Errno 28] ")) {
      return "sandbox.workspace is %s, sandbox.tmp is %s, sandbox.shm is %s"
          .formatted(limits.workspace(), limits.tmp(), limits.shm());
    }
    if (message.startsWith("[Errno 27] ")) {
      return "sandbox.file_size is " + limits.fileSize();
    }
    if (message.startsWith("[Errno 24] ")) {
      return "sandbox.open_files is " + limits.openFiles();
    }
    return "";
  }
}
