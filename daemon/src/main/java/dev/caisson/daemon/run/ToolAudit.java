package dev.caisson.daemon.run;

import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes one line for each tool call that a policy or a person decided about, up to a number: a run
 * may make as many calls as it likes, and the log is everybody's. Arguments are not in it. Any
 * thread.
 */
final class ToolAudit {

  private static final int LINES = 100;
  private static final Logger LOG = LoggerFactory.getLogger("caisson.audit");

  private final Run run;
  private final AtomicInteger written = new AtomicInteger();

  ToolAudit(Run run) {
    this.run = run;
  }

  /**
   * @param decision "denied", "asked", "approved"
   * @param why with the rule where one decided
   */
  void decided(String server, String tool, String decision, String why) {
    int line = written.incrementAndGet();
    if (line > LINES) {
      return;
    }
    LOG.atInfo()
        .addKeyValue("run", run.id())
        .addKeyValue("tenant", run.spec().identity().tenant())
        .addKeyValue("policy", run.spec().policy())
        .addKeyValue("server", server)
        .addKeyValue("tool", tool)
        .addKeyValue("decision", decision)
        .addKeyValue("why", why)
        .log(line < LINES ? "tool call decided" : "tool call decided; no more of this run");
  }
}
