package dev.caisson.mcp.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RedactionTest {

  private static final String SECRET = "s3c/r\"é t+x\\y";
  private final Redaction redaction = new Redaction(List.of(SECRET));

  @ParameterizedTest
  @ValueSource(
      strings = {
        SECRET,
        "s3c/r\\\"é t+x\\\\y",
        "s3c\\/r\\\"\\u00e9 t+x\\\\y",
        "s3c/r\\\"\\u00E9 t+x\\\\y",
        "s3c/r\\\\\\\"é t+x\\\\\\\\y",
        "s3c%2Fr%22%C3%A9%20t%2Bx%5Cy",
        "s3c%2fr%22%c3%a9%20t%2bx%5cy",
        "s3c%2Fr%22%C3%A9+t%2Bx%5Cy",
        "s3c/r%22%C3%A9%20t+x%5Cy"
      })
  void a_secret_is_hidden_however_it_is_written(String form) {
    assertThat(redaction.apply("<" + form + ">")).isEqualTo("<***>");
    assertThat(redaction.applyToJson("{\"a\": " + RawJson.quoted("<" + form + ">") + "}"))
        .isEqualTo("{\"a\": \"<***>\"}");
  }

  @Test
  void a_form_field_is_hidden() {
    assertThat(redaction.apply(URLEncoder.encode(SECRET, StandardCharsets.UTF_8))).isEqualTo("***");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a", "ab", "abc", "user:", "user4:"})
  void a_secret_is_hidden_in_base64_wherever_it_begins(String before) {
    var plain = (before + SECRET + " and more").getBytes(StandardCharsets.UTF_8);
    for (var encoder : List.of(Base64.getEncoder(), Base64.getUrlEncoder())) {
      var hidden = redaction.apply(encoder.encodeToString(plain));

      assertThat(hidden).hasSize(encoder.encodeToString(plain).length());
      var decoder = encoder == Base64.getEncoder() ? Base64.getDecoder() : Base64.getUrlDecoder();
      assertThat(new String(decoder.decode(hidden), StandardCharsets.UTF_8))
          .startsWith(before)
          .endsWith("and more")
          .doesNotContain("c/r\"é t+x");
    }
  }

  @Test
  void a_secret_is_hidden_in_the_base64_of_addresses() {
    var secret = "???>>>~~~";
    var encoded = Base64.getUrlEncoder().encodeToString(secret.getBytes(StandardCharsets.UTF_8));

    assertThat(encoded).contains("_").contains("-");
    assertThat(new Redaction(List.of(secret)).apply(encoded)).isEqualTo("KioqKioqKioq");
  }

  @Test
  void json_escapes_do_not_help() {
    assertThat(
            new Redaction(List.of("sesame"))
                .applyToJson("{\"a\":\"\\u0073es\\u0061me!\",\"ses\\u0061me\":\"\\n\"}"))
        .isEqualTo("{\"a\":\"***!\",\"***\":\"\\n\"}");
  }

  @Test
  void a_number_that_is_a_secret_becomes_a_text() {
    assertThat(new Redaction(List.of("12345678")).applyToJson("{\"pin\":12345678,\"n\":1234567}"))
        .isEqualTo("{\"pin\":\"***\",\"n\":1234567}");
  }

  @Test
  void json_without_secrets_is_the_very_same() {
    var json = "{\"x\" : " + Exact.OBJECT + "}";

    assertThat(redaction.applyToJson(json)).isSameAs(json);
    assertThat(new Redaction(List.of()).applyToJson(json)).isSameAs(json);
  }

  @Test
  void what_stands_around_a_secret_in_json_stays_as_it_was_written() {
    assertThat(
            new Redaction(List.of("sesame"))
                .applyToJson("{\"z\":" + Exact.OBJECT + ", \"k\":\"\\/ sesame \\ud800\"}"))
        .isEqualTo("{\"z\":" + Exact.OBJECT + ", \"k\":\"/ *** \\ud800\"}");
  }

  @Test
  void secrets_within_and_across_each_other_are_hidden_whole() {
    var both = new Redaction(List.of("abcdef", "defghi", "abcdefgh"));

    assertThat(both.apply("xabcdefghix abcdefgh defghi")).isEqualTo("x***x *** ***");
  }

  @Test
  void the_lines_of_a_secret_are_secrets_too() {
    var key = new Redaction(List.of("-----BEGIN KEY-----\nMIIEvQIBADAN\nshort\n"));

    assertThat(key.apply("first MIIEvQIBADAN then short")).isEqualTo("first *** then short");
  }

  @Test
  void very_short_values_are_left_alone() {
    assertThat(new Redaction(List.of("1", "", "abc")).apply("1 abc")).isEqualTo("1 abc");
  }

  @Test
  void a_text_that_was_cut_does_not_end_with_the_beginning_of_a_secret() {
    var sesame = new Redaction(List.of("sesame-open"));

    assertThat(sesame.applyToBeginning("it said sesame-op")).isEqualTo("it said ***");
    assertThat(sesame.applyToBeginning("it said ses")).isEqualTo("it said ses");
    assertThat(sesame.apply("it said sesame-op")).isEqualTo("it said sesame-op");
  }

  @Test
  void it_says_nothing_about_what_it_hides() {
    assertThat(redaction).hasToString("Redaction[1 values]");
  }
}
