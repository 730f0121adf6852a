package dev.caisson.daemon.guards;

import dev.caisson.daemon.acceptance.Patience;
import dev.caisson.daemon.guards.Guard.Edit;
import dev.caisson.daemon.runtime.Specs;
import dev.caisson.daemon.security.AttackRecord;
import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.tools.ToolProvider;

/**
 * A copy of the product with some lines changed: changed classes and resources lie in a folder that
 * comes first on the class path of a JVM of its own, a changed agent in an image of its own. The
 * checkout and its build are not touched, and all of it is gone after {@link #close}.
 */
final class Mutant implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final Duration FOR_EACH_TEST = Duration.ofMinutes(2);
  private static final String AGENT = "sandbox-image/agent/";
  private static final String SOURCES = "/src/main/java/";
  private static final String RESOURCES = "/src/main/resources/";

  private final Path folder;
  private Optional<String> image = Optional.empty();

  private Mutant(Path folder) {
    this.folder = folder;
  }

  /** Makes the copy. */
  static Mutant of(Map<String, List<Edit>> edits) {
    try {
      Mutant mutant = new Mutant(Files.createTempDirectory("caisson-mutant"));
      try {
        mutant.build(edits);
        return mutant;
      } catch (RuntimeException | IOException e) {
        mutant.close();
        throw e;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Runs tests against the copy. Gives for each name PASSED, FAILED or BROKEN, and the reason. */
  Map<String, Verdict> run(List<String> tests) {
    List<String> command =
        new ArrayList<>(
            List.of(
                ProcessHandle.current().info().command().orElseThrow(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:TieredStopAtLevel=1",
                "-Xmx512m",
                // A test that has to fail need not wait as long as one that should pass.
                "-D" + Patience.PROPERTY + "=30",
                "-D" + AttackRecord.PLACE + "=" + folder,
                "-cp",
                folder.resolve("classes") + File.pathSeparator + classPath(),
                NamedTests.class.getName()));
    command.addAll(tests);
    ProcessBuilder builder = new ProcessBuilder(command);
    image.ifPresent(tag -> {
      builder.environment().put("CAISSON_IMAGE", tag);
      builder.environment().put("CAISSON_ENGINE_BASE_IMAGE", tag);
    });
    String output = output(builder, PATIENCE.plus(FOR_EACH_TEST.multipliedBy(tests.size())));
    Map<String, Verdict> verdicts = new LinkedHashMap<>();
    output
        .lines()
        .map(line -> line.split("\t", 4))
        .filter(fields -> fields.length == 4 && fields[0].equals(NamedTests.PREFIX))
        .forEach(fields -> verdicts.put(fields[2], new Verdict(fields[1], fields[3])));
    for (String test : tests) {
      verdicts.putIfAbsent(test, new Verdict("BROKEN", tail(output)));
    }
    return verdicts;
  }

  /** How a test ended. */
  record Verdict(String result, String why) {}

  @Override
  public void close() {
    image.ifPresent(
        tag -> output(new ProcessBuilder("docker", "image", "rm", "--force", tag), PATIENCE));
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void build(Map<String, List<Edit>> edits) throws IOException {
    Path classes = Files.createDirectories(folder.resolve("classes"));
    Path sources = Files.createDirectories(folder.resolve("sources"));
    List<String> toCompile = new ArrayList<>();
    List<Path> ofAgent = new ArrayList<>();
    for (Map.Entry<String, List<Edit>> entry : edits.entrySet()) {
      String file = entry.getKey();
      String text = GuardList.edited(file, entry.getValue());
      if (file.startsWith(AGENT)) {
        ofAgent.add(written(folder.resolve("image").resolve(file.substring(AGENT.length())), text));
      } else if (file.contains(SOURCES)) {
        toCompile.add(written(sources.resolve(after(file, SOURCES)), text).toString());
      } else if (file.contains(RESOURCES)) {
        written(classes.resolve(after(file, RESOURCES)), text);
      } else if (file.startsWith("policies/")) {
        written(classes.resolve("caisson").resolve(file), text);
      } else {
        throw new IllegalArgumentException("no way is known to take something out of " + file);
      }
    }
    if (!toCompile.isEmpty()) {
      compile(toCompile, classes);
    }
    if (!ofAgent.isEmpty()) {
      buildImage(ofAgent);
    }
  }

  private static void compile(List<String> sources, Path classes) {
    var compiler = ToolProvider.getSystemJavaCompiler();
    var said = new StringWriter();
    var files =
        compiler.getStandardFileManager(null, null, null).getJavaFileObjectsFromStrings(sources);
    List<String> options =
        List.of(
            "-proc:none", "-nowarn", "-parameters", "-cp", classPath(), "-d", classes.toString());
    if (!compiler.getTask(said, null, null, options, null, files).call()) {
      throw new IllegalStateException("without the guard it does not compile: " + said);
    }
  }

  private void buildImage(List<Path> files) throws IOException {
    String tag = "caisson/mutant:" + UUID.randomUUID();
    Path context = folder.resolve("image");
    StringBuilder recipe = new StringBuilder("FROM " + Specs.IMAGE + "\nUSER 0:0\n");
    for (Path file : files) {
      String name = context.relativize(file).toString();
      recipe.append("COPY %s /opt/caisson/agent/%s%n".formatted(name, name));
    }
    // What was compiled is not looked at again when its source changes, as in the image's recipe.
    recipe.append(
        "RUN [\"/usr/bin/python3.13\", \"-I\", \"-m\", \"compileall\", \"-q\", \"-f\","
            + " \"--invalidation-mode\", \"unchecked-hash\", \"/opt/caisson/agent\"]\n"
            + "USER 65532:65532\n");
    Files.writeString(context.resolve("Dockerfile"), recipe);
    image = Optional.of(tag);
    String said =
        output(
            new ProcessBuilder(
                "docker", "build", "--network", "none", "--tag", tag, context.toString()),
            PATIENCE);
    if (!said.contains("Successfully tagged") && !said.contains("naming to")) {
      throw new IllegalStateException("the image without the guard was not built: " + tail(said));
    }
  }

  /** Runs a program to its end, or kills it when that takes too long, and gives what it wrote. */
  private static String output(ProcessBuilder builder, Duration patience) {
    try {
      Path file = Files.createTempFile("caisson-mutant", ".log");
      try {
        Process process = builder.redirectErrorStream(true).redirectOutput(file.toFile()).start();
        if (!process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
          LeftProcesses.end(process.toHandle());
          process.destroyForcibly().waitFor();
        }
        return Files.readString(file);
      } finally {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  /** Surefire puts the real path elsewhere when it hides it in a jar's manifest. */
  private static String classPath() {
    return System.getProperty(
        "surefire.test.class.path", System.getProperty("java.class.path", ""));
  }

  private static Path written(Path file, String text) throws IOException {
    Files.createDirectories(file.getParent());
    return Files.writeString(file, text);
  }

  private static String after(String file, String part) {
    return file.substring(file.indexOf(part) + part.length());
  }

  private static String tail(String text) {
    return text.length() > 2000 ? "... " + text.substring(text.length() - 2000) : text;
  }
}
