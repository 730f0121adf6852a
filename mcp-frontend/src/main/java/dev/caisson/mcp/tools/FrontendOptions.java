package dev.caisson.mcp.tools;

/**
 * What whoever starts the frontend decides for its clients.
 *
 * @param policy of every run and session; empty when each request may name its own
 * @param sessions where a run goes that names no session
 */
public record FrontendOptions(String policy, SessionPerConnection sessions) {}
