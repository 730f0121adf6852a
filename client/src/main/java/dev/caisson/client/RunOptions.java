package dev.caisson.client;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import dev.caisson.v1.InputFile;
import dev.caisson.v1.StartRun;
import dev.caisson.v1.ToolCatalogue;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * What to run, and how. Immutable: each method gives a new one. The daemon checks every value;
 * limits may only tighten the policy's.
 *
 * <pre>{@code
 * RunOptions.code("print(6 * 7)").policy("offline").wallTime(Duration.ofSeconds(5))
 * }</pre>
 *
 * @param start the message that opens the run, for what has no method here
 */
public record RunOptions(StartRun start) {

  /** A program, 1 byte to 1 MiB of UTF-8. */
  public static RunOptions code(String code) {
    return new RunOptions(StartRun.newBuilder().setCode(code).build());
  }

  /**
   * A program of several files: those brought with {@link #file}, of which this one is run. The
   * others can be imported.
   */
  public static RunOptions entryPoint(String path) {
    return new RunOptions(StartRun.newBuilder().setEntryPoint(path).build());
  }

  /** A file of the workspace, there before the program starts; 8 MiB in all. */
  public RunOptions file(String path, byte[] content) {
    return with(start ->
        start.addFiles(
            InputFile.newBuilder().setPath(path).setContent(ByteString.copyFrom(content))));
  }

  /**
   * Files that come back through {@link RunListener#onFile}: paths, in which {@code *} stands for
   * characters of a name and {@code **} for any number of names.
   */
  public RunOptions outputs(List<String> patterns) {
    return with(start -> start.setOutputs(start.getOutputs().toBuilder().addAllPatterns(patterns)));
  }

  /** The files that the run makes or changes come back too. */
  public RunOptions changedFiles() {
    return with(start -> start.setOutputs(start.getOutputs().toBuilder().setChanged(true)));
  }

  /** The files whose path the program prints come back too. */
  public RunOptions printedFiles() {
    return with(start -> start.setOutputs(start.getOutputs().toBuilder().setPrinted(true)));
  }

  /** The file name that tracebacks show. */
  public RunOptions fileName(String name) {
    return with(start -> start.setFileName(name));
  }

  /** The policy's name. Not set: {@code default}. */
  public RunOptions policy(String name) {
    return with(start -> start.setPolicy(name));
  }

  /** The session that the run belongs to, by its id. Waits for its turn in it. */
  public RunOptions session(String id) {
    return with(start -> start.setSession(id));
  }

  /** Fails with {@code FAILED_PRECONDITION} instead of waiting while the session is busy. */
  public RunOptions refusedIfBusy() {
    return with(start -> start.setIfBusy(StartRun.IfBusy.REFUSE));
  }

  /** The wall-clock limit. */
  public RunOptions wallTime(java.time.Duration limit) {
    Duration wallTime =
        Duration.newBuilder().setSeconds(limit.getSeconds()).setNanos(limit.getNano()).build();
    return with(start -> start.setLimits(start.getLimits().toBuilder().setWallTime(wallTime)));
  }

  /** The most output that is delivered, in bytes; the rest is dropped and counted. */
  public RunOptions outputBytes(long limit) {
    return with(start -> start.setLimits(start.getLimits().toBuilder().setOutputBytes(limit)));
  }

  /** The most tool calls in all. */
  public RunOptions toolCalls(int limit) {
    return with(start -> start.setLimits(start.getLimits().toBuilder().setToolCalls(limit)));
  }

  /** Environment variables of the program, beside those set before. */
  public RunOptions environment(Map<String, String> variables) {
    return with(start -> start.putAllEnvironment(variables));
  }

  /** The tools that the program may call. */
  public RunOptions tools(ToolCatalogue catalogue) {
    return with(start -> start.setTools(catalogue));
  }

  /** {@code sys.argv[1:]}. */
  public RunOptions arguments(List<String> arguments) {
    return with(start -> start.clearArguments().addAllArguments(arguments));
  }

  /** Standard input will follow, through {@link RunHandle#stdin()}. Otherwise it is at its end. */
  public RunOptions withStdin() {
    return with(start -> start.setStdin(true));
  }

  /**
   * {@link RunListener#onApproval} asks a person. Otherwise a call that needs an approval is denied
   * at once.
   */
  public RunOptions withApprovals() {
    return with(start -> start.setAnswersApprovals(true));
  }

  private RunOptions with(UnaryOperator<StartRun.Builder> change) {
    return new RunOptions(change.apply(start.toBuilder()).build());
  }
}
