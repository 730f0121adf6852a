package dev.caisson.daemon.session;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.caisson.daemon.channel.AgentChannel;
import dev.caisson.daemon.channel.ProgramEnd;
import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.Deadline;
import dev.caisson.daemon.model.RunReport;
import dev.caisson.daemon.model.RunUsage;
import dev.caisson.daemon.model.SandboxLimits;
import dev.caisson.daemon.model.SessionId;
import dev.caisson.daemon.model.Ticker;
import dev.caisson.daemon.run.Run;
import dev.caisson.daemon.run.Sandboxes.Leased;
import dev.caisson.daemon.runtime.SandboxUsage;
import dev.caisson.daemon.session.SessionNotice.News;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * One session: a sandbox, and whose turn it is in it.
 *
 * <p>Threads: safe for use by many. Turns are given in the order of arrival; whoever has the turn
 * is the only one who starts a run, resets or replaces the sandbox. The lock guards fields only and
 * is never held over a wait or a call of the sandbox.
 */
final class Session {

  /** How long a run that was cancelled may keep the sandbox of a session that is over. */
  static final Duration END_PATIENCE = Duration.ofSeconds(5);

  /** Its supervisor runs no code of the user's: it answers within a millisecond or it hangs. */
  private static final Duration ANSWER_PATIENCE = Duration.ofSeconds(1);

  private final SessionId id;
  private final SessionSpec spec;
  private final String policy;
  private final Instant created;
  private final Ticker ticker;
  private final Consumer<News> tell;
  private final Semaphore turn = new Semaphore(1, true);
  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock")
  private Optional<Leased> leased;

  /** Of its sandbox. */
  @GuardedBy("lock")
  private SandboxLimits limits;

  /** Requests about files that are open. */
  @GuardedBy("lock")
  private int uses;

  @GuardedBy("lock")
  private Optional<Run> running = Optional.empty();

  /** Why its sandbox is gone, with {@code leased} empty. */
  @GuardedBy("lock")
  private String lost = "";

  /** What there was to say of the run that ended last, or nothing. */
  @GuardedBy("lock")
  private String runSaid = "";

  /** Why the names of the run before are gone. */
  @GuardedBy("lock")
  private Optional<String> namesLost = Optional.empty();

  @GuardedBy("lock")
  private boolean over;

  @GuardedBy("lock")
  private long endedAt;

  @GuardedBy("lock")
  private final SessionLifetime lifetime;

  @GuardedBy("lock")
  private int runs;

  @GuardedBy("lock")
  private int restarts;

  @GuardedBy("lock")
  private RunUsage used = RunUsage.NOTHING;

  /**
   * @param limits of the sandbox
   * @param tell hears what happens to it; must not block
   */
  Session(
      SessionId id,
      SessionSpec spec,
      String policy,
      Leased leased,
      SandboxLimits limits,
      Instant created,
      Ticker ticker,
      Consumer<News> tell) {
    this.id = id;
    this.spec = spec;
    this.policy = policy;
    this.leased = Optional.of(leased);
    this.limits = limits;
    this.created = created;
    this.ticker = ticker;
    this.tell = tell;
    this.lifetime = new SessionLifetime(spec, ticker.nanos());
  }

  SessionId id() {
    return id;
  }

  SessionSpec spec() {
    return spec;
  }

  String policy() {
    return policy;
  }

  // ---- turns ----

  /** Waits for the turn; false when it did not come by the deadline. */
  boolean awaitTurn(Deadline deadline) throws InterruptedException {
    return turn.tryAcquire(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS);
  }

  /** Takes the turn if nobody has it or waits for it. */
  boolean takeTurn() throws InterruptedException {
    // With a time, because without one it would pass by those who wait.
    return turn.tryAcquire(0, TimeUnit.NANOSECONDS);
  }

  void endTurn() {
    turn.release();
  }

  /**
   * With the turn: the sandbox for this run, and why names are lost, if they are.
   *
   * @throws SandboxException when the session is over or has lost its sandbox
   */
  Entered begin(Run run) {
    noteLoss();
    lock.lock();
    try {
      Leased sandbox = sandbox();
      running = Optional.of(run);
      runSaid = "";
      lifetime.changed(true, ticker.nanos());
      Optional<String> why = namesLost;
      namesLost = Optional.empty();
      return new Entered(sandbox, runs + 1, why);
    } finally {
      lock.unlock();
    }
  }

  /**
   * What a run finds.
   *
   * @param number of the run in its session, from 1
   */
  record Entered(Leased leased, int number, Optional<String> namesLost) {}

  /** With the turn, after a run: keeps in mind what it cost the session. */
  void ended(RunReport report) {
    String said = report.outcome().message();
    String why = said.isEmpty() ? "its last run ended the interpreter" : said;
    boolean interpreterLost;
    lock.lock();
    try {
      runs++;
      used = used.and(report.usage());
      interpreterLost = leased.isPresent() && leased.get().channel().lostWorker().isPresent();
      if (interpreterLost) {
        namesLost = Optional.of(why);
        restarts++;
      }
      runSaid = said;
    } finally {
      lock.unlock();
    }
    if (interpreterLost) {
      tell.accept(new News.InterpreterLost(why));
    }
  }

