package dev.caisson.daemon.run;

import dev.caisson.daemon.channel.AgentCall;
import dev.caisson.daemon.channel.AgentRun;
import dev.caisson.daemon.channel.Json;
import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.ByteSize;
import dev.caisson.daemon.model.DurationText;
import dev.caisson.daemon.model.RunOutcome;
import dev.caisson.daemon.model.ToolAnswer;
import dev.caisson.daemon.policy.EffectiveLimits;
import dev.caisson.daemon.tools.PythonCatalogue;
import dev.caisson.daemon.tools.PythonServer;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;

/**
 * Carries the tool calls of one run out to its subscriber and the answers in, and answers questions
 * about the catalogue itself. The only place that decides whether a call leaves.
 *
 * <p>Threads: {@link #called} and {@link #cancelled} run on the channel's reader and never block;
 * what has to be sent to the sandbox from there goes out on a virtual thread of its own. {@link
 * #answer} runs on the caller's thread and waits while the sandbox does not take the answer.
 */
final class ToolRelay {

  /** How many questions about the catalogue a run may ask: each tool needs one, once. */
  private static final int CATALOGUE_LOOKUPS = 100_000;

  private final PythonCatalogue catalogue;
  private final EffectiveLimits limits;
  private final RunEventLog log;
  private final ScheduledExecutorService timer;
  private final Consumer<RunOutcome> stop;
  private final OpenCalls open = new OpenCalls();
  private int lookups;

  ToolRelay(
      PythonCatalogue catalogue,
      EffectiveLimits limits,
      RunEventLog log,
      ScheduledExecutorService timer,
      Consumer<RunOutcome> stop) {
    this.catalogue = catalogue;
    this.limits = limits;
    this.log = log;
    this.timer = timer;
    this.stop = stop;
  }

  int calls() {
    return open.issued();
  }

  /** The program asks for something outside. */
  void called(AgentRun run, AgentCall call) {
    switch (call.service() + "." + call.method()) {
      case "tools.call" -> toolCalled(run, call);
      case "catalogue.server", "catalogue.tool", "catalogue.search" -> lookedUp(run, call);
      default ->
          refuse(
              run,
              call.id(),
              ToolAnswer.Reason.DENIED,
              "there is no service '" + call.service() + "' with method '" + call.method() + "'");
    }
  }

  /** The code no longer waits for this call. */
  void cancelled(long number) {
    open.takeByNumber(number)
        .ifPresent(id ->
            log.append(new RunEvent.ToolCallWithdrawn(id, "the program no longer waits for it")));
  }

  /**
   * Passes an answer in. An answer to a call that is over is dropped.
   *
   * @throws SandboxException FAILED_PRECONDITION for an id that was never given out
   */
  void answer(AgentRun run, String id, ToolAnswer answer) throws InterruptedException {
    OptionalLong number = open.take(id);
    if (number.isEmpty()) {
      if (!open.wasIssued(id)) {
        throw new SandboxException(
            ErrorCode.FAILED_PRECONDITION,
            "this run has made no tool call with the id '" + id + "'");
      }
      return;
    }
    switch (checked(answer)) {
      case ToolAnswer.Value(byte[] json) -> run.result(number.getAsLong(), "value", json);
      case ToolAnswer.McpResult(byte[] json) -> run.result(number.getAsLong(), "mcp", json);
      case ToolAnswer.Failure(ToolAnswer.Reason reason, String message) ->
          run.error(number.getAsLong(), reason.wireName(), message);
    }
  }

  /** The run is over: nothing goes out or in any more. */
  void close() {
    open.close().forEach(id -> log.append(new RunEvent.ToolCallWithdrawn(id, "the run has ended")));
  }

  private ToolAnswer checked(ToolAnswer answer) {
    return switch (answer) {
      case ToolAnswer.Value(byte[] json) -> checked(answer, json);
      case ToolAnswer.McpResult(byte[] json) -> checked(answer, json);
      case ToolAnswer.Failure failure -> failure;
    };
  }

  private ToolAnswer checked(ToolAnswer answer, byte[] json) {
    if (json.length > limits.resultBytes().bytes()) {
      return new ToolAnswer.Failure(
          ToolAnswer.Reason.LIMIT,
          "the tool's result has %d bytes; the limit is %s (tools.result_bytes)"
              .formatted(json.length, limits.resultBytes()));
    }
    return Json.fault(json)
        .<ToolAnswer>map(fault ->
            new ToolAnswer.Failure(
                ToolAnswer.Reason.TOOL_ERROR,
                "the answer of the tool's client is not JSON: " + fault))
        .orElse(answer);
  }

