package dev.caisson.daemon.acceptance;

import static dev.caisson.daemon.acceptance.RunClient.program;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caisson.daemon.app.RunningDaemon;
import dev.caisson.v1.RunFinished.Outcome;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Output comes in the order in which it was written, and when it was written. */
class OrderTest {

  @TempDir static Path folder;

  private static RunningDaemon daemon;
  private static RunClient client;

  @BeforeAll
  static void start() {
    daemon = RunningDaemon.start(folder, 2, Map.of());
    client = new RunClient(daemon.socket());
  }

  @AfterAll
  static void end() {
    client.close();
    daemon.close();
  }

  @RepeatedTest(5)
  void printAndSubprocessesComeInTheOrderInWhichTheyWrote() {
    Transcript run =
        client.run(
            """
            import os, subprocess, sys
            for turn in range(4):
                print('a', turn)
                subprocess.run(['echo', f'b {turn}'])
                print('c', turn, file=sys.stderr)
                os.system(f'echo d {turn} >&2')
                os.write(1, f'e {turn}\\n'.encode())
            """);

    StringBuilder wanted = new StringBuilder();
    for (int turn = 0; turn < 4; turn++) {
      for (String letter : new String[] {"a", "b", "c", "d", "e"}) {
        wanted.append(letter).append(' ').append(turn).append('\n');
      }
    }
    assertThat(run.output()).isEqualTo(wanted.toString());
    assertThat(run.stderr()).isEqualTo("c 0\nd 0\nc 1\nd 1\nc 2\nd 2\nc 3\nd 3\n");
  }

  @Test
  void whatWasPrintedArrivesWhileTheProgramGoesOn() {
    CountDownLatch seen = new CountDownLatch(1);
    LiveRun run =
        client.start(
            program("print('a', end='')\ngate.wait_here()\nprint('b')")
                .setTools(
                    Offered.servers(
                        Offered.server(
                            "gate", Offered.tool("wait_here", "{\"type\":\"object\"}")))),
            call -> {
              seen.await();
              return LiveRun.value("null");
            });

    run.awaitOutput("a");
    seen.countDown();

    Transcript transcript = run.transcript();
    assertThat(transcript.outcome()).isEqualTo(Outcome.SUCCEEDED);
    assertThat(transcript.output()).isEqualTo("ab\n");
  }

  @Test
  void allOfTheOutputIsThereWhenTheRunHasEnded() {
    Transcript run =
        client.run(
            """
            import subprocess
            for i in range(20_000):
                print(f'{i:09d}')
            subprocess.run(['seq', '-f', '%09.0f', '20000', '39999'])
            subprocess.Popen(['sh', '-c', 'echo last; exec sleep 1000']).stdout
            import time
            """);

    assertThat(run.outcome()).isEqualTo(Outcome.SUCCEEDED);
    String[] lines = run.stdout().split("\n");
    for (int i = 0; i < 40_000; i++) {
      assertThat(lines[i]).isEqualTo("%09d".formatted(i));
    }
  }

  @Test
  void bytesThatAreNoTextArriveAsTheyWere() {
    Transcript run =
        client.run("import sys\nsys.stdout.buffer.write(bytes(range(256)))\nsys.stdout.flush()");

    byte[] wanted = new byte[256];
    for (int i = 0; i < 256; i++) {
      wanted[i] = (byte) i;
    }
    assertThat(
            run.events().stream()
                .filter(e -> e.hasOutput())
                .map(e -> e.getOutput().getData())
                .reduce(com.google.protobuf.ByteString.EMPTY, (a, b) -> a.concat(b))
                .toByteArray())
        .isEqualTo(wanted);
  }

  @Test
  void standardInputReachesTheProgram() {
    LiveRun run = client.start(program("print(input('name? '))\nprint(input())").setStdin(true));
    run.awaitOutput("name? ");
    run.stdin("Ada\nLovelace\n");

    assertThat(run.transcript().stdout()).isEqualTo("name? Ada\nLovelace\n");
  }
}
