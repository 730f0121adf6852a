package dev.caisson.daemon.model;

/** Image and limits: all that tells one warm sandbox from another before it ran anything. */
public record SandboxShape(String image, SandboxLimits limits) {}
