package dev.caisson.daemon.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.caisson.daemon.app.RunningDaemon;
import dev.caisson.v1.CreateSessionRequest;
import dev.caisson.v1.DeleteSessionRequest;
import dev.caisson.v1.InputFile;
import dev.caisson.v1.OutputFiles;
import dev.caisson.v1.RunFilePart;
import dev.caisson.v1.RunFinished.Outcome;
import dev.caisson.v1.RunLimits;
import dev.caisson.v1.RunResponse;
import dev.caisson.v1.StartRun;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Files that runs bring and give back, with real sandboxes. */
@Timeout(120)
class RunFilesTest {

  @TempDir static Path folder;

  private static RunningDaemon daemon;
  private static RunClient client;

  @BeforeAll
  static void start() throws Exception {
    daemon =
        RunningDaemon.start(
            folder, 1, Map.of("small", "extends: default\nsandbox:\n  workspace: 2 MiB\n"));
    client = new RunClient(daemon.socket());
  }

  @AfterAll
  static void end() {
    client.close();
    daemon.close();
  }

  // ---- in ----

  @Test
  void aProgramFindsTheFilesThatItsRunBrings() {
    Transcript run =
        client.run(
            RunClient.program("print(open('data/a b.txt').read(), len(open('empty').read()))")
                .addFiles(file("data/a b.txt", "hello"))
                .addFiles(file("empty", "")));

    assertThat(run.output()).as(run::toString).isEqualTo("hello 0\n");
  }

  @Test
  void aProgramOfSeveralFilesImportsItsNeighboursAndTracebacksShowThem() {
    StartRun.Builder start =
        StartRun.newBuilder()
            .setEntryPoint("app/main.py")
            .addFiles(
                file("app/main.py", "import helper, sys\nprint(sys.argv, __name__)\nhelper.fail()"))
            .addFiles(file("app/helper.py", "def fail():\n    return 1 / 0  # in the helper\n"))
            .addArguments("x");

    Transcript run = client.run(start);

    assertThat(run.output()).startsWith("['app/main.py', 'x'] __main__\n");
    assertThat(run.finished().getException().getTraceback())
        .contains("File \"app/main.py\", line 3, in <module>\n    helper.fail()")
        .contains("/app/helper.py\", line 2, in fail\n    return 1 / 0  # in the helper");
  }

  @Test
  void theFilesOfARunStayInItsSession() {
    String session = session();
    client.run(
        RunClient.program("import one").setSession(session).addFiles(file("one.py", "value = 1")));

    Transcript second =
        client.run(
            StartRun.newBuilder()
                .setSession(session)
                .setEntryPoint("main.py")
                .addFiles(file("main.py", "import two\nprint(one.value + two.value)"))
                .addFiles(file("two.py", "value = 2")));

    assertThat(second.output()).as(second::toString).isEqualTo("3\n");
    end(session);
  }

