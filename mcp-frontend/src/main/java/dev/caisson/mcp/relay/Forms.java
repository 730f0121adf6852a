package dev.caisson.mcp.relay;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * One thing in several forms, each under its MIME type: what a program shows, or its value. Written
 * by the program: a type is what it says of the bytes.
 */
public record Forms(List<Form> list) {

  public static final Forms NONE = new Forms(List.of());

  public Forms {
    list = List.copyOf(list);
  }

  /** One form. */
  @SuppressWarnings("ArrayRecordComponent") // carried, never compared
  public record Form(String mimeType, byte[] data) {

    public String text() {
      return new String(data, StandardCharsets.UTF_8);
    }
  }

  /** The form of this type. */
  public Optional<Form> find(String mimeType) {
    return list.stream().filter(form -> form.mimeType().equals(mimeType)).findFirst();
  }
}
