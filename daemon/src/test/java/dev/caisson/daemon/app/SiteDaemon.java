package dev.caisson.daemon.app;

import dev.caisson.daemon.acceptance.SiteNames;
import dev.caisson.daemon.config.ConfigReader;
import dev.caisson.daemon.config.DaemonConfig;
import dev.caisson.daemon.config.Surroundings;
import dev.caisson.daemon.egress.TrustedCertificates;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * The daemon as {@link Main} starts it, but for its gate, which finds a site on this machine by
 * names that exist in tests only.
 */
public final class SiteDaemon {

  /** Names the file of the lookups. */
  public static final String LOOKUPS = "SITE_LOOKUPS";

  private SiteDaemon() {}

  public static void main(String[] arguments) throws InterruptedException {
    DaemonConfig config = ConfigReader.read(List.of(arguments), Surroundings.ofThisProcess());
    System.setProperty("caisson.log.level", config.logLevel().name());
    LibraryLog.join();
    SiteNames names = new SiteNames(Path.of(Objects.requireNonNull(System.getenv(LOOKUPS))));
    Main.serve(
        new Daemon(
            config, "test", names.gate(config.network().caFile().map(TrustedCertificates::read))));
  }
}
