package dev.caisson.daemon.run;

import dev.caisson.daemon.channel.AgentCall;
import dev.caisson.daemon.channel.AgentRun;
import dev.caisson.daemon.channel.Json;
import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.Approval;
import dev.caisson.daemon.model.DurationText;
import dev.caisson.daemon.model.RunOutcome;
import dev.caisson.daemon.model.SharedPace;
import dev.caisson.daemon.model.ToolAnswer;
import dev.caisson.daemon.tools.PythonCatalogue;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;

/**
 * Carries the tool calls of one run out to its subscriber and the answers in, and answers questions
 * about the catalogue itself. The only place from which a call leaves: what {@link CallDecision}
 * refuses does not, whatever the stubs in the sandbox would have said.
 *
 * <p>Threads: {@link #called} and {@link #cancelled} run on the channel's reader and never block;
 * what has to be sent to the sandbox from there goes through {@link AgentAnswers}. {@link #answer}
 * and {@link #approved} run on the caller's thread, and answer waits while the sandbox does not
 * take the answer. {@link #close} may come from any thread, and nothing goes out after it.
 */
final class ToolRelay {

  /** How many questions about the catalogue a run may ask: each tool needs one, once. */
  private static final int CATALOGUE_LOOKUPS = 100_000;

  private final PythonCatalogue catalogue;
  private final CallDecision decision;
  private final SharedPace pace;
  private final RunEventLog log;
  private final ScheduledExecutorService timer;
  private final ToolAudit audit;
  private final Consumer<RunOutcome> stop;
  private final OpenCalls open = new OpenCalls();
  private final AgentAnswers answers = new AgentAnswers();
  private final Set<ToolName> approvedForRun = ConcurrentHashMap.newKeySet();
  private final AtomicInteger made = new AtomicInteger();
  private final AtomicInteger late = new AtomicInteger();
  private final AtomicBoolean comingAgain = new AtomicBoolean();
  private int lookups;

  private record ToolName(String server, String tool) {
    static ToolName of(OpenCalls.Call call) {
      return new ToolName(call.server(), call.tool());
    }
  }

  ToolRelay(
      PythonCatalogue catalogue,
      CallDecision decision,
      SharedPace pace,
      RunEventLog log,
      ScheduledExecutorService timer,
      ToolAudit audit,
      Consumer<RunOutcome> stop) {
    this.catalogue = catalogue;
    this.decision = decision;
    this.pace = pace;
    this.log = log;
    this.timer = timer;
    this.audit = audit;
    this.stop = stop;
  }

  /** Calls made, refused ones included. */
  int calls() {
    return made.get();
  }

  /** Answers and approvals that came when their call was over. */
  int lateAnswers() {
    return late.get();
  }

  // ---- the sandbox ----

