package dev.caisson.mcp.upstream;

import dev.caisson.mcp.text.BoundedLines;
import dev.caisson.mcp.upstream.LostConnectionException.Delivery;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;

/**
 * A server as a child process, one JSON text a line on its standard streams.
 *
 * <p>Three platform threads for each process, because reads and writes of process pipes hold their
 * carrier: one reads stdout, one its stderr, one writes stdin from a bounded queue, so that a
 * server that does not read blocks nobody. The SDK's own stdio client is not used: it stops at the
 * first line that is not JSON (servers do print banners), cannot say why a server died, and leaves
 * the server's children behind.
 *
 * <p>The child gets the few variables that any program needs and what its entry says, not our whole
 * environment: that may hold the secrets of other servers.
 */
final class ProcessWire implements Wire {

  private static final Logger log = LoggerFactory.getLogger(ProcessWire.class);

  /** A little over the largest result that a policy lets through, with room for escapes. */
  static final int LINE_LIMIT = 32 * 1024 * 1024;

  /** Longer lines of stderr are cut. */
  private static final int STDERR_LINE = 64 * 1024;

  private static final Duration PATIENCE = Duration.ofMillis(1500);
  private static final Duration GRACE = Duration.ofMillis(300);
  private static final Set<String> INHERITED =
      Set.of(
          "HOME",
          "LOGNAME",
          "USER",
          "PATH",
          "SHELL",
          "TERM",
          "LANG",
          "LC_ALL",
          "LC_CTYPE",
          "TZ",
          "TMPDIR",
          "XDG_CACHE_HOME",
          "XDG_CONFIG_HOME",
          "XDG_DATA_HOME",
          "XDG_RUNTIME_DIR");
  private static final Pattern SYSTEM_ERROR =
      Pattern.compile("error[:=] ?\\d+,? \\(?([^()]+)\\)?$");

  private final ServerDefinition.Stdio definition;
  private final ProcessGroups groups;
  private final ByteBudget incoming;
  private final Outgoing outgoing;
  private final ServerLog said;
  private final Supplier<FloodGate> floodGates;
  private final AtomicBoolean lost = new AtomicBoolean();
  private final AtomicBoolean closed = new AtomicBoolean();
  private volatile ProcessGroups.@Nullable Group processes;

  ProcessWire(
      ServerDefinition.Stdio definition,
      ProcessGroups groups,
      ByteBudget incoming,
      ByteBudget outgoing,
      ServerLog said,
      Supplier<FloodGate> floodGates) {
    this.definition = definition;
    this.groups = groups;
    this.incoming = incoming;
    this.outgoing = new Outgoing(outgoing);
    this.said = said;
    this.floodGates = floodGates;
  }

  @Override
  public void open(Receiver receiver) throws LostConnectionException {
    var started = start();
    processes = started;
    if (closed.get()) {
      end(started);
      throw new LostConnectionException("it was closed", Delivery.NOT_DELIVERED);
    }
    var process = started.leader();
    var stderr = thread("stderr", () -> listen(process));
    thread("stdout", () -> read(process, receiver, stderr));
    thread("stdin", () -> write(process));
  }

  private ProcessGroups.Group start() throws LostConnectionException {
    var builder = new ProcessBuilder(new ArrayList<>(definition.command()));
    builder.environment().keySet().retainAll(INHERITED);
    builder.environment().putAll(definition.environment());
    var directory = definition.workingDirectory();
    if (directory.isPresent() && !Files.isDirectory(directory.get())) {
      // The system's own message would speak of the command.
      throw new LostConnectionException(
          "its 'cwd' " + directory.get() + " is no folder", Delivery.NOT_DELIVERED);
    }
    directory.ifPresent(folder -> builder.directory(folder.toFile()));
    var problem = CommandSearch.problem(builder);
    if (problem.isPresent()) {
      throw cannotStart(problem.get());
    }
    try {
      return groups.start(builder);
    } catch (IOException failed) {
      throw cannotStart(cause(failed));
    }
  }

  private LostConnectionException cannotStart(String why) {
    return new LostConnectionException(
        "cannot start '" + definition.command().getFirst() + "': " + why, Delivery.NOT_DELIVERED);
  }

  private static String cause(IOException problem) {
    // "Cannot run program …: Exec failed, error: 2 (No such file or directory)" and its kin.
    var text = String.valueOf(problem.getMessage()).strip();
    var system = SYSTEM_ERROR.matcher(text);
    return system.find() ? system.group(1) : text;
  }

  private Thread thread(String what, Runnable work) {
    return Thread.ofPlatform().daemon().name("mcp-" + definition.name() + "-" + what).start(work);
  }

