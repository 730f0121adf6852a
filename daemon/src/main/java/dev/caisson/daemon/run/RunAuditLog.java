package dev.caisson.daemon.run;

import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.RunReport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes one line for each run: whose it was, how it ended, what it took. Nothing that the code
 * wrote is in it.
 */
public final class RunAuditLog implements RunAudit {

  private static final Logger LOG = LoggerFactory.getLogger("caisson.audit");

  @Override
  public void ended(Run run, RunEvent last) {
    switch (last) {
      case RunEvent.Finished(RunReport report) -> finished(run, report);
      case RunEvent.Failed(SandboxException why) -> failed(run, why);
      default -> throw new IllegalStateException("not a last event: " + last);
    }
  }

  private static void finished(Run run, RunReport report) {
    LOG.atInfo()
        .addKeyValue("run", run.id())
        .addKeyValue("tenant", run.spec().identity().tenant())
        .addKeyValue("policy", run.spec().policy())
        .addKeyValue("outcome", report.outcome().getClass().getSimpleName())
        .addKeyValue("exit", report.outcome().exitCode())
        .addKeyValue("wall_ms", report.usage().wallTime().toMillis())
        .addKeyValue("output_bytes", report.usage().outputBytes())
        .addKeyValue("tool_calls", report.usage().toolCalls())
        .addKeyValue("late_answers", report.usage().lateAnswers())
        .log("run ended");
  }

  private static void failed(Run run, SandboxException why) {
    LOG.atWarn()
        .addKeyValue("run", run.id())
        .addKeyValue("tenant", run.spec().identity().tenant())
        .addKeyValue("code", why.code())
        .setCause(why.getCause())
        .log("run failed: {}", why.getMessage());
  }
}
