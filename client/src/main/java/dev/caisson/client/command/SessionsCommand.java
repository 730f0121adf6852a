package dev.caisson.client.command;

import com.google.protobuf.Duration;
import dev.caisson.client.CaissonClient;
import dev.caisson.client.CaissonException;
import dev.caisson.client.Sessions;
import dev.caisson.v1.CreateSessionRequest;
import dev.caisson.v1.Session;
import dev.caisson.v1.WatchSessionsResponse;
import java.io.PrintStream;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Lists sessions; makes, resets, interrupts and ends them. */
@Command(
    name = "sessions",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    description = {
      "Lists the sessions: sandboxes whose names and files stay from run to run.",
      "Run code in one with `caisson run --session`. A SESSION is its id or its name."
    },
    footer = {"", "Exit status: 0 done; 125 the daemon failed, or refused it."})
final class SessionsCommand implements Callable<Integer> {

  @Mixin private DaemonOption daemon = new DaemonOption();

  @Option(names = "--output", paramLabel = "text|json", description = "How it is said.")
  private OutputFormat output = OutputFormat.text;

  private final CommandContext context;

  SessionsCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    return with(
        daemon,
        sessions -> {
          List<Session> all = sessions.list();
          switch (output) {
            case text -> {
              if (all.isEmpty()) {
                context.printer().println("no sessions; `caisson sessions create` makes one");
              }
              all.forEach(this::show);
            }
            case json -> {
              ArrayNode list = JsonMapper.shared().createArrayNode();
              all.forEach(session -> list.add(json(session)));
              context.printer().println(list.toPrettyString());
            }
          }
          return ExitStatus.OK;
        });
  }

  private void show(Session session) {
    PrintStream out = context.printer();
    String name = session.getName().isEmpty() ? "" : "  " + session.getName();
    out.printf("%s%s%n", session.getSessionId(), name);
    out.printf(
        "        %s; policy %s; %d runs, %d restarts; memory %d MiB, at most %d so far; CPU time %s%n",
        activity(session),
        session.getPolicy(),
        session.getRuns(),
        session.getRestarts(),
        session.getMemoryBytes() >> 20,
        session.getMemoryPeakBytes() >> 20,
        seconds(session.getCpuTime()));
    out.printf(
        "        ends after %s without a run, in %s at the latest%n",
        seconds(session.getIdleTimeout()), seconds(session.getTimeLeft()));
  }

  private static ObjectNode json(Session session) {
    return JsonMapper.shared()
        .createObjectNode()
        .put("id", session.getSessionId())
        .put("name", session.getName())
        .put("description", session.getDescription())
        .put("policy", session.getPolicy())
        .put("state", session.getState().name())
        .put("responsive", session.getResponsive())
        .put("lost", session.getLost())
        .put("runs", session.getRuns())
        .put("restarts", session.getRestarts())
        .put("memory_bytes", session.getMemoryBytes())
        .put("memory_peak_bytes", session.getMemoryPeakBytes())
        .put("cpu_seconds", inSeconds(session.getCpuTime()))
        .put("run_seconds", inSeconds(session.getUsage().getWallTime()))
        .put("output_bytes", session.getUsage().getOutputBytes())
        .put("tool_calls", session.getUsage().getToolCalls())
        .put("idle_timeout_seconds", session.getIdleTimeout().getSeconds())
        .put("seconds_left", session.getTimeLeft().getSeconds())
        .put("sandbox", session.getSandboxId());
  }

  private static double inSeconds(Duration duration) {
    return duration.getSeconds() + duration.getNanos() / 1e9;
  }

  private static String activity(Session session) {
    return switch (session.getState()) {
      case IDLE -> "idle for " + seconds(session.getIdle()) + silence(session);
      case BUSY -> "busy for " + seconds(session.getBusy()) + silence(session);
      case LOST -> "lost its sandbox (" + session.getLost() + "); reset it to start again";
      case STATE_UNSPECIFIED, UNRECOGNIZED -> "in a state that this client does not know";
    };
  }

  private static String silence(Session session) {
    return session.getResponsive()
        ? ""
        : ", and its sandbox did not answer within 1 s (should that last, `caisson sessions reset"
            + " --clear-files` gives it another; its files are lost)";
  }

  private static String seconds(Duration duration) {
    long seconds = duration.getSeconds();
    return seconds < 120
        ? seconds + " s"
        : seconds < 7_200 ? seconds / 60 + " min" : seconds / 3_600 + " h";
  }

  private int with(DaemonOption option, Function<Sessions, Integer> work) {
    try (CaissonClient client = option.connect(context)) {
      return work.apply(client.sessions());
    } catch (CaissonException failure) {
      context.say(failure.getMessage(), failure.advice());
      return ExitStatus.FAILED;
    }
  }

  /** The id of the session that is called so: an id, or the name of one and no other. */
  static String find(Sessions sessions, String text) {
    List<Session> named =
        sessions.list().stream().filter(session -> session.getName().equals(text)).toList();
    if (named.size() > 1) {
      throw new UsageException(
          "there are %d sessions of the name '%s'".formatted(named.size(), text),
          "use an id: `caisson sessions` lists them");
    }
    return named.isEmpty() ? text : named.getFirst().getSessionId();
  }

  @Command(
      name = "create",
      mixinStandardHelpOptions = true,
      description = "Makes a session and prints its id.")
  int create(
      @Mixin DaemonOption socket,
      @Option(
              names = "--policy",
              paramLabel = "NAME",
              description = "The policy (default: default).")
          Optional<String> policy,
      @Option(names = "--name", paramLabel = "NAME", description = "A name to call it by.")
          Optional<String> name,
      @Option(names = "--description", paramLabel = "TEXT", description = "What it is for.")
          Optional<String> description,
      @Option(
              names = "--idle-timeout",
              paramLabel = "TIME",
              converter = TimeSpan.class,
              description = "Ends it after that long without a run (default: 30m).")
          Optional<java.time.Duration> idleTimeout,
      @Option(
              names = "--time-to-live",
              paramLabel = "TIME",
              converter = TimeSpan.class,
              description = "Ends it after that long whatever it does (default: 8h).")
          Optional<java.time.Duration> timeToLive) {
    CreateSessionRequest.Builder request =
        CreateSessionRequest.newBuilder()
            .setPolicy(policy.orElse(""))
            .setName(name.orElse(""))
            .setDescription(description.orElse(""));
    idleTimeout.ifPresent(time -> request.setIdleTimeout(duration(time)));
    timeToLive.ifPresent(time -> request.setTimeToLive(duration(time)));
    return with(
        socket,
        sessions -> {
          context.printer().println(sessions.create(request.build()).getSessionId());
          return ExitStatus.OK;
        });
  }

  @Command(
      name = "reset",
      mixinStandardHelpOptions = true,
      description = "Gives a session a fresh interpreter. A run in progress is cancelled.")
  int reset(
      @Mixin DaemonOption socket,
      @Parameters(paramLabel = "SESSION") String session,
      @Option(names = "--clear-files", description = "Clears its files too.") boolean clearFiles) {
    return with(
        socket,
        sessions -> {
          show(sessions.reset(find(sessions, session), clearFiles));
          return ExitStatus.OK;
        });
  }

  @Command(
      name = "interrupt",
      mixinStandardHelpOptions = true,
      description = "Stops the running code of a session, which keeps its names.")
  int interrupt(@Mixin DaemonOption socket, @Parameters(paramLabel = "SESSION") String session) {
    return with(
        socket,
        sessions -> {
          if (!sessions.interrupt(find(sessions, session))) {
            context.printer().println("nothing was running");
          }
          return ExitStatus.OK;
        });
  }

  @Command(
      name = "end",
      mixinStandardHelpOptions = true,
      description = "Ends sessions, with their files.")
  int end(
      @Mixin DaemonOption socket,
      @Parameters(arity = "1..*", paramLabel = "SESSION") List<String> names) {
    return with(
        socket,
        sessions -> {
          names.forEach(name -> sessions.delete(find(sessions, name)));
          return ExitStatus.OK;
        });
  }

  @Command(
      name = "watch",
      mixinStandardHelpOptions = true,
      description = {
        "Prints the news of all sessions as they come, until it is stopped: an end that is near, an",
        "end, an interpreter or a sandbox that was lost."
      })
  int watch(@Mixin DaemonOption socket) {
    return with(
        socket,
        sessions -> {
          sessions.watch(news -> told(news).ifPresent(context.printer()::println));
          return ExitStatus.OK;
        });
  }

  private static Optional<String> told(WatchSessionsResponse news) {
    String session =
        news.getName().isEmpty()
            ? news.getSessionId()
            : news.getSessionId() + " (" + news.getName() + ")";
    return switch (news.getNewsCase()) {
      case ENDING ->
          Optional.of(
              "%s ends in %s: %s"
                  .formatted(
                      session, seconds(news.getEnding().getLeft()), news.getEnding().getWhy()));
      case ENDED -> Optional.of("%s has ended: %s".formatted(session, news.getEnded().getWhy()));
      case INTERPRETER_LOST ->
          Optional.of(
              "%s has lost its names: %s".formatted(session, news.getInterpreterLost().getWhy()));
      case SANDBOX_LOST ->
          Optional.of(
              "%s has lost its sandbox: %s; reset it to start again"
                  .formatted(session, news.getSandboxLost().getWhy()));
      case WATCHING, NEWS_NOT_SET -> Optional.empty();
    };
  }

  private static Duration duration(java.time.Duration time) {
    return Duration.newBuilder().setSeconds(time.getSeconds()).setNanos(time.getNano()).build();
  }
}
