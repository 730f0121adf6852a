package dev.caisson.mcp.upstream;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Takes the secrets of one server out of texts that people, models and programs will read: as they
 * are and in the forms of {@link SecretForms}. Very short values are left alone, because replacing
 * every "1" would garble the message and hide nothing.
 *
 * <p>It is against mistakes and careless servers. A server that wants to give its secrets away can
 * write them in a way that nobody looks for.
 */
public final class Redaction {

  /** Characters of the shortest secret that is hidden. */
  static final int SHORTEST = 4;

  /** Shorter lines of a secret with several lines are not hidden alone. */
  private static final int SHORTEST_LINE = 8;

  private static final String HIDDEN = "***";

  /** Base64 of three asterisks: what is decoded stays base64 of the same length. */
  private static final String HIDDEN_BASE64 = "Kioq";

  /** What to look for, by its first character, the longest first. */
  private final Map<Character, List<Form>> forms = new HashMap<>();

  private final boolean[] begins = new boolean[128];
  private final int secrets;

  private record Form(String text, boolean base64) {}

  private record Hit(int end, boolean base64) {}

  public Redaction(Collection<String> secrets) {
    var parts = new LinkedHashSet<String>();
    for (var secret : secrets) {
      parts.add(secret);
      parts.add(secret.strip());
      secret
          .lines()
          .map(String::strip)
          .filter(l -> l.length() >= SHORTEST_LINE)
          .forEach(parts::add);
    }
    parts.removeIf(secret -> secret.length() < SHORTEST);
    this.secrets = parts.size();
    var all = new LinkedHashSet<Form>();
    for (var secret : parts) {
      SecretForms.texts(secret).forEach(text -> all.add(new Form(text, false)));
      SecretForms.base64(secret).forEach(text -> all.add(new Form(text, true)));
    }
    all.stream()
        .sorted(Comparator.comparingInt((Form form) -> form.text().length()).reversed())
        .forEach(this::add);
  }

  private void add(Form form) {
    var first = form.text().charAt(0);
    forms.computeIfAbsent(first, ignored -> new ArrayList<>()).add(form);
    if (first < begins.length) {
      begins[first] = true;
    }
  }

  /** The text with every secret replaced by three asterisks. */
  public String apply(String text) {
    var result = replaced(text, 0, text.length());
    return result == null ? text : result;
  }

  /** As {@link #apply}, for a text that was cut off: its end may be the beginning of a secret. */
  public String applyToBeginning(String text) {
    var result = apply(text);
    for (var length = Math.min(result.length(), longest()); length >= SHORTEST; length--) {
      var end = result.substring(result.length() - length);
      if (all().anyMatch(form -> form.text().startsWith(end))) {
        return result.substring(0, result.length() - length) + HIDDEN;
      }
    }
    return result;
  }

  private Stream<Form> all() {
    return forms.values().stream().flatMap(List::stream);
  }

  private int longest() {
    return all().mapToInt(form -> form.text().length()).max().orElse(0);
  }

  /**
   * A JSON text with every secret replaced in its keys and texts, however they are escaped. A
   * number that holds a secret becomes a text. All else stays as it was written.
   */
  public String applyToJson(String json) {
    if (secrets == 0) {
      return json;
    }
    StringBuilder result = null;
    var copied = 0;
    for (var at = 0; at < json.length(); ) {
      var c = json.charAt(at);
      int end;
      if (c == '"') {
        end = RawJson.textEnd(json, at);
      } else if (c == '-' || c >= '0' && c <= '9') {
        end = RawJson.scalarEnd(json, at);
      } else {
        at++;
        continue;
      }
      var hidden = c == '"' ? hiddenInText(json, at, end) : replaced(json, at, end);
      if (hidden != null) {
        result = result == null ? new StringBuilder(json.length()) : result;
        result.append(json, copied, at).append(RawJson.quoted(hidden));
        copied = end;
      }
      at = end;
    }
    return result == null ? json : result.append(json, copied, json.length()).toString();
  }

  private @Nullable String hiddenInText(String json, int at, int end) {
    for (var i = at; i < end; i++) {
      if (json.charAt(i) == '\\') {
        var text = RawJson.decoded(json.substring(at, end));
        return replaced(text, 0, text.length());
      }
    }
    return replaced(json, at + 1, end - 1);
  }

  /** This part of the text without secrets; null when there are none in it. */
  private @Nullable String replaced(String text, int from, int to) {
    StringBuilder result = null;
    var copied = from;
    for (var at = from; at < to; at++) {
      var hit = hit(text, at, to);
      if (hit == null) {
        continue;
      }
      // Another secret may begin within this one and end behind it.
      for (var inner = at + 1; inner < hit.end(); inner++) {
        var more = hit(text, inner, to);
        if (more != null && more.end() > hit.end()) {
          hit = new Hit(more.end(), hit.base64() && more.base64());
        }
      }
      result = result == null ? new StringBuilder() : result;
      result.append(text, copied, at).append(hit.base64() ? filler(hit.end() - at) : HIDDEN);
      copied = hit.end();
      at = copied - 1;
    }
    return result == null ? null : result.append(text, copied, to).toString();
  }

  private static String filler(int length) {
    return HIDDEN_BASE64.repeat(length / HIDDEN_BASE64.length() + 1).substring(0, length);
  }

  private @Nullable Hit hit(String text, int at, int to) {
    var first = text.charAt(at);
    if (first < begins.length && !begins[first]) {
      return null;
    }
    for (var form : forms.getOrDefault(first, List.of())) {
      var end = at + form.text().length();
      if (end <= to && text.startsWith(form.text(), at)) {
        return new Hit(end, form.base64());
      }
    }
    return null;
  }

  /** Says nothing about what it hides. */
  @Override
  public String toString() {
    return "Redaction[" + secrets + " values]";
  }
}