  @Test
  void filesThatCannotBeBroughtAreRefusedAndNothingRuns() {
    assertRefused(
        RunClient.program("1").addFiles(file("../x", "")),
        "INVALID_ARGUMENT: files: path '../x' has the name '..'");
    assertRefused(
        RunClient.program("1").addFiles(file("x", "")).addFiles(file("x", "")),
        "INVALID_ARGUMENT: files has 'x' twice; send it once");
    assertRefused(
        RunClient.program("1").addFiles(file("x", "a".repeat((8 << 20) + 1))),
        "INVALID_ARGUMENT: files has 8,388,609 bytes in all; the limit is 8 MiB");
    StartRun.Builder many = RunClient.program("1");
    for (int n = 0; n <= 256; n++) {
      many.addFiles(file("f" + n, ""));
    }
    assertRefused(many, "INVALID_ARGUMENT: files has 257 files; the limit is 256");
    assertRefused(
        StartRun.newBuilder().setEntryPoint("x"),
        "INVALID_ARGUMENT: entry_point is 'x'; it has to be the path of one of files");
    assertRefused(
        RunClient.program("1").setEntryPoint("x").addFiles(file("x", "1")),
        "INVALID_ARGUMENT: entry_point is set beside code or file_name");
    assertRefused(
        StartRun.newBuilder()
            .setEntryPoint("x")
            .addFiles(
                InputFile.newBuilder()
                    .setPath("x")
                    .setContent(ByteString.copyFrom(new byte[] {-1}))),
        "INVALID_ARGUMENT: entry_point is not UTF-8");
    assertRefused(
        RunClient.program("1").setPolicy("small").addFiles(file("x", "a".repeat(3 << 20))),
        "RESOURCE_EXHAUSTED: 'x' is larger than the workspace (sandbox.workspace is 2 MiB)");
    StartRun.Builder patterns = RunClient.program("1");
    for (int n = 0; n <= 64; n++) {
      patterns.getOutputsBuilder().addPatterns("*");
    }
    assertRefused(patterns, "INVALID_ARGUMENT: outputs has 65 patterns; the limit is 64");
  }

  private static void assertRefused(StartRun.Builder start, String why) {
    assertThatThrownBy(() -> client.run(start)).hasMessageContaining(why);
  }

  // ---- out ----

  /** What came back of a run, by path. */
  private record Back(Map<String, String> files, List<String> leftOut) {

    static Back of(Transcript run) {
      Map<String, String> files = new LinkedHashMap<>();
      List<String> leftOut = new ArrayList<>();
      String path = "";
      StringBuilder data = new StringBuilder();
      for (RunResponse event : run.events()) {
        RunFilePart part = event.getFile();
        switch (part.getPartCase()) {
          case ENTRY -> {
            path = part.getEntry().getPath();
            data.setLength(0);
          }
          case DATA -> data.append(part.getData().toStringUtf8());
          case END -> {
            assertThat(part.getEnd().getBytesSent()).isEqualTo(data.length());
            files.put(path, data.toString());
          }
          case LEFT_OUT ->
              leftOut.add(part.getLeftOut().getFiles() + " " + part.getLeftOut().getWhy());
          case PART_NOT_SET -> {}
        }
      }
      return new Back(files, leftOut);
    }
  }

  @Test
  void theFilesThatAreAskedForComeBack() {
    Back back =
        Back.of(
            client.run(
                RunClient.program(
                        """
                        import os
                        os.makedirs('out/deep')
                        for name in ('out/a.txt', 'out/deep/b.txt', 'c.txt', 'c.bin'):
                            open(name, 'w').write(name)
                        os.symlink('/etc/passwd', 'out/link.txt'); os.mkfifo('out/pipe.txt')
                        """)
                    .setOutputs(
                        OutputFiles.newBuilder()
                            .addPatterns("out/**/*.txt")
                            .addPatterns("c.bin")
                            .addPatterns("none"))));

    assertThat(back.files())
        .containsExactly(
            Map.entry("c.bin", "c.bin"),
            Map.entry("out/a.txt", "out/a.txt"),
            Map.entry("out/deep/b.txt", "out/deep/b.txt"));
    assertThat(back.leftOut()).isEmpty();
  }

  @Test
  void filesThatAreNewOrChangedComeBackAndOthersDoNot() {
    String session = session();
    client.run(
        RunClient.program("for n in ('same', 'changed'): open(n, 'w').write(n)")
            .setSession(session));

    Back back =
        Back.of(
            client.run(
                RunClient.program(
                        "import helper; open('changed', 'a').write('!'); open('new', 'w').write('x'); open('.hid', 'w').write('x'); 1 / 0")
                    .addFiles(file("helper.py", ""))
                    .setSession(session)
                    .setOutputs(OutputFiles.newBuilder().setChanged(true))));

    assertThat(back.files())
        .containsExactly(Map.entry("changed", "changed!"), Map.entry("new", "x"));
    end(session);
  }

