package dev.caisson.daemon.model;

/**
 * The value of a program's last expression. Written by the code: text and bytes, never an object.
 *
 * @param repr repr() of the value
 * @param cut whether {@code repr} is only its beginning
 * @param json the value as JSON; empty when it has no JSON form
 */
@SuppressWarnings("ArrayRecordComponent") // carried, never compared
public record RunValue(String repr, boolean cut, byte[] json) {}
