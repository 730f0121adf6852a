package dev.caisson.daemon.app;

import dev.caisson.daemon.config.ConfigReader;
import dev.caisson.daemon.config.DaemonConfig;
import dev.caisson.daemon.config.Surroundings;
import dev.caisson.daemon.error.SandboxException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.LoggerFactory;
import sun.misc.Signal;

/**
 * The command {@code caisson daemon}: serves until it is told to end by SIGTERM or SIGINT; and
 * {@code caisson policy}, which needs no daemon.
 *
 * <p>Exit status: 0 after an orderly end, 1 when it could not start, 2 for wrong flags or a wrong
 * configuration.
 */
public final class Main {

  private Main() {}

  public static void main(String[] arguments) throws InterruptedException {
    if (arguments.length > 0 && arguments[0].equals("policy")) {
      List<String> rest = List.of(arguments).subList(1, arguments.length);
      System.setProperty("caisson.log.level", "WARN");
      System.exit(
          new PolicyCommand(
                  System.out,
                  System.err,
                  () -> ConfigReader.read(List.of(), Surroundings.ofThisProcess()))
              .run(rest));
    }
    if (arguments.length > 0 && arguments[0].equals("posture")) {
      System.exit(posture(List.of(arguments).subList(1, arguments.length)));
    }
    if (List.of(arguments).stream().anyMatch(a -> a.equals("--help") || a.equals("-h"))) {
      System.out.print(ConfigReader.usage());
      return;
    }
    DaemonConfig config;
    try {
      config = ConfigReader.read(List.of(arguments), Surroundings.ofThisProcess());
    } catch (SandboxException e) {
      complain(e);
      System.exit(2);
      return;
    }
    // Before there are other threads, which take it from this one.
    boolean shortSlices = TimeSlice.shorten();
    // Read by logback.xml, so it has to be there before the first logger.
    System.setProperty("caisson.log.level", config.logLevel().name());
    LibraryLog.join();
    if (!shortSlices) {
      LoggerFactory.getLogger(Main.class)
          .info(
              "This kernel has one time slice for all (Linux before 6.12): {}",
              "runs may wait longer behind a busy sandbox");
    }
    try {
      serve(new Daemon(config, version()));
    } catch (SandboxException e) {
      complain(e);
      System.exit(1);
    }
  }

  private static int posture(List<String> arguments) {
    System.setProperty("caisson.log.level", "WARN");
    try {
      return new PostureCommand(
              ConfigReader.read(arguments, Surroundings.ofThisProcess()), System.out)
          .run();
    } catch (SandboxException e) {
      complain(e);
      return 2;
    }
  }

  /** Serves for ever. The process ends in the hook, which a signal or {@link System#exit} runs. */
  static void serve(Daemon daemon) throws InterruptedException {
    AtomicBoolean started = new AtomicBoolean();
    Runtime.getRuntime()
        .addShutdownHook(
            Thread.ofPlatform().name("shutdown").unstarted(() -> end(daemon, started)));
    daemon.start();
    // Without this a SIGHUP would end the JVM, and with it the runs in progress.
    Signal.handle(new Signal("HUP"), signal -> daemon.reloadPolicies());
    started.set(true);
    new CountDownLatch(1).await();
  }

  private static void end(Daemon daemon, AtomicBoolean started) {
    int status = 1;
    try {
      daemon.close();
      status = started.get() ? 0 : 1;
    } catch (SandboxException e) {
      complain(e);
    } finally {
      // Left to itself, the JVM would say 143 after SIGTERM, which looks like a crash.
      Runtime.getRuntime().halt(status);
    }
  }

  /** The version in the jar's manifest; a build without one is a developer's. */
  private static String version() {
    return Optional.ofNullable(Main.class.getPackage().getImplementationVersion())
        .orElse("development");
  }

  private static void complain(SandboxException error) {
    System.err.println("caisson daemon: " + error.getMessage());
  }
}
