package dev.caisson.daemon.model;

/** An exception of the user's code, as Python tells it. */
public record RunError(String type, String message, String traceback) {}
