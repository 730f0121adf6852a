package dev.caisson.mcp.demo;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;

/** Prints the parts of the demo, and notes what has to be so for them to be true. */
final class Story {

  private final PrintStream out;
  private final Claims claims;

  Story(PrintStream out, Claims claims) {
    this.out = out;
    this.claims = claims;
  }

  private void title(String text) {
    out.println("\n" + text);
  }

  private void line(String name, Object value) {
    out.printf(Locale.ROOT, "  %-14s %s%n", name, value);
  }

  void session(FrontendSession session) {
    title("An MCP client session with `caisson mcp`");
    var begun = System.nanoTime();
    var greeting = session.initialize();
    line("server", greeting.serverInfo().name() + " " + greeting.serverInfo().version());
    line("protocol", greeting.protocolVersion());
    line("initialized", "after " + millisSince(begun) + " ms");
    var tools = session.tools();
    line("its tools", String.join(", ", tools));
    claims.check(tools.contains("run_code"), "the frontend has no tool run_code");
    functions(session);
  }

  private void functions(FrontendSession session) {
    var found = session.call("search_tools", Map.of("query", "", "limit", 100, "detail", "names"));
    claims.check(!found.failed(), "search_tools failed: " + found.text());
    var names =
        found.data().path("tools").valueStream().map(t -> t.path("name").asString("")).toList();
    var total = found.data().path("total").asInt(names.size());
    line("code can call", total == 0 ? "nothing" : String.join(", ", names));
    found
        .data()
        .path("unavailable_servers")
        .properties()
        .forEach(server ->
            claims.check(
                false, "MCP server '" + server.getKey() + "': " + server.getValue().asString("")));
  }

  void program(String source) {
    title("The program");
    source.lines().forEach(text -> out.println("  | " + text));
  }

  FrontendSession.Answer run(FrontendSession session, String source) {
    title("Its output, as it came");
    var begun = System.nanoTime();
    var output = new TimedOutput(out, begun);
    var answer = session.call("run_code", Map.of("code", source), output::add);
    output.end();
    var outcome = answer.data().path("outcome").asString("");
    claims.check(
        !answer.failed() && outcome.equals("SUCCEEDED"), "the program failed: " + answer.text());
    var said =
        answer.data().path("stdout").asString("") + answer.data().path("stderr").asString("");
    claims.check(
        answer.failed() || output.length() == said.length() || said.contains("left out"),
        "what was streamed is not what the run printed");
    if (answer.failed()) {
      answer.text().lines().forEach(text -> out.println("  ! " + text));
    }
    return answer;
  }

  void toolCalls(FrontendSession.Answer run, boolean example) {
    title("Tool calls, relayed out of the sandbox");
    var calls = run.data().path("tool_calls");
    for (var call : calls) {
      var name = call.path("server").asString("") + "." + call.path("tool").asString("");
      out.printf(
          Locale.ROOT,
          "  at %5d ms  %-28s took %4d ms  %s%n",
          call.path("started_ms").asLong(),
          name,
          call.path("duration_ms").asLong(),
          call.path("ok").asBoolean() ? "ok" : "FAILED");
      claims.check(call.path("ok").asBoolean(), "the call of " + name + " failed");
    }
    if (calls.isEmpty()) {
      out.println("  none");
    }
    if (example) {
      claims.check(calls.size() == 5, "the program makes 5 calls, and " + calls.size() + " came");
    }
  }

  void isolation(FrontendSession.Answer seen) {
    title("Isolation, as seen from inside");
    var facts = seen.data().path("value");
    if (seen.failed() || !facts.isObject()) {
      line("unknown", "no program has looked");
      claims.check(false, "nothing is known of the isolation: no program could look");
      return;
    }
    var kernel = facts.path("kernel").asString("unknown");
    line("kernel", kernel + " (this machine's own is " + hostKernel() + ")");
    claims.check(
        kernel.toLowerCase(Locale.ROOT).contains("gvisor") && !kernel.equals(hostKernel()),
        "the kernel that the program saw is '" + kernel + "', which is not gVisor's");
    var uid = facts.path("uid").asInt(0);
    var capabilities = facts.path("capabilities").valueStream().map(c -> c.asString("")).toList();
    var none = !capabilities.isEmpty() && capabilities.stream().allMatch(c -> c.matches("0+"));
    line("user", "uid " + uid + ", capabilities " + (none ? "none" : capabilities));
    claims.check(uid != 0, "the program ran as root");
    claims.check(none, "the program had capabilities: " + capabilities);
    network(facts);
    var readOnly = facts.path("root_read_only").asBoolean(false);
    var write = facts.path("root_write").asString("unknown");
    line("root files", (readOnly ? "read-only" : "WRITABLE") + "; writing to /: " + write);
    claims.check(
        readOnly && !write.equals("it could be written"), "the root file system can be written");
  }

  private void network(JsonNode facts) {
    var interfaces = facts.path("network").valueStream().map(n -> n.asString("")).toList();
    line(
        "network",
        interfaces.isEmpty() ? "unknown" : "interfaces: " + String.join(", ", interfaces));
    claims.check(
        facts.path("network").isArray() && interfaces.stream().allMatch("lo"::equals),
        "the program saw the network interfaces " + interfaces);
  }

  private static String hostKernel() {
    try {
      return Files.readString(Path.of("/proc/sys/kernel/osrelease")).strip();
    } catch (IOException unreadable) {
      return System.getProperty("os.version");
    }
  }

  void timeLine(FrontendSession.Answer run) {
    title("Time line, from the request");
    var times = run.data().path("timeline");
    var placement = run.data().path("placement").asString("unknown");
    if (!times.path("claim_ms").isNumber()) {
      line("nothing", "the run never had a sandbox");
      claims.check(false, "the run never had a sandbox");
      return;
    }
    moment(
        "claim",
        times.path("claim_ms"),
        "a " + placement.toLowerCase(Locale.ROOT) + " sandbox is the run's");
    moment("first output", times.path("first_output_ms"), "");
    moment("end", times.path("end_ms"), "");
  }

  private void moment(String name, JsonNode millis, String what) {
    out.printf(
        Locale.ROOT,
        "  %-14s %6s ms  %s%n",
        name,
        millis.isNumber() ? Long.toString(millis.asLong()) : "-",
        what);
  }

  private static long millisSince(long nanos) {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - nanos);
  }
}