  private void toolCalled(AgentRun run, AgentCall call) {
    if (open.issued() >= limits.toolCalls()) {
      stop.accept(
          new RunOutcome.LimitExceeded(
              "tools.calls",
              "the program made more than %d tool calls (tools.calls)"
                  .formatted(limits.toolCalls())));
      return;
    }
    if (open.inFlight() >= limits.toolCallsInFlight()) {
      throw new SandboxException(
          ErrorCode.CHANNEL_VIOLATION,
          "more than %d tool calls in flight".formatted(limits.toolCallsInFlight()));
    }
    String server = call.text("server");
    String tool = call.text("tool");
    Optional<ToolAnswer.Failure> refusal = refusal(server, tool, call.arguments());
    if (refusal.isPresent()) {
      refuse(run, call.id(), refusal.get().reason(), refusal.get().message());
      return;
    }
    open.open(call.id())
        .ifPresent(id -> {
          log.append(new RunEvent.ToolCalled(id, server, tool, call.arguments()));
          var unused =
              timer.schedule(
                  () -> timedOut(run, id), limits.callTimeout().toNanos(), TimeUnit.NANOSECONDS);
        });
  }

  private Optional<ToolAnswer.Failure> refusal(String server, String tool, byte[] arguments) {
    Optional<String> unavailable =
        catalogue.find(server).map(PythonServer::unavailable).filter(why -> !why.isEmpty());
    if (unavailable.isPresent()) {
      return unavailable.map(why -> new ToolAnswer.Failure(ToolAnswer.Reason.UNAVAILABLE, why));
    }
    if (catalogue.find(server, tool).isEmpty()) {
      return Optional.of(
          new ToolAnswer.Failure(
              ToolAnswer.Reason.DENIED,
              "this run has no tool '%s' of server '%s'".formatted(tool, server)));
    }
    if (arguments.length > limits.argumentBytes().bytes()) {
      return Optional.of(
          new ToolAnswer.Failure(
              ToolAnswer.Reason.LIMIT,
              "the arguments have %s; the limit is %s (tools.argument_bytes)"
                  .formatted(new ByteSize(arguments.length), limits.argumentBytes())));
    }
    Optional<String> fault =
        arguments.length == 0 || arguments[0] != '{'
            ? Optional.of("they are not a JSON object")
            : Json.fault(arguments);
    return fault.map(f ->
        new ToolAnswer.Failure(
            ToolAnswer.Reason.INVALID_ARGUMENTS, "the arguments cannot be read: " + f));
  }

  private void lookedUp(AgentRun run, AgentCall call) {
    lookups++;
    if (lookups > CATALOGUE_LOOKUPS) {
      throw new SandboxException(
          ErrorCode.CHANNEL_VIOLATION,
          "more than %d questions about the catalogue".formatted(CATALOGUE_LOOKUPS));
    }
    onVirtualThread(() -> {
      try {
        run.result(call.id(), "value", Json.bytes(lookUp(call)));
      } catch (SandboxException e) {
        run.error(call.id(), ToolAnswer.Reason.DENIED.wireName(), e.getMessage());
      }
    });
  }

  private JsonNode lookUp(AgentCall call) {
    return switch (call.method()) {
      case "server" -> catalogue.serverJson(call.text("server"));
      case "tool" -> catalogue.toolJson(call.text("server"), call.text("tool"));
      default -> catalogue.searchJson(call.text("query"), call.header().path("limit").asInt(10));
    };
  }

  private void timedOut(AgentRun run, String id) {
    OptionalLong number = open.take(id);
    if (number.isPresent()) {
      log.append(new RunEvent.ToolCallWithdrawn(id, "it was not answered in time"));
      refuse(
          run,
          number.getAsLong(),
          ToolAnswer.Reason.TIMED_OUT,
          "the tool did not answer within "
              + DurationText.of(limits.callTimeout())
              + " (tools.call_timeout)");
    }
  }

  private static void refuse(AgentRun run, long number, ToolAnswer.Reason reason, String message) {
    onVirtualThread(() -> run.error(number, reason.wireName(), message));
  }

  private interface Sending {
    void send() throws InterruptedException;
  }

  private static void onVirtualThread(Sending sending) {
    Thread.ofVirtual()
        .name("tool-relay")
        .start(() -> {
          try {
            sending.send();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
  }
}
