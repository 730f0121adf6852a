package dev.caisson.daemon.model;

/**
 * The value of a program's last expression. Written by the code: text and bytes, never an object.
 *
 * @param repr repr() of the value
 * @param cut whether {@code repr} is only its beginning
 * @param json the value as JSON; empty when it has no JSON form
 * @param forms what else it is, such as a table or an image; empty for most
 */
@SuppressWarnings("ArrayRecordComponent") // carried, never compared
public record RunValue(String repr, boolean cut, byte[] json, MimeBundle forms) {}
