package dev.caisson.daemon.model;

/** The end of a run: how, and what it took. */
public record RunReport(RunOutcome outcome, RunUsage usage) {}
