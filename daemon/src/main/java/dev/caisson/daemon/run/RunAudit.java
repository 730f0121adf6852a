package dev.caisson.daemon.run;

import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.RunReport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes one line for each run: whose it was, how it ended, what it took. Nothing that the code
 * wrote is in it. Written after the run's last event, because nobody should wait for a log.
 */
final class RunAudit {

  private static final Logger LOG = LoggerFactory.getLogger("caisson.audit");

  private RunAudit() {}

  static void ended(Run run, RunReport report) {
    LOG.atInfo()
        .addKeyValue("run", run.id())
        .addKeyValue("tenant", run.spec().identity().tenant())
        .addKeyValue("policy", run.spec().policy())
        .addKeyValue("outcome", report.outcome().getClass().getSimpleName())
        .addKeyValue("exit", report.outcome().exitCode())
        .addKeyValue("wall_ms", report.usage().wallTime().toMillis())
        .addKeyValue("output_bytes", report.usage().outputBytes())
        .addKeyValue("tool_calls", report.usage().toolCalls())
        .log("run ended");
  }

  static void failed(Run run, SandboxException why) {
    LOG.atWarn()
        .addKeyValue("run", run.id())
        .addKeyValue("tenant", run.spec().identity().tenant())
        .addKeyValue("code", why.code())
        .setCause(why.getCause())
        .log("run failed: {}", why.getMessage());
  }
}
