package dev.caisson.daemon.policy;

/** One entry of tools.allow, tools.ask or tools.deny. */
public record ToolRule(ToolPattern pattern, RuleRef rule) {}
