package dev.caisson.daemon.policy;

import java.net.URI;
import java.util.Optional;

/**
 * The package index of this installation. Policies name it as {@code ${packages.index}} and {@code
 * ${packages.files}}, so that none has to be written for one company's mirror.
 *
 * @param index the address that pip is given: "https://packages.example.test/simple"
 * @param files where the index keeps its files, when that is another host
 */
public record PackageIndex(Optional<URI> index, Optional<URI> files) {

  /** None is configured: rules that name it allow nothing. */
  public static final PackageIndex NONE = new PackageIndex(Optional.empty(), Optional.empty());

  static final String INDEX = "${packages.index}";
  static final String FILES = "${packages.files}";

  public PackageIndex {
    index.ifPresent(PackageIndex::requireUsable);
    files.ifPresent(PackageIndex::requireUsable);
  }

  /** The address, or a sentence saying what is wrong with it. */
  public static URI parse(String text) {
    URI address = URI.create(text);
    requireUsable(address);
    return address;
  }

  static int port(URI address) {
    return address.getPort() > 0 ? address.getPort() : protocol(address).usualPort().orElseThrow();
  }

  static NetworkProtocol protocol(URI address) {
    return "https".equals(address.getScheme()) ? NetworkProtocol.TLS : NetworkProtocol.HTTP;
  }

  static HostName host(URI address) {
    return HostName.of(String.valueOf(address.getHost())).orElseThrow();
  }

  private static void requireUsable(URI address) {
    boolean http = "https".equals(address.getScheme()) || "http".equals(address.getScheme());
    if (!http || HostName.of(String.valueOf(address.getHost())).isEmpty()) {
      throw new IllegalArgumentException(
          "an index is https:// or http:// and the name of a host, got '" + address + "'");
    }
    // Code in the sandbox is told the address.
    if (address.getRawUserInfo() != null || address.getRawQuery() != null) {
      throw new IllegalArgumentException("an index's address holds no credentials and no query");
    }
  }
}
