package dev.caisson.client;

import java.time.Duration;

/**
 * A run has its sandbox.
 *
 * @param runId the daemon's random id of the run
 * @param policy the policy in force
 * @param placement how the sandbox came
 * @param queueTime from the arrival of the request to the lease
 * @param wallTime the wall-clock limit in force
 * @param sandboxId the daemon's id of the sandbox, as in its log
 * @param stateLost why the names of the run's session are gone; empty when they are not
 */
public record Acceptance(
    String runId,
    String policy,
    Placement placement,
    Duration queueTime,
    Duration wallTime,
    String sandboxId,
    String stateLost) {}
