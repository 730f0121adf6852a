package dev.caisson.mcp.thirdparty;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;

/**
 * The third-party packages of these tests, installed once for each set of pinned versions, outside
 * the source tree. An installation is made beside its place and moved there whole, so a broken one
 * is never used and two test runs do not meet.
 */
public final class ThirdPartyParts {

  private static final Path PINS = Path.of("src/test/thirdparty");

  private ThirdPartyParts() {}

  /** The interpreter of an environment that has these requirements. */
  public static String python(String requirements) throws IOException, InterruptedException {
    var pins = PINS.resolve("python").resolve(requirements);
    var folder = place(requirements.replace(".txt", ""), pins);
    if (!Files.isDirectory(folder)) {
      var made = beside(folder);
      run(PINS, "python3", "-m", "venv", made.toString());
      run(
          PINS,
          made.resolve("bin/python").toString(),
          "-m",
          "pip",
          "install",
          "--quiet",
          "--disable-pip-version-check",
          "--requirement",
          pins.toAbsolutePath().toString());
      moveInto(made, folder);
    }
    return folder.resolve("bin/python").toString();
  }

  /** A folder with node_modules and the scripts that use them. */
  public static Path node() throws IOException, InterruptedException {
    var pins = PINS.resolve("node/package.json");
    var folder = place("node", pins);
    if (!Files.isDirectory(folder)) {
      var made = beside(folder);
      Files.createDirectories(made);
      Files.copy(pins, made.resolve("package.json"));
      run(made, "npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--silent");
      moveInto(made, folder);
    }
    // Imports are resolved from where a script lies.
    Files.copy(
        PINS.resolve("node/drive.mjs"),
        folder.resolve("drive.mjs"),
        StandardCopyOption.REPLACE_EXISTING);
    return folder;
  }

  public static Path script(String name) {
    return PINS.resolve(name).toAbsolutePath();
  }

  private static Path place(String name, Path pins) throws IOException {
    try {
      var digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(pins));
      var hash = HexFormat.of().formatHex(digest, 0, 8);
      return cache().resolve(name + "-" + hash);
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static Path cache() throws IOException {
    var state = Path.of(System.getenv().getOrDefault("CAISSON_STATE_DIR", "/var/lib/caisson"));
    var base = Files.isWritable(state) ? state : Path.of("target").toAbsolutePath();
    return Files.createDirectories(base.resolve("cache/thirdparty"));
  }

  private static Path beside(Path folder) {
    return folder.resolveSibling(folder.getFileName() + ".making-" + ProcessHandle.current().pid());
  }

  private static void moveInto(Path made, Path folder) throws IOException {
    try {
      Files.move(made, folder, StandardCopyOption.ATOMIC_MOVE);
    } catch (DirectoryNotEmptyException | FileAlreadyExistsException another) {
      // Another test run was faster; what it made is the same.
    }
  }

  /** Runs a command and gives what it printed; its error output is in the failure. */
  public static String run(Path folder, String... command)
      throws IOException, InterruptedException {
    var errors = Files.createTempFile("caisson-test", ".stderr");
    try {
      var process =
          new ProcessBuilder(List.of(command))
              .directory(folder.toFile())
              .redirectError(errors.toFile())
              .start();
      process.getOutputStream().close();
      var watch =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  if (!process.waitFor(Duration.ofMinutes(5))) {
                    process.destroyForcibly();
                  }
                } catch (InterruptedException done) {
                  Thread.currentThread().interrupt();
                }
              });
      var printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      var status = process.waitFor();
      watch.interrupt();
      if (status != 0) {
        throw new AssertionError(
            command[0] + " ended with " + status + ":\n" + printed + Files.readString(errors));
      }
      return printed;
    } finally {
      Files.delete(errors);
    }
  }
}
