package dev.caisson.daemon.egress;

import dev.caisson.daemon.channel.Entrance;
import dev.caisson.daemon.policy.NetworkPolicy;
import dev.caisson.daemon.policy.PackageAccess;
import java.net.URI;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * The environment that points HTTP clients at the gate. A convenience: a program that clears it
 * reaches no more and no less.
 *
 * <p>ALL_PROXY names the HTTP proxy too, because clients without SOCKS support refuse to start when
 * it names another.
 */
public final class ProxyVariables {

  private ProxyVariables() {}

  /** Names in capitals and small letters, since clients differ in which they read. */
  public static Map<String, String> of(NetworkPolicy policy) {
    String proxy = "http://127.0.0.1:" + Entrance.HTTP.port();
    Map<String, String> variables = new HashMap<>();
    for (String name : new String[] {"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"}) {
      variables.put(name, proxy);
    }
    variables.put("NO_PROXY", "localhost,127.0.0.1,::1");
    Map.copyOf(variables)
        .forEach((name, value) -> variables.put(name.toLowerCase(Locale.ROOT), value));
    if (policy.packages() instanceof PackageAccess.Reachable(URI index)) {
      variables.put("PIP_INDEX_URL", index.toString());
      // It would ask the index for pip itself, in each run anew.
      variables.put("PIP_DISABLE_PIP_VERSION_CHECK", "1");
    }
    return Map.copyOf(variables);
  }
}
