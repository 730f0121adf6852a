package dev.caisson.mcp.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SecretsTest {

  private final Secrets secrets = new Secrets();

  private boolean hides(String text) {
    return !secrets.redaction().apply(text).contains(text);
  }

  @ParameterizedTest
  @CsvSource({
    "API_KEY, hunter2",
    "DB_PASSWORD, production",
    "ANYTHING, V4lu3-of-mine",
    "GITHUB_PAT, abcd",
    "NAME, some words of a person",
    "HOOK, https://hooks.example/services/T000A1B2C3D4E5F6G7"
  })
  void variables_are_secrets(String name, String value) {
    secrets.variable(name, value);

    assertThat(hides(value)).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "DEBUG, true",
    "MAX_TOKENS, 4096",
    "PORT, 8080",
    "NODE_ENV, production",
    "LOG_LEVEL, info",
    "API_URL, https://api.example/v1",
    "TYPE, application/json",
    "KEY_FILE, /etc/hosts",
    "FOLDERS, /etc:/usr"
  })
  void what_is_plainly_no_secret_stays_readable(String name, String value) {
    secrets.variable(name, value);

    assertThat(hides(value)).isFalse();
  }

  @Test
  void headers_are_secrets_but_for_those_that_never_are() {
    secrets.header("Authorization", "Bearer abcdef");
    secrets.header("X-Team", "blue-42-team");
    secrets.header("User-Agent", "caisson/1.0");

    assertThat(hides("abcdef")).isTrue();
    assertThat(hides("blue-42-team")).isTrue();
    assertThat(hides("caisson/1.0")).isFalse();
  }

  @Test
  void the_password_of_a_basic_header_is_a_secret_alone() {
    var credentials = Base64.getEncoder().encodeToString("me:open-sesame".getBytes());
    secrets.header("Authorization", "Basic " + credentials);

    assertThat(hides(credentials)).isTrue();
    assertThat(hides("open-sesame")).isTrue();
  }

  @Test
  void references_are_secrets_but_for_those_of_the_system() {
    secrets.reference("TOKEN", "abcdef");
    secrets.reference("USER", "gemma");

    assertThat(hides("abcdef")).isTrue();
    assertThat(hides("gemma")).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--token hunter2",
        "--api-key hunter2",
        "--token=hunter2",
        "-e API_KEY=hunter2",
        "--header Authorization:hunter2",
        "--header X-Team:hunter2",
        "-H X-Api-Key:hunter2",
        "postgres://me:hunter2@db/x",
        "https://example/mcp?x=hunter2"
      })
  void arguments_are_secrets_where_something_says_so(String arguments) {
    secrets.arguments(List.of(arguments.split(" ")));

    assertThat(hides("hunter2")).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
        "sk-proj-abcdefgh1234",
        "eyJhbGciOiJIUzI1NiJ9.e30.x1",
        "CANARY9f8e7d6c5b4a39281706"
      })
  void arguments_that_look_like_nothing_a_person_types_are_secrets(String argument) {
    secrets.arguments(List.of("serve", argument));

    assertThat(hides(argument)).isTrue();
  }

  @Test
  void other_arguments_stay_readable(@TempDir Path folder) {
    var arguments =
        List.of(
            "-y",
            "@modelcontextprotocol/server-filesystem@2025.8.21",
            folder.toString(),
            "--root",
            "quarterly-report-2025.csv",
            "-h",
            "127.0.0.1",
            "--token-file",
            folder.toString(),
            "mcp-server-time==2025.9.1",
            "--header",
            "Accept: text/plain");
    secrets.arguments(arguments);

    assertThat(secrets.redaction().apply(String.join(" ", arguments)))
        .isEqualTo(String.join(" ", arguments));
  }

  @Test
  void a_token_in_the_folders_of_an_address_is_a_secret() {
    secrets.address("https://tools.example/mcp/s/9f8e7d6c5b4a39281706/sse");

    assertThat(secrets.redaction().apply("at https://tools.example/mcp/s/9f8e7d6c5b4a39281706/sse"))
        .isEqualTo("at https://tools.example/mcp/s/***/sse");
  }

  @Test
  void the_texts_in_a_json_value_are_secrets() {
    secrets.variable("HEADERS", "{\"Authorization\": \"Bearer ntn_abcdef\", \"Accept\": \"*/*\"}");

    assertThat(hides("ntn_abcdef")).isTrue();
    assertThat(hides("*/*")).isFalse();
  }
}
