package dev.caisson.daemon.channel;

/**
 * How a file ended that was read.
 *
 * @param bytes that came
 * @param size of the file at the end
 * @param changed whether it was changed since it was opened
 */
public record FileEnd(long bytes, long size, boolean changed) {}
