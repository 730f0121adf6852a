package dev.caisson.daemon.tools;

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
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Pyright and mypy, both strict, as judges of Python source. Installed once for each set of pinned
 * versions, outside the source tree: made beside its place and moved there whole, so that a broken
 * installation is never used and two test runs do not meet.
 */
final class TypeCheckers {

  private static final Path PINS = Path.of("src/test/typecheckers");
  private static final Pattern MYPY = Pattern.compile("(?m)^([^:\n]+):(\\d+): error: (.*)$");

  /** What a checker has found. */
  record Finding(String file, int line, String message) {
    @Override
    public String toString() {
      return file + ":" + line + ": " + message;
    }
  }

  private TypeCheckers() {}

  /** What pyright finds in the Python files of a folder. */
  static List<Finding> pyright(Path folder) throws IOException, InterruptedException {
    Path pins = PINS.resolve("package.json");
    Path place =
        installed(
            "pyright",
            pins,
            made -> {
              Files.copy(pins, made.resolve("package.json"));
              run(
                  made,
                  "npm",
                  "install",
                  "--no-audit",
                  "--no-fund",
                  "--no-package-lock",
                  "--silent");
            });
    Files.writeString(
        folder.resolve("pyrightconfig.json"),
        "{\"typeCheckingMode\": \"strict\", \"pythonVersion\": \"3.13\"}");
    String told =
        run(
            folder,
            "node",
            place.resolve("node_modules/pyright/index.js").toString(),
            "--outputjson",
            "--project",
            folder.toString());
    List<Finding> findings = new ArrayList<>();
    JsonNode report = JsonMapper.shared().readTree(told.substring(told.indexOf('{')));
    if (report.path("summary").path("filesAnalyzed").asInt() == 0) {
      throw new AssertionError("pyright has looked at nothing: " + told);
    }
    for (JsonNode one : report.path("generalDiagnostics")) {
      findings.add(
          new Finding(
              Path.of(one.path("file").asString()).getFileName().toString(),
              one.path("range").path("start").path("line").asInt() + 1,
              one.path("message").asString() + " [" + one.path("rule").asString("") + "]"));
    }
    return findings;
  }

  /** What mypy finds in those files. */
  static List<Finding> mypy(Path folder, List<String> files)
      throws IOException, InterruptedException {
    Path pins = PINS.resolve("requirements.txt").toAbsolutePath();
    Path place =
        installed(
            "mypy",
            pins,
            made -> {
              run(made, "python3", "-m", "venv", ".");
              run(
                  made,
                  "bin/python",
                  "-m",
                  "pip",
                  "install",
                  "--quiet",
                  "--disable-pip-version-check",
                  "--requirement",
                  pins.toString());
            });
    List<String> command = new ArrayList<>();
    command.add(place.resolve("bin/python").toString());
    command.addAll(List.of("-m", "mypy", "--strict", "--python-version", "3.13"));
    command.addAll(List.of("--no-error-summary", "--cache-dir", "/dev/null"));
    command.addAll(files);
    String told = run(folder, command.toArray(String[]::new));
    List<Finding> findings = new ArrayList<>();
    Matcher matcher = MYPY.matcher(told);
    while (matcher.find()) {
      findings.add(
          new Finding(matcher.group(1), Integer.parseInt(matcher.group(2)), matcher.group(3)));
    }
    if (findings.isEmpty() && !told.isBlank()) {
      throw new AssertionError("mypy did not work: " + told);
    }
    return findings;
  }

  /** What an installation does in its folder. */
  @FunctionalInterface
  private interface Installation {
    void into(Path folder) throws IOException, InterruptedException;
  }

  private static Path installed(String name, Path pins, Installation installation)
      throws IOException, InterruptedException {
    Path folder = cache().resolve(name + "-" + digest(pins));
    if (!Files.isDirectory(folder)) {
      Path made = folder.resolveSibling(name + ".making-" + ProcessHandle.current().pid());
      Files.createDirectories(made);
      installation.into(made);
      try {
        Files.move(made, folder, StandardCopyOption.ATOMIC_MOVE);
      } catch (DirectoryNotEmptyException | FileAlreadyExistsException another) {
        // Another test run was faster; what it made is the same.
      }
    }
    return folder;
  }

  private static String digest(Path pins) throws IOException {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(pins));
      return HexFormat.of().formatHex(digest, 0, 8);
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static Path cache() throws IOException {
    Path state = Path.of(System.getenv().getOrDefault("CAISSON_STATE_DIR", "/var/lib/caisson"));
    Path base = Files.isWritable(state) ? state : Path.of("target").toAbsolutePath();
    return Files.createDirectories(base.resolve("cache/typecheckers"));
  }

  /** Runs a command; what it says counts, and its status only says that there is something. */
  private static String run(Path folder, String... command)
      throws IOException, InterruptedException {
    Path errors = Files.createTempFile("caisson-test", ".stderr");
    try {
      Process process =
          new ProcessBuilder(command)
              .directory(folder.toFile())
              .redirectError(errors.toFile())
              .start();
      process.getOutputStream().close();
      String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(Duration.ofMinutes(5)) || process.exitValue() > 1) {
        process.destroyForcibly();
        throw new AssertionError(command[0] + " failed:\n" + printed + Files.readString(errors));
      }
      return printed;
    } finally {
      Files.delete(errors);
    }
  }
}
