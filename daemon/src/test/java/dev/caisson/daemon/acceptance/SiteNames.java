package dev.caisson.daemon.acceptance;

import dev.caisson.daemon.egress.AddressRules;
import dev.caisson.daemon.egress.Dialer;
import dev.caisson.daemon.egress.Gate;
import dev.caisson.daemon.egress.Resolver;
import dev.caisson.daemon.egress.TrustedCertificates;
import dev.caisson.daemon.model.Ticker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The names of a {@link TestSite}, for a daemon in this process or in another: what stands for
 * them, and a file with all that were asked for.
 */
public final class SiteNames implements Resolver {

  /** The name that policies allow. */
  public static final String HOST = "good.test";

  /**
   * Every name below these is answered with the site's address, whoever it belongs to: a name that
   * no policy allows leads somewhere, once it is let through.
   */
  private static final List<String> HERE_BELOW = List.of(".test", ".internal");

  /** Allowed by the tests' policies and answered with another address each time. */
  private static final String REBINDING = "rebind.test";

  private static final InetAddress HERE = InetAddress.ofLiteral("127.0.0.1");

  private final AtomicInteger rebinds = new AtomicInteger();
  private final Path lookups;

  public SiteNames(Path lookups) {
    this.lookups = lookups;
  }

  /** A gate that finds the site on loopback, and other names where they are. */
  public Gate gate(Optional<TrustedCertificates> certificates) {
    return new Gate(
        new Dialer(this, AddressRules.exempting(Set.of(HERE)), Duration.ofSeconds(8)),
        certificates,
        Ticker.SYSTEM);
  }

  @Override
  public List<InetAddress> resolve(String host) throws UnknownHostException {
    note(host);
    if (host.equals("metadata." + REBINDING)) {
      return List.of(InetAddress.ofLiteral("169.254.169.254"));
    }
    if (host.equals("mixed." + REBINDING)) {
      return List.of(HERE, InetAddress.ofLiteral("10.0.0.1"));
    }
    if (host.endsWith(REBINDING)) {
      // Good at first, then what an attacker would point it at.
      return List.of(rebinds.getAndIncrement() == 0 ? HERE : InetAddress.ofLiteral("127.0.0.2"));
    }
    if (HERE_BELOW.stream().anyMatch(host::endsWith)) {
      return List.of(HERE);
    }
    return Resolver.bySystem(host);
  }

  private void note(String host) {
    try {
      Files.writeString(lookups, host + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
