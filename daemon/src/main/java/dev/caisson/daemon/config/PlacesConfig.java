package dev.caisson.daemon.config;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Where the daemon keeps and finds things. All paths are absolute.
 *
 * @param socket the Unix socket that it serves on
 * @param runFolder for what is gone with the daemon
 * @param policies a folder with policies beside the shipped ones
 */
public record PlacesConfig(Path socket, Path runFolder, Optional<Path> policies) {

  /** The socket's name in the run folder. */
  static final String SOCKET = "caisson.sock";

  public PlacesConfig {
    requireAbsolute(socket);
    requireAbsolute(runFolder);
    policies.ifPresent(PlacesConfig::requireAbsolute);
  }

  /** The socket in the run folder, no policies of one's own. */
  static PlacesConfig in(Path run) {
    return new PlacesConfig(run.resolve(SOCKET), run, Optional.empty());
  }

  private static void requireAbsolute(Path path) {
    if (!path.isAbsolute()) {
      throw new IllegalArgumentException("a path must be absolute, got '" + path + "'");
    }
  }
}
