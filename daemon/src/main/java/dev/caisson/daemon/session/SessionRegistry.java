package dev.caisson.daemon.session;

import dev.caisson.daemon.channel.AgentChannel;
import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.Deadline;
import dev.caisson.daemon.model.Identity;
import dev.caisson.daemon.model.RunReport;
import dev.caisson.daemon.model.SessionId;
import dev.caisson.daemon.model.Ticker;
import dev.caisson.daemon.policy.Policy;
import dev.caisson.daemon.policy.PolicySource;
import dev.caisson.daemon.run.KeptSandboxes;
import dev.caisson.daemon.run.Run;
import dev.caisson.daemon.run.RunEvent;
import dev.caisson.daemon.run.RunSpec;
import dev.caisson.daemon.run.Sandboxes;
import dev.caisson.daemon.run.Sandboxes.Leased;
import dev.caisson.daemon.runtime.RunningSandbox;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All sessions of this daemon. One that belongs to another tenant is not found.
 *
 * <p>Threads: safe for use by many. The lock makes the count of a tenant's sessions exact and is
 * not held while a sandbox is waited for: the place is taken before.
 */
public final class SessionRegistry implements KeptSandboxes {

  private static final Logger LOG = LoggerFactory.getLogger(SessionRegistry.class);
  private static final Duration LEASE_PATIENCE = Duration.ofSeconds(30);
  private static final Duration RESET_PATIENCE = Duration.ofSeconds(30);
  private static final Duration SWEEP = Duration.ofSeconds(1);

  /** How long interrupted code may take to end before it is killed. */
  private static final Duration INTERRUPT_PATIENCE = Duration.ofMillis(1_500);

  private final Sandboxes sandboxes;
  private final PolicySource policies;
  private final Supplier<SessionId> ids;
  private final int perTenant;
  private final ScheduledExecutorService timer;
  private final Ticker ticker;
  private final InstantSource clock;
  private final Map<SessionId, Session> sessions = new ConcurrentHashMap<>();

  /** Those that are over, and whose sandbox a run may still have. */
  private final Set<Session> ending = ConcurrentHashMap.newKeySet();

  private final ReentrantLock lock = new ReentrantLock();
  private final Map<String, Integer> places = new ConcurrentHashMap<>();
  private final SessionWatchers watchers = new SessionWatchers();
  private volatile boolean closed;

  /**
   * @param perTenant how many sessions a tenant may have
   * @param timer its tasks are short
   * @param clock for people only: the time that a session was created
   */
  public SessionRegistry(
      Sandboxes sandboxes,
      PolicySource policies,
      Supplier<SessionId> ids,
      int perTenant,
      ScheduledExecutorService timer,
      Ticker ticker,
      InstantSource clock) {
    this.sandboxes = sandboxes;
    this.policies = policies;
    this.ids = ids;
    this.perTenant = perTenant;
    this.timer = timer;
    this.ticker = ticker;
    this.clock = clock;
  }

  /** Begins to end sessions whose time has come, and to tell what happens to them. */
  public void start() {
    var unused =
        timer.scheduleWithFixedDelay(
            () -> Thread.ofVirtual().name("sessions").start(this::sweep),
            SWEEP.toNanos(),
            SWEEP.toNanos(),
            TimeUnit.NANOSECONDS);
  }

  /**
   * Makes a session, which waits for a sandbox.
   *
   * @throws SandboxException FAILED_PRECONDITION when the tenant has as many as it may
   */
  public SessionState create(SessionSpec spec) throws InterruptedException {
    Policy policy = policies.find(spec.policy());
    takePlace(spec.identity());
    try {
      Leased leased = lease(policy);
      Session session = session(ids.get(), spec, policy, leased);
      sessions.put(session.id(), session);
      if (closed) {
        end(session, "the daemon is shutting down");
      }
      LOG.info("session {} of policy '{}' begins", session.id(), policy.name());
      return session.state();
    } catch (RuntimeException | InterruptedException e) {
      leavePlace(spec.identity());
      throw e;
    }
  }

  private Session session(SessionId id, SessionSpec spec, Policy policy, Leased leased) {
    return new Session(
        id,
        spec,
        policy.name(),
        leased,
        policy.shape().limits(),
        clock.instant(),
        ticker,
        news -> watchers.tell(spec.identity(), new SessionNotice(id, spec.name(), news)));
  }

  /**
   * Hears of the sessions of the caller's tenant from now on, at latest a second after it happened.
   *
   * @param ear must not block
   */
  public SessionWatch watch(Identity identity, Consumer<SessionNotice> ear) {
    return watchers.add(identity, ear);
  }

  public SessionState get(Identity identity, SessionId id) {
    return find(identity, id).state();
  }

