package dev.caisson.daemon.runtime;

import dev.caisson.daemon.model.SandboxId;
import dev.caisson.daemon.model.SandboxShape;

/** What to create. Nothing of a run or tenant is in it: a warm sandbox belongs to nobody yet. */
public record SandboxSpec(SandboxId id, SandboxShape shape) {}
