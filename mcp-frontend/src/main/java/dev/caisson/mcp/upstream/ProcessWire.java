package dev.caisson.mcp.upstream;

import dev.caisson.mcp.text.BoundedLines;
import dev.caisson.mcp.upstream.LostConnectionException.Delivery;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;

/**
 * A server as a child process, one JSON text a line on its standard streams.
 *
 * <p>Three platform threads for each process, because reads and writes of process pipes hold their
 * carrier: one reads stdout, one keeps the last lines of stderr, one writes stdin from a bounded
 * queue, so that a server that does not read blocks nobody. The SDK's own stdio client is not used:
 * it stops at the first line that is not JSON (servers do print banners), cannot say why a server
 * died, and leaves the server's children behind.
 *
 * <p>The child gets the few variables that any program needs and what its entry says, not our whole
 * environment: that may hold the secrets of other servers.
 */
final class ProcessWire implements Wire {

  private static final Logger log = LoggerFactory.getLogger(ProcessWire.class);

  /** A little over the largest result that a policy lets through, with room for escapes. */
  private static final int LINE_LIMIT = 32 * 1024 * 1024;

  private static final int QUEUE = 1024;
  private static final int STDERR_LINES = 20;
  private static final int STDERR_LINE = 500;
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
  private static final Pattern ID =
      Pattern.compile("\"id\"\\s*:\\s*(?:\"([^\"\\\\]{1,64})\"|(\\d{1,18}))");

  private final ServerDefinition.Stdio definition;
  private final BlockingQueue<String> outgoing = new ArrayBlockingQueue<>(QUEUE);
  private final AtomicBoolean lost = new AtomicBoolean();
  private final AtomicBoolean closed = new AtomicBoolean();
  private final ReentrantLock lock = new ReentrantLock();
  // Guarded by lock.
  private final Deque<String> lastWords = new ArrayDeque<>();
  private volatile @Nullable Process process;

  ProcessWire(ServerDefinition.Stdio definition) {
    this.definition = definition;
  }

  @Override
  public void open(Receiver receiver) throws LostConnectionException {
    var builder = new ProcessBuilder(definition.command());
    builder.environment().keySet().retainAll(INHERITED);
    builder.environment().putAll(definition.environment());
    var directory = definition.workingDirectory();
    if (directory.isPresent() && !Files.isDirectory(directory.get())) {
      // The system's own message would speak of the command.
      throw new LostConnectionException(
          "its 'cwd' " + directory.get() + " is no folder", Delivery.NOT_DELIVERED);
    }
    directory.ifPresent(folder -> builder.directory(folder.toFile()));
    Process started;
    try {
      started = builder.start();
    } catch (IOException problem) {
      throw new LostConnectionException(
          "cannot start '" + definition.command().getFirst() + "': " + cause(problem),
          Delivery.NOT_DELIVERED);
    }
    process = started;
    if (closed.get()) {
      end(started);
      throw new LostConnectionException("it was closed", Delivery.NOT_DELIVERED);
    }
    var stderr = thread("stderr", () -> keepLastWords(started));
    thread("stdout", () -> read(started, receiver, stderr));
    thread("stdin", () -> write(started));
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
    if (!outgoing.offer(message.json())) {
      throw new LostConnectionException(
          "the server does not read its input: " + QUEUE + " messages wait",
          Delivery.NOT_DELIVERED);
    }
  }

  private void write(Process to) {
    try (var stdin = to.getOutputStream()) {
      while (to.isAlive() && !closed.get()) {
        var message = outgoing.poll(200, TimeUnit.MILLISECONDS);
        if (message != null) {
          stdin.write(message.getBytes(StandardCharsets.UTF_8));
          stdin.write('\n');
          stdin.flush();
        }
      }
    } catch (IOException problem) {
      log.debug("{}: stdin closed", definition.name());
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    }
  }

  private void read(Process from, Receiver receiver, Thread stderr) {
    try {
      var lines = new BoundedLines(from.getInputStream(), LINE_LIMIT);
      for (var line = lines.next(); line != null; line = lines.next()) {
        receive(line, receiver);
      }
    } catch (IOException problem) {
      log.debug("{}: stdout closed", definition.name());
    }
    if (lost.compareAndSet(false, true)) {
      receiver.lost(epitaph(from, stderr));
    }
  }

  private void receive(BoundedLines.Line line, Receiver receiver) {
    if (!line.whole()) {
      var tooLong = "the server sent more than " + (LINE_LIMIT >> 20) + " MiB in one message";
      var id = ID.matcher(line.text());
      if (id.find()) {
        receiver.failed(
            id.group(1) != null ? id.group(1) : id.group(2),
            new LostConnectionException(tooLong, Delivery.UNKNOWN));
      } else if (lost.compareAndSet(false, true)) {
        receiver.lost(tooLong);
      }
      return;
    }
    if (line.text().isEmpty()) {
      return;
    }
    Optional<Message> message;
    try {
      message = Message.read(line.text());
    } catch (JacksonException notJson) {
      message = Optional.empty();
    }
    // Banners and stray prints are common; the conversation is not lost by them.
    message.ifPresentOrElse(
        receiver::received, () -> remember("(stdout) " + line.text(), line.whole()));
  }

  private void keepLastWords(Process from) {
    try {
      var lines = new BoundedLines(from.getErrorStream(), 64 * 1024);
      for (var line = lines.next(); line != null; line = lines.next()) {
        remember(line.text(), line.whole());
      }
    } catch (IOException ended) {
      log.debug("{}: stderr closed", definition.name());
    }
  }

  private void remember(String line, boolean whole) {
    var text =
        whole ? definition.secrets().apply(line) : definition.secrets().applyToBeginning(line);
    text = text.length() > STDERR_LINE ? text.substring(0, STDERR_LINE) + "…" : text;
    lock.lock();
    try {
      if (lastWords.size() == STDERR_LINES) {
        lastWords.removeFirst();
      }
      lastWords.addLast(text);
    } finally {
      lock.unlock();
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
    lock.lock();
    try {
      return lastWords.isEmpty() ? how : how + "; its last words: " + String.join(" | ", lastWords);
    } finally {
      lock.unlock();
    }
  }

  /** Closes stdin, asks to end, then kills, the process and all that it started. */
  @Override
  public void close() {
    var ending = process;
    if (closed.getAndSet(true) || ending == null) {
      return;
    }
    lost.set(true);
    end(ending);
  }

  private void end(Process ending) {
    var family = new ArrayList<ProcessHandle>(ending.descendants().toList());
    family.add(ending.toHandle());
    family.forEach(ProcessHandle::destroy);
    var deadline = System.nanoTime() + PATIENCE.toNanos();
    for (var member : family) {
      try {
        member.onExit().get(Math.max(deadline - System.nanoTime(), 1), TimeUnit.NANOSECONDS);
      } catch (java.util.concurrent.TimeoutException late) {
        member.destroyForcibly();
      } catch (InterruptedException stop) {
        Thread.currentThread().interrupt();
        member.destroyForcibly();
      } catch (java.util.concurrent.ExecutionException gone) {
        log.debug("{}: process is gone already", definition.name());
      }
    }
  }

  /** For tests: the ids of the child. */
  Map<String, Long> processIds() {
    var current = process;
    return current == null ? Map.of() : Map.of("server", current.pid());
  }
}
