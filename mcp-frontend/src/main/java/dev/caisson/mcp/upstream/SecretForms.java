package dev.caisson.mcp.upstream;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;

/**
 * The texts under which a secret may come back: as it is, in JSON within a text, in an address, and
 * as base64, alone or in the middle of something longer.
 */
final class SecretForms {

  /** Fewer characters of base64 are found by chance in every larger image. */
  private static final int SHORTEST_BASE64 = 6;

  private static final String UNRESERVED = "-._~";
  private static final String RESERVED = ";/?:@&=+$,#!*'()";

  private SecretForms() {}

  /** As plain text, escaped in JSON once or twice, and as a part of an address. */
  static Set<String> texts(String secret) {
    var forms = new LinkedHashSet<String>();
    forms.add(secret);
    for (var slash : new String[] {"/", "\\/"}) {
      for (var ascii : Escapes.values()) {
        var once = inJson(secret, slash, ascii);
        forms.add(once);
        forms.add(inJson(once, "/", ascii));
      }
    }
    var strict = inAddress(secret, UNRESERVED);
    var loose = inAddress(secret, UNRESERVED + RESERVED);
    for (var form : new String[] {strict, loose}) {
      forms.add(form);
      forms.add(form.replace("%20", "+"));
      forms.add(lowerHex(form));
      forms.add(lowerHex(form).replace("%20", "+"));
    }
    return forms;
  }

  /** How characters beyond ASCII are written in JSON. */
  private enum Escapes {
    NONE,
    LOWER,
    UPPER
  }

  private static String inJson(String text, String slash, Escapes beyondAscii) {
    var escaped = new StringBuilder();
    for (var c : text.toCharArray()) {
      switch (c) {
        case '"' -> escaped.append("\\\"");
        case '\\' -> escaped.append("\\\\");
        case '/' -> escaped.append(slash);
        case '\n' -> escaped.append("\\n");
        case '\r' -> escaped.append("\\r");
        case '\t' -> escaped.append("\\t");
        default -> {
          if (c < ' ' || c > '~' && beyondAscii != Escapes.NONE) {
            var form = beyondAscii == Escapes.UPPER ? "\\u%04X" : "\\u%04x";
            escaped.append(String.format(Locale.ROOT, form, (int) c));
          } else {
            escaped.append(c);
          }
        }
      }
    }
    return escaped.toString();
  }

  private static String inAddress(String text, String kept) {
    var encoded = new StringBuilder();
    for (var b : text.getBytes(StandardCharsets.UTF_8)) {
      var c = (char) (b & 0xff);
      if (c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9') {
        encoded.append(c);
      } else if (kept.indexOf(c) >= 0) {
        encoded.append(c);
      } else {
        encoded.append(String.format(Locale.ROOT, "%%%02X", (int) c));
      }
    }
    return encoded.toString();
  }

  private static String lowerHex(String encoded) {
    var text = new StringBuilder(encoded);
    for (var at = text.indexOf("%"); at >= 0; at = text.indexOf("%", at + 1)) {
      for (var digit = at + 1; digit < Math.min(at + 3, text.length()); digit++) {
        text.setCharAt(digit, Character.toLowerCase(text.charAt(digit)));
      }
    }
    return text.toString();
  }

  /**
   * Base64 of the secret, in both alphabets: whole, and the characters that it alone decides when
   * it begins at the first, second or third byte of a group.
   */
  static Set<String> base64(String secret) {
    var bytes = secret.getBytes(StandardCharsets.UTF_8);
    var forms = new LinkedHashSet<String>();
    for (var encoder : new Base64.Encoder[] {Base64.getEncoder(), Base64.getUrlEncoder()}) {
      forms.add(encoder.encodeToString(bytes));
      forms.add(encoder.withoutPadding().encodeToString(bytes));
      for (var before = 0; before < 3; before++) {
        var shifted = new byte[before + bytes.length];
        System.arraycopy(bytes, 0, shifted, before, bytes.length);
        Arrays.fill(shifted, 0, before, (byte) 0);
        var first = (8 * before + 5) / 6;
        var last = 8 * shifted.length / 6;
        forms.add(encoder.encodeToString(shifted).substring(first, Math.max(first, last)));
      }
    }
    forms.removeIf(form -> form.length() < SHORTEST_BASE64);
    return forms;
  }
}
