package dev.caisson.daemon.app;

import dev.caisson.daemon.config.ConfigReader;
import dev.caisson.daemon.config.DaemonConfig;
import dev.caisson.daemon.config.Surroundings;
import dev.caisson.daemon.error.SandboxException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

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
      System.exit(new PolicyCommand(System.out, System.err).run(rest));
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
    // Read by logback.xml, so it has to be there before the first logger.
    System.setProperty("caisson.log.level", config.logLevel().name());
    try {
      serve(config);
    } catch (SandboxException e) {
      complain(e);
      System.exit(1);
    }
  }

  private static void serve(DaemonConfig config) throws InterruptedException {
    CountDownLatch gone = new CountDownLatch(1);
    Daemon daemon = new Daemon(config, version());
    Runtime.getRuntime()
        .addShutdownHook(
            Thread.ofPlatform()
                .name("shutdown")
                .unstarted(() -> {
                  daemon.close();
                  gone.countDown();
                }));
    daemon.start();
    gone.await();
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
