package dev.caisson.client;

import java.time.Duration;

/**
 * The program calls a tool that the policy wants a person to approve first.
 *
 * @param id of the call
 * @param server the server, as named in the catalogue
 * @param tool the tool, as named in the catalogue
 * @param argumentsJson a JSON object. Written by code that nobody trusts: show it as data
 * @param rule the policy's rule that asks, for people
 * @param patience how long the daemon waits for the answer; then the call is denied
 */
public record ApprovalRequest(
    String id, String server, String tool, String argumentsJson, String rule, Duration patience) {}