  @Override
  public void send(Message message) throws LostConnectionException {
    if (closed.get()) {
      throw new LostConnectionException("the connection was closed", Delivery.NOT_DELIVERED);
    }
    if (lost.get()) {
      return; // The receiver is being told why, and that reason says more than we could here.
    }
    var problem = outgoing.offer(message);
    if (problem.isPresent()) {
      throw new LostConnectionException(problem.get(), Delivery.NO_ROOM);
    }
  }

  private void write(Process to) {
    try (var stdin = to.getOutputStream()) {
      while (to.isAlive() && !closed.get()) {
        try (var message = outgoing.next()) {
          if (message != null) {
            stdin.write(message.line());
            stdin.flush();
          }
        }
      }
    } catch (IOException problem) {
      log.debug("{}: stdin closed", definition.name());
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    } finally {
      outgoing.close();
    }
  }

  private void read(Process from, Receiver receiver, Thread stderr) {
    try {
      var flood = floodGates.get();
      var lines = new MessageLines(from.getInputStream(), LINE_LIMIT, incoming);
      for (var line = lines.next(); line != null; line = lines.next()) {
        switch (line) {
          case MessageLines.Line.Dropped dropped -> drop(dropped, receiver);
          case MessageLines.Line.Whole whole -> receive(whole, receiver, flood);
        }
      }
    } catch (IOException problem) {
      log.debug("{}: stdout closed", definition.name());
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    }
    if (lost.compareAndSet(false, true)) {
      receiver.lost(epitaph(from, stderr));
    }
  }

  private void drop(MessageLines.Line.Dropped dropped, Receiver receiver) {
    if (dropped.unasked()) {
      said.add("(stdout) a message that nobody asked for was dropped: " + dropped.why());
    } else if (dropped.id().isPresent()) {
      receiver.failed(
          dropped.id().get(), new LostConnectionException(dropped.why(), Delivery.UNKNOWN));
    } else if (lost.compareAndSet(false, true)) {
      receiver.lost(dropped.why());
    }
  }

  private void receive(MessageLines.Line.Whole line, Receiver receiver, FloodGate flood)
      throws InterruptedException {
    if (line.text().isEmpty()) {
      return;
    }
    Optional<Message> message;
    try {
      message = Message.read(line.text());
    } catch (JacksonException notJson) {
      message = Optional.empty();
    }
    if (message.isPresent() && (message.get() instanceof Message.Answer)) {
      receiver.received(message.get(), line.lease());
      return;
    }
    flood.pass();
    try (var lease = line.lease()) {
      // Banners and stray prints are common; the conversation is not lost by them.
      message.ifPresentOrElse(
          other -> receiver.received(other, lease), () -> said.add("(stdout) " + line.text()));
    }
  }

  private void listen(Process to) {
    try {
      var flood = floodGates.get();
      var lines = new BoundedLines(to.getErrorStream(), STDERR_LINE);
      for (var line = lines.next(); line != null; line = lines.next()) {
        flood.pass();
        if (line.whole()) {
          said.add(line.text());
        } else {
          said.addBeginning(line.text());
        }
      }
    } catch (IOException ended) {
      log.debug("{}: stderr closed", definition.name());
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    }
  }

  /** Why the process is gone, with what it said last. */
  private String epitaph(Process dead, Thread stderr) {
    var how = "the server closed its output";
    try {
      if (dead.waitFor(GRACE)) {
        how = "the server's process ended with status " + dead.exitValue();
        stderr.join(GRACE);
      }
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    }
    var words = said.lastWords();
    return words.isEmpty() ? how : how + "; its last words: " + words;
  }

  /** Asks to end, then kills, the process and all that it started. */
  @Override
  public void close() {
    var ending = processes;
    if (closed.getAndSet(true) || ending == null) {
      return;
    }
    lost.set(true);
    end(ending);
  }

  private void end(ProcessGroups.Group ending) {
    var family = new ArrayList<ProcessHandle>(ending.leader().descendants().toList());
    family.add(ending.leader().toHandle());
    ending.terminate();
    var deadline = System.nanoTime() + PATIENCE.toNanos();
    try {
      for (var member : family) {
        member.onExit().get(Math.max(deadline - System.nanoTime(), 1), TimeUnit.NANOSECONDS);
      }
    } catch (TimeoutException late) {
      log.debug("{}: does not end by itself", definition.name());
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException gone) {
      log.debug("{}: process is gone already", definition.name());
    } finally {
      ending.kill();
      family.forEach(ProcessHandle::destroyForcibly);
    }
  }
}
