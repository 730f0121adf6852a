package dev.caisson.daemon.runtime;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The small program of the contract suite, once in Java and once in Python. It reads lines: {@code
 * out TEXT} and {@code err TEXT} write a line to the worker's or the supervisor's stream, {@code
 * big N} writes N bytes, {@code exit N} ends, {@code oom} takes memory until it dies, {@code kill}
 * ends it by signal 9. At the end of its input it says {@code bye} and ends with 0.
 */
public final class CommandProgram implements FakeProgram {

  /** The same for a sandbox that has CPython. */
  public static final List<String> PYTHON =
      List.of(
          "/usr/bin/python3.13",
          "-I",
          "-c",
          """
          import os, signal, sys
          for line in sys.stdin:
              word, _, rest = line.rstrip('\\n').partition(' ')
              if word == 'out':
                  print(rest, flush=True)
              elif word == 'err':
                  print(rest, file=sys.stderr, flush=True)
              elif word == 'big':
                  sys.stdout.write('x' * int(rest)); sys.stdout.flush()
              elif word == 'exit':
                  os._exit(int(rest))
              elif word == 'oom':
                  kept = []
                  while True:
                      kept.append(b'x' * (1 << 20))
              elif word == 'kill':
                  os.kill(os.getpid(), signal.SIGKILL)
              elif word == 'py':
                  try:
                      exec(rest.replace('\\\\n', '\\n'), {})
                  except BaseException as e:
                      print(type(e).__name__ + ': ' + str(e), flush=True)
          print('bye', flush=True)
          """);

  @Override
  public int run(Streams streams) throws IOException {
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(streams.input(), StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      String[] words = line.split(" ", 2);
      switch (words[0]) {
        case "out" -> print(streams.worker(), words[1]);
        case "err" -> print(streams.supervisor(), words[1]);
        case "big" ->
            streams
                .worker()
                .write("x".repeat(Integer.parseInt(words[1])).getBytes(StandardCharsets.UTF_8));
        case "exit" -> {
          return Integer.parseInt(words[1]);
        }
        case "oom" -> throw new OutOfMemory();
        case "kill" -> {
          return 137;
        }
        default -> throw new IllegalArgumentException(line);
      }
    }
    print(streams.worker(), "bye");
    return 0;
  }

  private static void print(OutputStream out, String text) throws IOException {
    out.write((text + "\n").getBytes(StandardCharsets.UTF_8));
  }
}
