package dev.caisson.daemon.run;

import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.RunReport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decorator for RunExecutor that writes one line for each run: whose it was, how it ended, what it
 * took. Nothing that the code wrote is in it.
 */
public final class AuditingRunExecutor implements RunExecutor {

  private static final Logger LOG = LoggerFactory.getLogger("caisson.audit");

  private final RunExecutor executor;

  public AuditingRunExecutor(RunExecutor executor) {
    this.executor = executor;
  }

  @Override
  public RunReport execute(Run run) {
    try {
      RunReport report = executor.execute(run);
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
      return report;
    } catch (SandboxException e) {
      LOG.atWarn()
          .addKeyValue("run", run.id())
          .addKeyValue("tenant", run.spec().identity().tenant())
          .addKeyValue("code", e.code())
          .setCause(e.getCause())
          .log("run failed: {}", e.getMessage());
      throw e;
    }
  }
}
