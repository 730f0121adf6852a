package dev.caisson.daemon.model;

import java.util.List;

/**
 * One thing in several forms, as notebooks know it: each form under its MIME type. Written by the
 * code: a type is what the code says of the bytes, not what they are.
 */
public record MimeBundle(List<Part> parts) {

  public static final MimeBundle EMPTY = new MimeBundle(List.of());

  public MimeBundle {
    parts = List.copyOf(parts);
  }

  /**
   * One form.
   *
   * @param mimeType in small letters, without parameters
   * @param metadata a JSON object, or empty
   */
  @SuppressWarnings("ArrayRecordComponent") // carried, never compared
  public record Part(String mimeType, byte[] data, byte[] metadata) {}

  /** Bytes of all forms, what is said about them included. */
  public long bytes() {
    return parts.stream().mapToLong(part -> part.data().length + part.metadata().length).sum();
  }
}