  /** Those of the caller's tenant, the oldest first. */
  public List<SessionState> list(Identity identity) throws InterruptedException {
    // All at once, since one whose sandbox hangs takes a second.
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<SessionState>> questions =
          sessions.values().stream()
              .filter(session -> isOf(session, identity))
              .<Callable<SessionState>>map(session -> session::state)
              .toList();
      return threads.invokeAll(questions).stream()
          .map(Future::resultNow)
          .sorted(Comparator.comparing(SessionState::created))
          .toList();
    }
  }

  /** A fresh interpreter; a run in progress is cancelled. */
  public SessionState reset(Identity identity, SessionId id, boolean clearFiles)
      throws InterruptedException {
    Session session = find(identity, id);
    session.running().ifPresent(run -> run.cancel("its session was reset"));
    if (!session.awaitTurn(Deadline.after(RESET_PATIENCE, ticker))) {
      throw new SandboxException(
          ErrorCode.FAILED_PRECONDITION,
          "session %s did not come to rest in time; try again".formatted(id));
    }
    try {
      if (clearFiles || !session.renewInterpreter(Deadline.after(RESET_PATIENCE, ticker))) {
        Policy policy = policies.find(session.policy());
        session.renewed(lease(policy), policy.shape().limits());
      }
    } finally {
      session.endTurn();
    }
    return session.state();
  }

  /** Stops the running code, killing it when it does not react. Gives whether there was any. */
  public boolean interrupt(Identity identity, SessionId id) throws InterruptedException {
    Session session = find(identity, id);
    Optional<Run> run = session.running().filter(Run::programGoesOn);
    if (run.isEmpty()) {
      return false;
    }
    run.get().interrupt();
    var unused =
        timer.schedule(
            () -> killLate(run.get()), INTERRUPT_PATIENCE.toNanos(), TimeUnit.NANOSECONDS);
    return true;
  }

  private static void killLate(Run interrupted) {
    if (interrupted.programGoesOn()) {
      Thread.ofVirtual()
          .name("session-kill")
          .start(() ->
              interrupted.cancel(
                  "it was interrupted and went on for 1.5 s, so its interpreter was ended"));
    }
  }

  /**
   * Opens the files of a session, whose idle time stands still until they are closed.
   *
   * @throws SandboxException OUT_OF_ROOM when as many requests about files are open as may be
   */
  public SessionFiles files(Identity identity, SessionId id) {
    return find(identity, id).files();
  }

  /** Ends a session. */
  public void delete(Identity identity, SessionId id) {
    end(find(identity, id), "it was deleted");
  }

  /** Ends all sessions, and makes none from now on. */
  public void close() {
    closed = true;
    sessions.values().forEach(session -> end(session, "the daemon is shutting down"));
  }

  // ---- runs ----

  @Override
  public Turn enter(Run run, RunSpec.Place place, Deadline deadline) throws InterruptedException {
    Session session = find(run.spec().identity(), place.session());
    boolean mine = place.waits() ? session.awaitTurn(deadline) : session.takeTurn();
    if (!mine) {
      throw new SandboxException(
          ErrorCode.FAILED_PRECONDITION,
          "session %s has a run in progress; wait for it, interrupt it, or set if_busy to WAIT"
              .formatted(session.id()));
    }
    try {
      return new SessionTurn(session, session.begin(run));
    } catch (RuntimeException e) {
      session.endTurn();
      throw e;
    }
  }

  private record SessionTurn(Session session, Session.Entered entered) implements Turn {

    @Override
    public RunningSandbox sandbox() {
      return entered.leased().sandbox();
    }

    @Override
    public AgentChannel channel() {
      return entered.leased().channel();
    }

    @Override
    public RunEvent.Placement placement() {
      return RunEvent.Placement.SESSION;
    }

    @Override
    public String policy() {
      return session.policy();
    }

    @Override
    public int number() {
      return entered.number();
    }

    @Override
    public Optional<String> lost() {
      return entered.namesLost();
    }

    @Override
    public void ended(RunReport report) {
      session.ended(report);
    }

    @Override
    public void close() {
      session.left();
      session.endTurn();
    }
  }

  // ---- ends ----

  /** What the timer does each second. */
  void sweep() {
    for (Session session : sessions.values()) {
      session.look();
      session.expired().ifPresent(why -> end(session, why));
    }
    ending.removeIf(Session::letGo);
  }

  private void end(Session session, String why) {
    if (sessions.remove(session.id()) != null) {
      leavePlace(session.spec().identity());
      LOG.info("session {} ends: {}", session.id(), why);
      ending.add(session);
      session.end(why);
      watchers.tell(
          session.spec().identity(),
          new SessionNotice(
              session.id(), session.spec().name(), new SessionNotice.News.Ended(why)));
    }
  }

  private void takePlace(Identity identity) {
    lock.lock();
    try {
      if (closed) {
        throw new SandboxException(
            ErrorCode.SHUTTING_DOWN, "the daemon is shutting down and takes no new sessions");
      }
      int taken = places.getOrDefault(identity.tenant(), 0);
      if (taken >= perTenant) {
        throw new SandboxException(
            ErrorCode.FAILED_PRECONDITION,
            "there are %d sessions, as many as there may be (sessions.per_tenant); end one first"
                .formatted(taken));
      }
      places.put(identity.tenant(), taken + 1);
    } finally {
      lock.unlock();
    }
  }

  private void leavePlace(Identity identity) {
    lock.lock();
    try {
      places.merge(identity.tenant(), -1, Integer::sum);
    } finally {
      lock.unlock();
    }
  }

  private Leased lease(Policy policy) throws InterruptedException {
    return sandboxes.lease(policy.shape(), Deadline.after(LEASE_PATIENCE, ticker));
  }

  private Session find(Identity identity, SessionId id) {
    return Optional.ofNullable(sessions.get(id))
        .filter(session -> isOf(session, identity))
        .orElseThrow(() ->
            new SandboxException(
                ErrorCode.NOT_FOUND,
                "there is no session '%s'; it may have ended: idle for too long, at the end of its time to live, or deleted"
                    .formatted(id)));
  }

  private static boolean isOf(Session session, Identity identity) {
    return session.spec().identity().tenant().equals(identity.tenant());
  }
}
