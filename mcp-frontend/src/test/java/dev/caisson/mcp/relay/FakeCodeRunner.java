package dev.caisson.mcp.relay;

import dev.caisson.mcp.stubs.Catalogue;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Runs no Python: each line of the program is an order. {@code print TEXT}, {@code call SERVER TOOL
 * JSON} (prints the answer), {@code ask SERVER TOOL JSON} (prints what a person says, if one can be
 * asked), {@code calls N SERVER TOOL} (N calls at once; prints how many answers belong to their
 * questions), {@code wait} (until it is cancelled), {@code gate} (until {@link #opened} is opened),
 * {@code fail TEXT}, {@code value JSON}, {@code draw TEXT} (without a line's end; backslash r
 * returns the carriage), {@code show TYPE DATA}, {@code figure TYPE DATA} (a value with that form;
 * PNG at the beginning of the data makes a whole one), {@code catalogue} (prints the names of the
 * tools), {@code drawn DATA JSON} (a value that is an image too), {@code session} (prints the id of
 * the session), {@code outputs} (prints which files are asked for), {@code file PATH DATA} (gives a
 * file back, as with {@code show}), {@code large PATH SIZE} (gives one back that is not held),
 * {@code omit WHY}. As the first line {@code lost WHY} (the session's variables are gone), {@code
 * gone} (and the session too), {@code unreachable}.
 */
public final class FakeCodeRunner implements CodeRunner {

  public final CountDownLatch waiting = new CountDownLatch(1);
  public final CountDownLatch cancelled = new CountDownLatch(1);
  public final CountDownLatch opened = new CountDownLatch(1);

  /** Orders for the next programs, which are Python. */
  public final Queue<String> instead = new ConcurrentLinkedQueue<>();

  /** The programs for which there were such orders. */
  public final Queue<Program> replaced = new ConcurrentLinkedQueue<>();

  @Override
  public RunReport run(Program wanted, RunListener listener, ToolRelay tools, Approvals approvals)
      throws RefusedException, InterruptedException {
    var program = orders(wanted);
    if (program.code().startsWith("unreachable")) {
      throw new RefusedException("no daemon answers\nWhat to do: start one");
    }
    if (program.code().startsWith("gone")) {
      throw new RefusedException(RefusedException.Reason.NOT_FOUND, "there is no such session");
    }
    listener.accepted(accepted(program));
    var report = report(RunReport.Outcome.SUCCEEDED, Optional.empty(), Optional.empty());
    for (var line : program.code().lines().toList()) {
      var words = line.split(" ", 4);
      switch (words[0]) {
        case "print" -> print(listener, line.substring(6) + "\n");
        case "wait" -> waitForEver();
        case "gate" -> opened.await();
        case "call" -> print(listener, tools.call(words[1], words[2], words[3]) + "\n");
        case "ask" -> print(listener, ask(approvals, words) + "\n");
        case "calls" -> print(listener, callMany(tools, Integer.parseInt(words[1]), words) + "\n");
        case "lost" -> {}
        case "session" -> print(listener, program.session() + "\n");
        case "outputs" -> print(listener, program.outputs() + "\n");
        case "file" -> {
          var content = bytes(words[2]);
          listener.file(
              new OutputFile(words[1], content.length, Optional.of(content), /* changed= */ false));
        }
        case "large" ->
            listener.file(
                new OutputFile(words[1], Long.parseLong(words[2]), Optional.empty(), false));
        case "omit" -> listener.filesLeftOut(3, line.substring(5));
        case "catalogue" -> print(listener, names(program.tools()) + "\n");
        case "value" -> {
          var json = line.substring(6);
          var value = new RunReport.Value(json, false, json, Forms.NONE);
          report = report(RunReport.Outcome.SUCCEEDED, Optional.of(value), Optional.empty());
        }
        case "drawn" -> {
          var json = line.substring("drawn ".length() + words[1].length() + 1);
          var value = new RunReport.Value(json, false, json, form("image/png", words[1]));
          report = report(RunReport.Outcome.SUCCEEDED, Optional.of(value), Optional.empty());
        }
        case "draw" -> print(listener, words[1].replace("\\r", "\r").replace("_", " "));
        case "show" -> listener.shown(form(words[1], words[2]));
        case "figure" -> {
          var value = new RunReport.Value("<Figure>", false, "", form(words[1], words[2]));
          report = report(RunReport.Outcome.SUCCEEDED, Optional.of(value), Optional.empty());
        }
        case "fail" -> {
          var text = line.substring(5);
          var failure = new RunReport.Failure("ValueError", text, "Traceback: " + text);
          report = report(RunReport.Outcome.FAILED, Optional.empty(), Optional.of(failure));
        }
        default -> throw new IllegalArgumentException("unknown order: " + line);
      }
    }
    return report;
  }

  private Program orders(Program wanted) {
    var code = instead.poll();
    if (code == null) {
      return wanted;
    }
    replaced.add(wanted);
    return new Program(
        code,
        wanted.fileName(),
        wanted.arguments(),
        wanted.policy(),
        wanted.session(),
        wanted.timeLimit(),
        wanted.outputs(),
        wanted.tools());
  }

  private static RunListener.Accepted accepted(Program program) {
    var first = program.code().lines().findFirst().orElse("");
    return new RunListener.Accepted(
        "run-1",
        "sandbox-1",
        "default",
        program.session().isEmpty() ? RunListener.Placement.WARM : RunListener.Placement.SESSION,
        Duration.ofMillis(1),
        first.startsWith("lost ") ? first.substring(5) : "");
  }

  private static Forms form(String type, String data) {
    return new Forms(
        List.of(
            new Forms.Form("text/html", "<i>not this</i>".getBytes(StandardCharsets.UTF_8)),
            new Forms.Form(type, bytes(data))));
  }

  private static byte[] bytes(String data) {
    return data.startsWith("PNG")
        ? Pictures.png(data.substring(3))
        : data.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static String ask(Approvals approvals, String[] words) throws InterruptedException {
    return approvals.canAsk()
        ? String.valueOf(
            approvals.ask(
                new Approvals.Question(words[1], words[2], words[3], "tools.ask[0] (x.yaml:3)")))
        : "nobody can be asked";
  }

  private void waitForEver() throws InterruptedException {
    waiting.countDown();
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException stop) {
      cancelled.countDown();
      throw stop;
    }
  }

  private static String callMany(ToolRelay tools, int count, String[] words)
      throws InterruptedException {
    var right = new AtomicInteger();
    var threads = new ArrayList<Thread>();
    for (var i = 0; i < count; i++) {
      var number = i;
      threads.add(
          Thread.ofVirtual()
              .start(() -> {
                if (answersItsQuestion(tools, words[2], words[3], number)) {
                  right.incrementAndGet();
                }
              }));
    }
    for (var thread : threads) {
      thread.join();
    }
    return right.get() + " of " + count;
  }

  private static boolean answersItsQuestion(
      ToolRelay tools, String server, String tool, int number) {
    try {
      return tools.call(server, tool, "{\"number\": " + number + "}")
              instanceof ToolAnswer.Relayed relayed
          && relayed.resultJson().contains("\"text\":\"" + number + "\"");
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static String names(Catalogue catalogue) {
    return String.join(
        ", ",
        catalogue.servers().stream()
            .flatMap(s -> s.tools().stream().map(t -> s.name() + "." + t.name()))
            .toList());
  }

  private static void print(RunListener listener, String text) {
    listener.output(RunListener.Stream.STDOUT, text.getBytes(StandardCharsets.UTF_8));
  }

  private static RunReport report(
      RunReport.Outcome outcome,
      Optional<RunReport.Value> value,
      Optional<RunReport.Failure> exception) {
    var code = outcome == RunReport.Outcome.SUCCEEDED ? 0 : 1;
    return new RunReport(outcome, "", "", code, value, exception, Duration.ofMillis(5), 0, 0);
  }

  @Override
  public Found search(Catalogue catalogue, String policy, String query, int limit) {
    var matches = new ArrayList<Match>();
    for (var server : catalogue.servers()) {
      for (var tool : server.tools()) {
        if (tool.name().contains(query)) {
          matches.add(
              new Match(
                  server.name(),
                  tool.name(),
                  server.name() + "." + tool.name(),
                  "def " + tool.name() + "()",
                  tool.description()));
        }
      }
    }
    return new Found(
        List.copyOf(matches.subList(0, Math.min(limit, matches.size()))), matches.size());
  }

  @Override
  public Rendered render(
      Catalogue catalogue, String policy, String server, String tool, ApiStyle style)
      throws RefusedException {
    if (server.equals("long")) {
      return new Rendered("a line of the long API\n".repeat(2_000), "long");
    }
    if (server.equals("wide")) {
      return new Rendered("x" + "😀".repeat(20_000), "wide");
    }
    if (!server.isEmpty() && catalogue.servers().stream().noneMatch(s -> s.name().equals(server))) {
      throw new RefusedException("there is no tool server called \"" + server + "\"");
    }
    return new Rendered("def " + tool + "(): ...\n", style + " of " + server);
  }

  @Override
  public void close() {}
}