  @Test
  void aFileThatTheOutputNamesComesBackOnceAndNoOther() {
    Back back =
        Back.of(
            client.run(
                RunClient.program(
                        """
                        import os, subprocess
                        os.mkdir('out')
                        for name in ('out/plot.png', 'my data.csv', 'silent', 'late.txt'):
                            open(name, 'w').write(name)
                        print('saved to out/plot.png, see /workspace/out/plot.png.')
                        subprocess.run(['echo', 'my data.csv'])
                        print('/etc/passwd ../silent /silent', end='')
                        print(' late.txt', end='')
                        """)
                    .setOutputs(OutputFiles.newBuilder().setPrinted(true))));

    assertThat(back.files())
        .containsExactly(
            Map.entry("late.txt", "late.txt"),
            Map.entry("my data.csv", "my data.csv"),
            Map.entry("out/plot.png", "out/plot.png"));
    assertThat(back.leftOut()).isEmpty();
  }

  @Test
  void whatARunLeavesComesBackWhenItsTimeIsUpToo() {
    Transcript run =
        client.run(
            RunClient.program("open('half', 'w').write('half')\nwhile True: pass")
                .setLimits(
                    RunLimits.newBuilder()
                        .setWallTime(com.google.protobuf.Duration.newBuilder().setSeconds(2)))
                .setOutputs(OutputFiles.newBuilder().setChanged(true)));

    assertThat(run.outcome()).isEqualTo(Outcome.TIMED_OUT);
    assertThat(Back.of(run).files()).containsExactly(Map.entry("half", "half"));
  }

  @Test
  void moreThanThereMayBeIsLeftOutAndThatIsSaid() {
    Back many =
        Back.of(
            client.run(
                RunClient.program("for n in range(103): open(f'f{n:03}', 'w').write('x')")
                    .setOutputs(OutputFiles.newBuilder().addPatterns("*"))));
    assertThat(many.files()).hasSize(100);
    assertThat(many.leftOut()).containsExactly("3 at most 100 files come back");

    Back large =
        Back.of(
            client.run(
                RunClient.program(
                        "for n in 'abc': open(n, 'wb').truncate((40 << 20) if n != 'c' else 9)")
                    .setOutputs(OutputFiles.newBuilder().addPatterns("*"))));
    assertThat(large.files()).containsOnlyKeys("a", "c");
    assertThat(large.leftOut()).containsExactly("1 at most 64 MiB come back");

    Back names =
        Back.of(
            client.run(
                RunClient.program("for n in range(10001): open(f'd{n}', 'w').close()")
                    .setOutputs(OutputFiles.newBuilder().addPatterns("none"))));
    assertThat(names.leftOut()).containsExactly("1 the workspace has more than 10,000 names");
  }

  @Test
  void aSandboxThatIsLostGivesNothingAndThatIsSaid() {
    Transcript run =
        client.run(
            RunClient.program(
                    "import os, signal, time; open('x', 'w').close(); os.kill(1, signal.SIGKILL); time.sleep(9)")
                .setOutputs(OutputFiles.newBuilder().addPatterns("*")));

    assertThat(run.outcome()).isEqualTo(Outcome.SANDBOX_LOST);
    assertThat(Back.of(run).leftOut())
        .singleElement()
        .asString()
        .contains("no more files come back: ");
  }

  private static String session() {
    return client
        .sessions()
        .createSession(CreateSessionRequest.getDefaultInstance())
        .getSession()
        .getSessionId();
  }

  private static void end(String session) {
    var unused =
        client
            .sessions()
            .deleteSession(DeleteSessionRequest.newBuilder().setSessionId(session).build());
  }

  private static InputFile file(String path, String content) {
    return InputFile.newBuilder()
        .setPath(path)
        .setContent(ByteString.copyFromUtf8(content))
        .build();
  }
}
