package dev.caisson.daemon.acceptance;

import dev.caisson.v1.CreateSessionRequest;
import dev.caisson.v1.DeleteSessionRequest;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * One of CPython's own test modules, run in a session of its own. What a test does to the
 * interpreter costs no more than that test: the module is gone on with behind it.
 */
final class CPythonModule {

  /** Who runs the tests: the session's interpreter, or a plain one that a program there starts. */
  enum Side {
    SESSION,
    PLAIN
  }

  /** What came of a test, and what it said. */
  record Noted(String result, String detail) {}

  private static final String NOTES = "notes.tsv";
  private static final String ITSELF = "(the interpreter)";
  private static final int INTERPRETERS = 25;
  private static final Duration PATIENCE = Duration.ofMinutes(30);

  private final RunClient client;
  private final String policy;
  private final Path packed;
  private final String module;

  CPythonModule(RunClient client, String policy, Path packed, String module) {
    this.client = client;
    this.policy = policy;
    this.packed = packed;
    this.module = module;
  }

  /**
   * Runs the module.
   *
   * @param leftOut tests that are not to be run, by id
   * @return what came of each of the others, by id without the module's name in front
   */
  Map<String, Noted> run(Side side, Set<String> leftOut) {
    String session =
        client
            .sessions()
            .createSession(CreateSessionRequest.newBuilder().setPolicy(policy).build())
            .getSession()
            .getSessionId();
    try {
      FileClient files = new FileClient(client.channel(), session);
      bring(files, leftOut);
      StringBuilder ends = new StringBuilder();
      for (int interpreter = 0; interpreter < INTERPRETERS; interpreter++) {
        Transcript run =
            client.start(RunClient.program(code(side)).setSession(session)).transcript(PATIENCE);
        ends.append(run).append('\n');
        Map<String, Noted> notes = notes(files, ends);
        if (notes.getOrDefault(ITSELF, new Noted("", "")).result().equals("done")) {
          notes.remove(ITSELF);
          return notes;
        }
      }
      throw new AssertionError(
          module + " needs more than " + INTERPRETERS + " interpreters; their ends:\n" + ends);
    } finally {
      client
          .sessions()
          .deleteSession(DeleteSessionRequest.newBuilder().setSessionId(session).build());
    }
  }

  private void bring(FileClient files, Set<String> leftOut) {
    try {
      files.write("cpython-tests.tar.gz", Files.readAllBytes(packed));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    files.write("collect.py", resource("collect.py"));
    files.write("watchdog.py", resource("watchdog.py"));
    files.write("plain.py", begin(leftOut).getBytes(StandardCharsets.UTF_8));
  }

  private String code(Side side) {
    return switch (side) {
      case SESSION -> "exec(compile(open('plain.py').read(), 'plain.py', 'exec'))";
      case PLAIN ->
          "import subprocess, sys; print(subprocess.run([sys.executable, 'plain.py']).returncode)";
    };
  }

  private String begin(Set<String> leftOut) {
    String names =
        leftOut.stream()
            .map(name -> "'test.%s.%s', ".formatted(module, name))
            .collect(Collectors.joining());
    // Processes that a test spawns import what began it, and are not to begin it again.
    return """
    if __name__ == '__main__':
        import sys
        sys.path.insert(0, '/workspace')
        import collect
        collect.run('%s', '/workspace/%s', [%s])
    """
        .formatted(module, NOTES, names);
  }

  private Map<String, Noted> notes(FileClient files, StringBuilder ends) {
    String text;
    try {
      text = new String(files.read(NOTES), StandardCharsets.UTF_8);
    } catch (RuntimeException e) {
      throw new AssertionError(module + " left no notes; how its runs ended:\n" + ends, e);
    }
    Map<String, Noted> notes = new LinkedHashMap<>();
    for (String line : text.split("\n")) {
      String[] parts = line.split("\t", 3);
      notes.put(parts[1].replace("test." + module + ".", ""), new Noted(parts[0], parts[2]));
    }
    return new TreeMap<>(notes);
  }

  private static byte[] resource(String name) {
    try (InputStream in =
        Objects.requireNonNull(
            CPythonModule.class.getResourceAsStream("/caisson/cpython/" + name), name)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