  /** With the turn: the run is over. */
  void left() {
    Optional<Leased> gone;
    Optional<News> news = Optional.empty();
    lock.lock();
    try {
      running = Optional.empty();
      lifetime.changed(false, ticker.nanos());
      gone = leased.filter(sandbox -> over || !sandbox.channel().alive());
      if (gone.isPresent()) {
        leased = Optional.empty();
        if (!over) {
          // The run knows best, when it ended for that; its files may have been what went wrong.
          lost = runSaid.isEmpty() ? whyClosed(gone.get()) : runSaid;
          news = Optional.of(new News.SandboxLost(lost));
        }
      }
    } finally {
      lock.unlock();
    }
    gone.ifPresent(Leased::close);
    news.ifPresent(tell);
  }

  // ---- whoever has the turn, for something else than a run ----

  /**
   * With the turn: a fresh interpreter in the same sandbox. False when there is no sandbox.
   *
   * @throws SandboxException when the sandbox makes none; it is lost then
   */
  boolean renewInterpreter(Deadline deadline) {
    Optional<Leased> kept;
    lock.lock();
    try {
      requireNotOver();
      kept = leased.filter(sandbox -> sandbox.channel().alive());
    } finally {
      lock.unlock();
    }
    if (kept.isEmpty()) {
      return false;
    }
    try {
      kept.get().channel().reset(deadline);
    } catch (SandboxException e) {
      requireStillThere();
      noteLoss();
      throw new SandboxException(
          ErrorCode.FAILED_PRECONDITION,
          "session %s has lost its sandbox, and its files with it: %s; reset it once more to start again, or end it"
              .formatted(id, e.getMessage()),
          e);
    }
    renewed(kept.get(), limits());
    return true;
  }

  private void requireStillThere() {
    lock.lock();
    try {
      requireNotOver();
    } finally {
      lock.unlock();
    }
  }

  /** With the turn: another sandbox; the one before is destroyed. */
  void renewed(Leased sandbox, SandboxLimits itsLimits) {
    Optional<Leased> before;
    boolean late;
    lock.lock();
    try {
      before = leased.filter(old -> old != sandbox);
      late = over;
      leased = late ? Optional.empty() : Optional.of(sandbox);
      limits = itsLimits;
      namesLost = Optional.empty();
      lost = "";
      restarts++;
      lifetime.changed(false, ticker.nanos());
    } finally {
      lock.unlock();
    }
    before.ifPresent(Leased::close);
    if (late) {
      sandbox.close();
    }
  }

  // ---- anybody ----

