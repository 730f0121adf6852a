package dev.caisson.daemon.egress;

import dev.caisson.daemon.model.Identity;
import dev.caisson.daemon.model.RunId;

/** Whose traffic it is, as the audit log names it. */
public record GateUser(RunId run, Identity identity, String policy) {}
