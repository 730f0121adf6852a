package dev.caisson.client.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Puts the session of this process before others where the kernel shares the processors out by
 * session, until it is closed or the process ends. For one thread.
 *
 * <p>A caller is on another machine as a rule. Here its client shares two or three processors with
 * what it measures, and would measure its own waiting for them.
 */
final class PreferredSession implements AutoCloseable {

  /** As the launcher has it for the daemon. */
  private static final String PREFERRED = "-10";

  private static final Pattern NICENESS = Pattern.compile("nice (-?[0-9]+)");

  private final Path autogroup;
  private final String before;
  private final Thread atExit = Thread.ofPlatform().unstarted(this::restore);

  private PreferredSession(Path autogroup, String before) {
    this.autogroup = autogroup;
    this.before = before;
  }

  /**
   * @param autogroup {@code /proc/self/autogroup}, or what stands for it in a test
   * @return empty where the kernel knows no such thing, or this user may not
   */
  static Optional<PreferredSession> take(Path autogroup) {
    try {
      Matcher niceness = NICENESS.matcher(Files.readString(autogroup));
      if (!niceness.find()) {
        return Optional.empty();
      }
      var session = new PreferredSession(autogroup, niceness.group(1));
      Files.writeString(autogroup, PREFERRED);
      // The session is the user's shell, which goes on after this process.
      Runtime.getRuntime().addShutdownHook(session.atExit);
      return Optional.of(session);
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(atExit);
      restore();
    } catch (IllegalStateException e) {
      // The process is ending, and the hook does it.
    }
  }

  private void restore() {
    try {
      Files.writeString(autogroup, before);
    } catch (IOException e) {
      // A user who might lower it may raise it again.
    }
  }
}
