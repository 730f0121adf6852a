package dev.caisson.mcp.http;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which web pages may ask, and by which names this server goes. A browser sends any page's request
 * to any address, and says in {@code Origin} of which page it is; a page whose name its owner has
 * pointed at us comes with that name in {@code Host}. Immutable.
 *
 * @param origins of pages that are not of this machine, as browsers write them
 * @param hosts names that this server goes by, in small letters
 */
public record Places(Set<String> origins, Set<String> hosts) {

  /** No name to look up, so nobody can have pointed it here. */
  private static final Pattern ADDRESS =
      Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}|\\[[0-9A-Fa-f:.]+\\]");

  private static final Pattern HOST =
      Pattern.compile("(?<name>\\[[0-9A-Fa-f:.]+\\]|[^:\\[\\]/@]+)(:\\d{1,5})?");

  private static final Set<String> LOCAL = Set.of("localhost", "127.0.0.1", "[::1]");

  /** Of options as people write them. */
  public static Places of(List<String> origins, List<String> hosts) {
    var names = new TreeSet<String>();
    hosts.forEach(host -> names.add(host.toLowerCase(Locale.ROOT)));
    return new Places(Set.copyOf(origins), names);
  }

  /** What is wrong with an origin that is to be let in; empty when it can be. */
  public static Optional<String> problem(String origin) {
    try {
      var uri = new URI(origin);
      return uri.getScheme() != null
              && uri.getHost() != null
              && origin.equals(uri.getScheme() + "://" + uri.getRawAuthority())
              && uri.getRawUserInfo() == null
          ? Optional.empty()
          : Optional.of("an origin is a scheme, a host and maybe a port");
    } catch (URISyntaxException problem) {
      return Optional.of("an origin is a scheme, a host and maybe a port");
    }
  }

  /** Whether the request is of no page, of one of this machine, or of one that is let in. */
  boolean takesOrigin(@Nullable String origin) {
    if (origin == null || origins.contains(origin)) {
      return true;
    }
    try {
      var uri = new URI(origin);
      var scheme = String.valueOf(uri.getScheme());
      return (scheme.equals("http") || scheme.equals("https"))
          && uri.getHost() != null
          && problem(origin).isEmpty()
          && LOCAL.contains(uri.getHost().toLowerCase(Locale.ROOT));
    } catch (URISyntaxException problem) {
      return false;
    }
  }

  /** Whether the request is for us. */
  boolean takesHost(@Nullable String host) {
    if (host == null) {
      return false;
    }
    var parts = HOST.matcher(host);
    if (!parts.matches()) {
      return false;
    }
    var name = parts.group("name").toLowerCase(Locale.ROOT);
    return LOCAL.contains(name) || hosts.contains(name) || ADDRESS.matcher(name).matches();
  }
}
