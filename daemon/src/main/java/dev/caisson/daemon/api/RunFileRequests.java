package dev.caisson.daemon.api;

import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.ByteSize;
import dev.caisson.daemon.model.WorkspacePath;
import dev.caisson.daemon.run.FilePattern;
import dev.caisson.daemon.run.RunFiles;
import dev.caisson.v1.InputFile;
import dev.caisson.v1.OutputFiles;
import dev.caisson.v1.StartRun;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Makes our values of the files that a run brings and wants, and refuses what breaks a rule. */
final class RunFileRequests {

  private static final int FILES = 256;
  private static final ByteSize BYTES = ByteSize.ofMebibytes(8);
  private static final int PATTERNS = 64;

  private RunFileRequests() {}

  static RunFiles files(StartRun start) {
    List<RunFiles.Brought> brought = brought(start.getFilesList());
    return new RunFiles(brought, entryPoint(start, brought), wanted(start.getOutputs()));
  }

  private static List<RunFiles.Brought> brought(List<InputFile> files) {
    if (files.size() > FILES) {
      throw RunRequests.invalid(
          "files", "has %,d files".formatted(files.size()), "the limit is " + FILES);
    }
    long bytes = files.stream().mapToLong(file -> file.getContent().size()).sum();
    if (bytes > BYTES.bytes()) {
      throw RunRequests.invalid(
          "files",
          "has %,d bytes in all".formatted(bytes),
          "the limit is %s; write larger ones with FileService".formatted(BYTES));
    }
    Set<String> paths = new HashSet<>();
    List<RunFiles.Brought> brought = new ArrayList<>(files.size());
    for (InputFile file : files) {
      WorkspacePath path = path("files", file.getPath());
      if (!paths.add(file.getPath())) {
        throw RunRequests.invalid("files", "has " + path.shown() + " twice", "send it once");
      }
      brought.add(new RunFiles.Brought(path, file.getContent().toByteArray()));
    }
    return brought;
  }

  private static Optional<WorkspacePath> entryPoint(
      StartRun start, List<RunFiles.Brought> brought) {
    if (start.getEntryPoint().isEmpty()) {
      return Optional.empty();
    }
    WorkspacePath path = path("entry_point", start.getEntryPoint());
    if (!start.getCode().isEmpty() || !start.getFileName().isEmpty()) {
      throw RunRequests.invalid(
          "entry_point", "is set beside code or file_name", "send the program as one or the other");
    }
    if (brought.stream().noneMatch(file -> file.path().equals(path))) {
      throw RunRequests.invalid(
          "entry_point", "is " + path.shown(), "it has to be the path of one of files");
    }
    return Optional.of(path);
  }

  /** The text of the entry point. */
  static String program(RunFiles files) {
    WorkspacePath path = files.entryPoint().orElseThrow();
    byte[] content =
        files.brought().stream()
            .filter(file -> file.path().equals(path))
            .findFirst()
            .orElseThrow()
            .content();
    try {
      return RunRequests.code(
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(content)).toString());
    } catch (CharacterCodingException e) {
      throw RunRequests.invalid("entry_point", "is not UTF-8", "save the program as UTF-8");
    }
  }

  private static RunFiles.Wanted wanted(OutputFiles outputs) {
    if (outputs.getPatternsCount() > PATTERNS) {
      throw RunRequests.invalid(
          "outputs",
          "has %,d patterns".formatted(outputs.getPatternsCount()),
          "the limit is " + PATTERNS);
    }
    return new RunFiles.Wanted(
        outputs.getPatternsList().stream()
            .map(pattern -> new FilePattern(path("outputs", pattern)))
            .toList(),
        outputs.getChanged(),
        outputs.getPrinted());
  }

  private static WorkspacePath path(String field, String text) {
    try {
      return WorkspacePath.within(text);
    } catch (SandboxException e) {
      throw new SandboxException(e.code(), field + ": " + e.getMessage(), e);
    }
  }
}
