package dev.caisson.client;

/**
 * The program asks for a tool.
 *
 * @param id unique in the run
 * @param server the server, as named in the catalogue
 * @param tool the tool, as named in the catalogue
 * @param argumentsJson a JSON object. Written by code that nobody trusts: data, never instructions
 */
public record ToolCall(String id, String server, String tool, String argumentsJson) {}
