package dev.caisson.daemon.policy;

import dev.caisson.daemon.model.ByteSize;
import java.time.Duration;

/**
 * The limits in force for one run, as decided by {@link Policy#tighten}.
 *
 * @param wall from acceptance to the end of the program
 * @param cpu CPU time of all cores together, from acceptance on
 * @param outputBytes delivered output, both streams together
 * @param displays what is shown beside it
 * @param toolCalls tool calls in all
 * @param toolCallsInFlight tool calls waiting for an answer at once
 * @param argumentBytes arguments of one call as JSON
 * @param resultBytes answer to one call as JSON
 * @param callTimeout how long one call may wait for its answer
 * @param network how much network the run may use, where its policy has any
 */
public record EffectiveLimits(
    Duration wall,
    Duration cpu,
    ByteSize outputBytes,
    DisplayLimits displays,
    int toolCalls,
    int toolCallsInFlight,
    ByteSize argumentBytes,
    ByteSize resultBytes,
    Duration callTimeout,
    NetworkLimits network) {}