  /** The program asks for something outside. */
  void called(AgentRun run, AgentCall call) {
    if (open.inFlight() + answers.waiting() >= decision.limits().toolCallsInFlight()) {
      // An honest agent waits for an answer before it asks for more than this.
      throw new SandboxException(
          ErrorCode.CHANNEL_VIOLATION,
          "more than %d tool calls in flight".formatted(decision.limits().toolCallsInFlight()));
    }
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
  void cancelled(AgentRun run, long number) {
    open.cancelled(number)
        .ifPresent(closed -> {
          withdraw(closed, "the program no longer waits for it");
          // The agent keeps the call's place until it hears of it.
          refuse(run, number, ToolAnswer.Reason.TOOL_ERROR, "the program gave this call up");
          forward(run);
        });
  }

  private void toolCalled(AgentRun run, AgentCall call) {
    int limit = decision.limits().toolCalls();
    if (made.get() >= limit) {
      stop.accept(
          new RunOutcome.LimitExceeded(
              "tools.calls",
              "the program made more than %d tool calls (tools.calls)".formatted(limit)));
      return;
    }
    made.incrementAndGet();
    String server = call.text("server");
    String tool = call.text("tool");
    switch (decision.of(server, tool, call.arguments())) {
      case CallDecision.Refused(ToolAnswer.Failure failure) -> {
        if (failure.reason() == ToolAnswer.Reason.DENIED) {
          audit.decided(shown(server), shown(tool), "denied", failure.message());
        }
        refuse(run, call.id(), failure.reason(), failure.message());
      }
      case CallDecision.Granted(var limits) -> {
        open.open(OpenCalls.call(call.id(), server, tool, call.arguments(), limits));
        forward(run);
      }
      case CallDecision.ToBeAsked ask -> ask(run, call, ask);
    }
  }

  private void lookedUp(AgentRun run, AgentCall call) {
    lookups++;
    if (lookups > CATALOGUE_LOOKUPS) {
      throw new SandboxException(
          ErrorCode.CHANNEL_VIOLATION,
          "more than %d questions about the catalogue".formatted(CATALOGUE_LOOKUPS));
    }
    answers.add(() -> {
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

  // ---- approvals ----

  private void ask(AgentRun run, AgentCall call, CallDecision.ToBeAsked ask) {
    OpenCalls.Call asked =
        OpenCalls.call(
            call.id(), call.text("server"), call.text("tool"), call.arguments(), ask.limits());
    if (approvedForRun.contains(ToolName.of(asked))) {
      open.open(asked);
      forward(run);
      return;
    }
    Duration patience = decision.grants().askTimeout();
    open.ask(
            asked,
            opened ->
                log.add(
                    new RunEvent.ApprovalAsked(
                        opened.id(),
                        opened.server(),
                        opened.tool(),
                        opened.arguments(),
                        ask.rule().toString(),
                        patience)))
        .ifPresent(opened -> {
          log.tell();
          audit.decided(opened.server(), opened.tool(), "asked", ask.rule().toString());
          open.boundAsking(
              opened.id(),
              after(patience, () -> notApproved(run, opened.id(), "nobody answered in time")));
        });
  }

  /**
   * Passes in what a person said. An approval of a call that is over is dropped and counted.
   *
   * @throws SandboxException FAILED_PRECONDITION for an id that was never given out
   */
  void approved(AgentRun run, String id, Approval approval) {
    requireIssued(id);
    Optional<OpenCalls.Call> asked = open.asked(id);
    boolean known =
        switch (approval.choice()) {
          case DENY -> denied(run, id, approval.reason());
          case ALLOW -> open.approved(id);
          case ALLOW_FOR_RUN -> approvedForRun(id);
        };
    if (!known) {
      late.incrementAndGet();
      return;
    }
    asked.ifPresent(call ->
        audit.decided(
            call.server(),
            call.tool(),
            approval.choice() == Approval.Choice.DENY ? "denied" : "approved",
            approval.choice() + " by the client"));
    forward(run);
  }

  private boolean denied(AgentRun run, String id, String reason) {
    Optional<OpenCalls.Closed> closed = open.refused(id);
    closed.ifPresent(c ->
        refuse(
            run,
            c.call().number(),
            ToolAnswer.Reason.DENIED,
            decision.notApproved(
                c.call().server(),
                c.call().tool(),
                reason.isEmpty() ? "it was refused" : "it was refused: " + reason)));
    return closed.isPresent();
  }

  private boolean approvedForRun(String id) {
    Optional<ToolName> tool = open.asked(id).map(ToolName::of);
    if (tool.isEmpty()) {
      return false;
    }
    // First for the calls to come, or one that comes in between would be asked for once more.
    approvedForRun.add(tool.get());
    return open.approvedAll(call -> ToolName.of(call).equals(tool.get())) > 0;
  }

  private void notApproved(AgentRun run, String id, String why) {
    open.refused(id)
        .ifPresent(closed -> {
          withdraw(closed, why);
          OpenCalls.Call call = closed.call();
          refuse(
              run,
              call.number(),
              ToolAnswer.Reason.DENIED,
              decision.notApproved(call.server(), call.tool(), why));
        });
  }

  // ---- the caller ----

  /**
   * Passes an answer in. An answer to a call that is over is dropped and counted.
   *
   * @throws SandboxException FAILED_PRECONDITION for an id that was never given out, or of a call
   *     that the client was not asked to make yet
   */
  void answer(AgentRun run, String id, ToolAnswer answer) throws InterruptedException {
    requireIssued(id);
    if (open.notForwarded(id)) {
      throw new SandboxException(
          ErrorCode.FAILED_PRECONDITION,
          "the tool call '" + id + "' waits for an approval; it cannot have a result yet");
    }
    Optional<OpenCalls.Closed> closed = open.answered(id);
    if (closed.isEmpty()) {
      late.incrementAndGet();
      return;
    }
    forward(run);
    long number = closed.get().call().number();
    switch (checked(answer)) {
      case ToolAnswer.Value(byte[] json) -> run.result(number, "value", json);
      case ToolAnswer.McpResult(byte[] json) -> run.result(number, "mcp", json);
      case ToolAnswer.Failure(ToolAnswer.Reason reason, String message) ->
          run.error(number, reason.wireName(), message);
    }
  }

  private void requireIssued(String id) {
    if (!open.wasIssued(id)) {
      throw new SandboxException(
          ErrorCode.FAILED_PRECONDITION, "this run has made no tool call with the id '" + id + "'");
    }
  }

  private ToolAnswer checked(ToolAnswer answer) {
    return switch (answer) {
      case ToolAnswer.Value(byte[] json) -> checked(answer, json);
      case ToolAnswer.McpResult(byte[] json) -> checked(answer, json);
      case ToolAnswer.Failure failure -> failure;
    };
  }

  private ToolAnswer checked(ToolAnswer answer, byte[] json) {
    if (json.length > decision.limits().resultBytes().bytes()) {
      return new ToolAnswer.Failure(
          ToolAnswer.Reason.LIMIT,
          "the tool's result has %d bytes; the limit is %s (tools.result_bytes)"
              .formatted(json.length, decision.limits().resultBytes()));
    }
    return Json.fault(json)
        .<ToolAnswer>map(fault ->
            new ToolAnswer.Failure(
                ToolAnswer.Reason.TOOL_ERROR,
                "the answer of the tool's client is not JSON: " + fault))
        .orElse(answer);
  }

  // ---- the end ----

  /** The run is over: nothing goes out or in any more. */
  void close() {
    open.close().forEach(closed -> withdraw(closed, "the run has ended"));
    answers.close();
  }

  // ---- on the way ----

  private void forward(AgentRun run) {
    var forwarding =
        open.forward(
            pace::pass,
            call ->
                log.add(
                    new RunEvent.ToolCalled(
                        call.id(), call.server(), call.tool(), call.arguments())));
    if (forwarding.held() && comingAgain.compareAndSet(false, true)) {
      var unused =
          after(
              pace.untilNext(),
              () -> {
                comingAgain.set(false);
                forward(run);
              });
    }
    if (forwarding.leaving().isEmpty()) {
      return;
    }
    log.tell();
    for (OpenCalls.Call call : forwarding.leaving()) {
      CallDecision.Patience patience = decision.patience(call.limits());
      open.boundAnswering(
          call.id(), after(patience.time(), () -> timedOut(run, call.id(), patience)));
    }
  }

  private void timedOut(AgentRun run, String id, CallDecision.Patience patience) {
    open.answered(id)
        .ifPresent(closed -> {
          withdraw(closed, "it was not answered in time");
          refuse(
              run,
              closed.call().number(),
              ToolAnswer.Reason.TIMED_OUT,
              "the tool did not answer within %s (%s)"
                  .formatted(DurationText.of(patience.time()), patience.key()));
          forward(run);
        });
  }

  /** Takes a call back from the client: unseen when it has not gone out yet, else with a word. */
  private void withdraw(OpenCalls.Closed closed, String why) {
    closed
        .announced()
        .filter(announced -> !log.withdraw(announced))
        .ifPresent(seen -> log.append(new RunEvent.ToolCallWithdrawn(closed.call().id(), why)));
  }

  /** Names that the catalogue does not have are the sandbox's: no longer than those it may have. */
  private static String shown(String name) {
    return name.length() <= 256 ? name : name.substring(0, 256) + "…";
  }

  private Future<?> after(Duration time, Runnable then) {
    return timer.schedule(then, time.toNanos(), TimeUnit.NANOSECONDS);
  }

  private void refuse(AgentRun run, long number, ToolAnswer.Reason reason, String message) {
    answers.add(() -> run.error(number, reason.wireName(), message));
  }
}