  /** The run in progress, if there is one. */
  Optional<Run> running() {
    lock.lock();
    try {
      return running;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Ends it: no turn is worth anything from here on. Once; the sandbox is destroyed, at the latest
   * by {@link #letGo}.
   */
  void end(String why) {
    Optional<Run> run;
    Optional<Leased> sandbox;
    lock.lock();
    try {
      if (over) {
        return;
      }
      over = true;
      endedAt = ticker.nanos();
      lost = why;
      run = running;
      // Under a run that is cancelled it stays until that has ended, which is soon: a run whose
      // sandbox goes away first ends as lost.
      sandbox = run.isPresent() ? Optional.empty() : leased;
      leased = run.isPresent() ? leased : Optional.empty();
    } finally {
      lock.unlock();
    }
    run.ifPresent(r -> r.cancel(why));
    sandbox.ifPresent(Leased::close);
  }

  /**
   * Of a session that is over: takes the sandbox from a run that has not ended in time, whatever it
   * waits for. True when there is no sandbox any more.
   */
  boolean letGo() {
    Optional<Leased> kept;
    lock.lock();
    try {
      if (!over || (leased.isPresent() && ticker.nanos() - endedAt < END_PATIENCE.toNanos())) {
        return false;
      }
      kept = leased;
      leased = Optional.empty();
    } finally {
      lock.unlock();
    }
    kept.ifPresent(Leased::close);
    return true;
  }

  /**
   * Opens its files, whether a run is in progress or not.
   *
   * @throws SandboxException when the session is over or has lost its sandbox, OUT_OF_ROOM when too
   *     many requests about files are open
   */
  SessionFiles files() {
    noteLoss();
    lock.lock();
    try {
      Leased sandbox = sandbox();
      if (uses >= SessionFiles.AT_ONCE) {
        throw new SandboxException(
            ErrorCode.OUT_OF_ROOM,
            "%d requests about files of session %s are open, as many as there may be; end one first"
                .formatted(uses, id));
      }
      uses++;
      lifetime.useBegan(ticker.nanos());
      return new SessionFiles(
          sandbox.channel().files(limits), this::lostMeanwhile, this::filesClosed);
    } finally {
      lock.unlock();
    }
  }

  /** Whoever deletes a session ends its channel too: that one is not told to reset it. */
  private SandboxException lostMeanwhile(SandboxException why) {
    lock.lock();
    try {
      return over
          ? new SandboxException(ErrorCode.NOT_FOUND, isOver(), why)
          : new SandboxException(
              ErrorCode.FAILED_PRECONDITION,
              "session %s has lost its sandbox meanwhile: %s; reset it to start again, or end it"
                  .formatted(id, why.getMessage()),
              why);
    } finally {
      lock.unlock();
    }
  }

  private void filesClosed() {
    lock.lock();
    try {
      uses--;
      lifetime.useEnded(ticker.nanos());
    } finally {
      lock.unlock();
    }
  }

  private SandboxLimits limits() {
    lock.lock();
    try {
      return limits;
    } finally {
      lock.unlock();
    }
  }

  /** Why it is to end by itself now, if it is. */
  Optional<String> expired() {
    lock.lock();
    try {
      return lifetime.expired(ticker.nanos());
    } finally {
      lock.unlock();
    }
  }

  /** Tells what has happened to it by itself, and what is about to. */
  void look() {
    noteLoss();
    Optional<News> announcement;
    lock.lock();
    try {
      announcement = lifetime.announcement(ticker.nanos());
    } finally {
      lock.unlock();
    }
    announcement.ifPresent(tell);
  }

  /** How it is; asks the sandbox for a sign of life, so this may take a second. */
  SessionState state() {
    noteLoss();
    Optional<Leased> sandbox;
    lock.lock();
    try {
      sandbox = leased;
    } finally {
      lock.unlock();
    }
    SandboxUsage usage = sandbox.map(s -> s.sandbox().usage()).orElse(SandboxUsage.UNKNOWN);
    boolean responsive = sandbox.map(s -> answers(s.channel())).orElse(false);
    long now = ticker.nanos();
    lock.lock();
    try {
      Duration since = lifetime.sinceChange(now);
      SessionState.Activity activity =
          leased
              .<SessionState.Activity>map(s ->
                  running.isPresent()
                      ? new SessionState.Activity.Busy(since, s.sandbox().id())
                      : new SessionState.Activity.Idle(since, s.sandbox().id()))
              .orElseGet(() -> new SessionState.Activity.Lost(lost));
      return new SessionState(
          id,
          spec,
          policy,
          created,
          activity,
          lifetime.left(now),
          runs,
          restarts,
          usage,
          used,
          responsive);
    } finally {
      lock.unlock();
    }
  }

  private static boolean answers(AgentChannel channel) {
    try {
      channel.ping(Deadline.after(ANSWER_PATIENCE));
      return true;
    } catch (SandboxException e) {
      return false;
    }
  }

  private static String whyClosed(Leased sandbox) {
    return sandbox.channel().failure().map(SandboxException::getMessage).orElse("");
  }

  /** What happened while nothing ran: a thread that was left behind may end the interpreter. */
  private void noteLoss() {
    Optional<Leased> gone = Optional.empty();
    Optional<News> news = Optional.empty();
    lock.lock();
    try {
      if (running.isPresent() || leased.isEmpty()) {
        return;
      }
      Leased sandbox = leased.get();
      if (!sandbox.channel().alive()) {
        gone = leased;
        leased = Optional.empty();
        lost = "its sandbox ended while no run was in progress: " + whyClosed(sandbox);
        news = Optional.of(new News.SandboxLost(lost));
      } else {
        Optional<ProgramEnd> worker = sandbox.channel().lostWorker();
        if (worker.isPresent()) {
          String why = describe(worker.get()) + " while no run was in progress";
          namesLost = Optional.of(why);
          restarts++;
          news = Optional.of(new News.InterpreterLost(why));
        }
      }
    } finally {
      lock.unlock();
    }
    gone.ifPresent(Leased::close);
    news.ifPresent(tell);
  }

  private static String describe(ProgramEnd end) {
    return switch (end) {
      case ProgramEnd.WorkerExited(int status) -> "the interpreter exited with status " + status;
      case ProgramEnd.WorkerSignalled(int signal) -> "signal " + signal + " ended the interpreter";
      default -> "the interpreter ended";
    };
  }

  @GuardedBy("lock")
  private Leased sandbox() {
    requireNotOver();
    return leased.orElseThrow(() ->
        new SandboxException(
            ErrorCode.FAILED_PRECONDITION,
            "session %s has lost its sandbox: %s; reset it to start again, or end it"
                .formatted(id, lost)));
  }

  @GuardedBy("lock")
  private void requireNotOver() {
    if (over) {
      throw new SandboxException(ErrorCode.NOT_FOUND, isOver());
    }
  }

  @GuardedBy("lock")
  private String isOver() {
    return "session %s is over: %s; create another one".formatted(id, lost);
  }
}
