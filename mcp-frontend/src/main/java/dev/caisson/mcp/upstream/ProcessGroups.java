package dev.caisson.mcp.upstream;

import java.io.BufferedWriter;
import java.io.File;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The process groups of the servers that we start, and the one who ends them: a shell that reads
 * orders from us. When its input ends without a farewell, because we were killed, it ends all
 * groups that are left. Each server has a group of its own, so that its children go with it also
 * when their parent is gone, and no Ctrl-C at our terminal reaches it before us.
 *
 * <p>A process may leave its group. What it cannot easily lose is its environment, in which we
 * leave a mark, and Linux lets us read that of our own processes.
 *
 * <p>Where there is no {@code setsid} (macOS) servers stay in our group, and are ended one by one
 * with those of their children that are still known as such. Any thread may call this.
 */
final class ProcessGroups implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(ProcessGroups.class);

  /** The variable that says who started a process, with a value for each connection. */
  static final String MARK = "CAISSON_SERVER";

  private static final Path PROCESSES = Path.of("/proc");
  private static final int ROUNDS = 5;

  /** Orders: "watch GROUP", "term GROUP", "kill GROUP". */
  private static final String SHELL =
      """
      trap '' INT TERM HUP
      groups=' '
      while read -r order group; do
        case $order in
          watch) groups="$groups$group " ;;
          term) kill -s TERM -- "-$group" ;;
          kill)
            kill -s KILL -- "-$group"
            groups="${groups%%" $group "*} ${groups#*" $group "}" ;;
        esac
      done
      for group in $groups; do kill -s TERM -- "-$group"; done
      [ "${groups# }" = '' ] || sleep 1
      for group in $groups; do kill -s KILL -- "-$group"; done
      for file in $(grep -lsF "$1" /proc/[0-9]*/environ); do
        process=${file#/proc/}
        kill -s KILL "${process%/environ}"
      done
      """;

  private final Optional<String> setsid;
  private final String ours = UUID.randomUUID().toString();
  private final AtomicLong started = new AtomicLong();
  private final ReentrantLock lock = new ReentrantLock();
  // Guarded by lock. Held over writes of a line to a pipe that is always read.
  private @Nullable BufferedWriter orders;

  ProcessGroups() {
    this.setsid = program("setsid");
  }

  private static Optional<String> program(String name) {
    return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1))
        .map(folder -> Path.of(folder, name))
        .filter(Files::isExecutable)
        .map(Path::toString)
        .findFirst();
  }

  /** One server's processes. */
  final class Group {
    private final Process leader;
    private final String mark;

    private Group(Process leader, String mark) {
      this.leader = leader;
      this.mark = mark;
    }

    Process leader() {
      return leader;
    }

    /** Asks all to end. */
    void terminate() {
      order("term", leader.pid());
      leader.descendants().forEach(ProcessHandle::destroy);
      leader.destroy();
    }

    /** Ends all, wherever they went. */
    void kill() {
      var children = leader.descendants().toList();
      order("kill", leader.pid());
      leader.destroyForcibly();
      children.forEach(ProcessHandle::destroyForcibly);
      // A process that is ended may have started another one just before.
      for (var round = 0; round < ROUNDS && killMarked(); round++) {
        Thread.onSpinWait();
      }
    }

    private boolean killMarked() {
      var marked = marked(MARK + "=" + mark).toList();
      marked.forEach(ProcessHandle::destroyForcibly);
      return !marked.isEmpty();
    }
  }

  /** Starts a server in a group of its own. The builder's command and environment are changed. */
  Group start(ProcessBuilder builder) throws IOException {
    var mark = ours + "-" + started.incrementAndGet();
    builder.environment().put(MARK, mark);
    setsid.ifPresent(program ->
        builder.command(Stream.concat(Stream.of(program), builder.command().stream()).toList()));
    open();
    var leader = builder.start();
    order("watch", leader.pid());
    return new Group(leader, mark);
  }

  private void open() {
    lock.lock();
    try {
      if (orders != null || setsid.isEmpty()) {
        return;
      }
      // In a session of its own: what ends us must not end it.
      var shell =
          new ProcessBuilder(setsid.get(), "sh", "-c", SHELL, "sh", MARK + "=" + ours)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.DISCARD);
      shell.directory(new File("/"));
      shell.environment().keySet().retainAll(List.of("PATH"));
      orders =
          new BufferedWriter(
              new OutputStreamWriter(shell.start().getOutputStream(), StandardCharsets.US_ASCII));
    } catch (IOException problem) {
      log.warn("MCP servers will outlive this program if it is killed: {}", problem.toString());
    } finally {
      lock.unlock();
    }
  }

  /** Ends all groups that are left, and the shell. */
  @Override
  public void close() {
    lock.lock();
    try {
      if (orders != null) {
        orders.close();
      }
    } catch (IOException ended) {
      log.debug("the shell that ends process groups is gone");
    } finally {
      orders = null;
      lock.unlock();
    }
  }

  private void order(String order, long group) {
    lock.lock();
    try {
      if (orders != null) {
        orders.write(order + " " + group + "\n");
        orders.flush();
      }
    } catch (IOException ended) {
      // Somebody ended the shell; another one knows nothing of the groups before it.
      log.debug("the shell that ends process groups is gone");
      orders = null;
    } finally {
      lock.unlock();
    }
  }

  /** Our processes with this in their environment; none where the system does not tell. */
  private static Stream<ProcessHandle> marked(String mark) {
    return Files.isDirectory(PROCESSES.resolve("self"))
        ? ProcessHandle.allProcesses().filter(process -> hasMark(process.pid(), mark))
        : Stream.empty();
  }

  private static boolean hasMark(long process, String mark) {
    try {
      var environment = Files.readString(environment(process), StandardCharsets.ISO_8859_1);
      return List.of(environment.split("\0", -1)).contains(mark);
    } catch (IOException notOurs) {
      return false;
    }
  }

  private static Path environment(long process) {
    return PROCESSES.resolve(Long.toString(process)).resolve("environ");
  }
}
