package dev.caisson.client;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * One thing in several forms, each under its MIME type, as Jupyter's protocol has it: show the
 * richest that you can. Written by code nobody trusts: a type is what the code says of the bytes,
 * and HTML or SVG may hold scripts.
 */
public record MimeBundle(List<Part> parts) {

  public static final MimeBundle EMPTY = new MimeBundle(List.of());

  public MimeBundle {
    parts = List.copyOf(parts);
  }

  /**
   * One form.
   *
   * @param mimeType in small letters and without parameters
   * @param data bytes as they are, never base64
   * @param metadataJson what the code says about the form, a JSON object; else empty
   */
  @SuppressWarnings("ArrayRecordComponent") // carried, never compared
  public record Part(String mimeType, byte[] data, Optional<String> metadataJson) {

    /** The data as text; what is no UTF-8 becomes replacement characters. */
    public String text() {
      return new String(data, StandardCharsets.UTF_8);
    }

    /** Whether the data is JSON, as far as the code can be believed. */
    public boolean isJson() {
      return mimeType.equals("application/json") || mimeType.endsWith("+json");
    }

    /** Whether the data is text that is not JSON, as far as the code can be believed. */
    public boolean isText() {
      return mimeType.startsWith("text/") || mimeType.endsWith("+xml");
    }
  }

  /** The form of this type. */
  public Optional<Part> find(String mimeType) {
    return parts.stream().filter(part -> part.mimeType().equals(mimeType)).findFirst();
  }
}
