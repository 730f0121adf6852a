package dev.caisson.mcp.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParameterException;

final class HttpOptionsTest {

  private static final String SECRET = "a-secret-of-enough-length";

  @TempDir private Path folder = Path.of("");

  @Command
  static final class Options {
    @Mixin HttpOptions http = new HttpOptions();
  }

  private static Optional<HttpOptions.Served> served(String... arguments) {
    return served(Map.of("TOKEN", SECRET, "OTHER", SECRET, "SHORT", "hunter2"), arguments);
  }

  private static Optional<HttpOptions.Served> served(
      Map<String, String> environment, String... arguments) {
    var options = new Options();
    new CommandLine(options).parseArgs(arguments);
    return options.http.served(environment);
  }

  @Test
  void without_the_option_nothing_is_served() {
    assertThat(served()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "8080, 127.0.0.1, 8080",
    ":8080, 127.0.0.1, 8080",
    "localhost:0, 127.0.0.1, 0",
    "127.0.0.9:80, 127.0.0.9, 80",
    "[::1]:80, 0:0:0:0:0:0:0:1, 80"
  })
  void it_listens_on_loopback_unless_told_otherwise(String http, String host, int port) {
    var address = served("--http", http).orElseThrow().address();

    assertThat(address.getAddress().getHostAddress()).isEqualTo(host);
    assertThat(address.getPort()).isEqualTo(port);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.0.0.0:80", "[::]:80", "192.0.2.7:80"})
  void whoever_can_be_reached_from_other_machines_needs_a_token(String http) {
    assertThatThrownBy(() -> served("--http", http))
        .isInstanceOf(ParameterException.class)
        .hasMessageContaining("--http " + http)
        .hasMessageContaining("--token")
        .hasMessageContaining("--http :80");

    assertThat(served("--http", http, "--token", "${TOKEN}")).isPresent();
  }

  @Test
  void a_token_comes_from_a_file_or_the_environment() throws IOException {
    var file = Files.writeString(folder.resolve("token"), "another-secret-of-length\n");

    var tokens =
        served("--http", ":0", "--token", "${env:TOKEN}", "--token", "${file:" + file + "}")
            .orElseThrow()
            .tokens();

    assertThat(tokens.isEmpty()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "a-secret-of-enough-length, takes no secret but where it is",
    "${TOKEN:-a-secret-of-enough-length}, takes no secret but where it is",
    "${MISSING}, which the environment does not have",
    "${file:/no/such}, ${file:/no/such}",
    "${SHORT}, it has 7 characters; 16 to 4096 are allowed"
  })
  void a_token_that_cannot_be_used_is_told_and_not_shown(String reference, String told) {
    assertThatThrownBy(() -> served("--http", ":0", "--token", reference))
        .isInstanceOf(ParameterException.class)
        .hasMessageContaining(told)
        .message()
        .doesNotContain(SECRET, "hunter2");
  }

  @Test
  void one_token_twice_is_no_two_clients() {
    assertThatThrownBy(() -> served("--http", ":0", "--token", "${TOKEN}", "--token", "${OTHER}"))
        .hasMessageContaining("--token ${OTHER}: another --token leads to the same one");
  }

  @ParameterizedTest
  @ValueSource(strings = {"nowhere", "host:port", ":99999", "a:b:1", ""})
  void what_is_no_address_is_told(String http) {
    assertThatThrownBy(() -> served("--http", http))
        .isInstanceOf(ParameterException.class)
        .hasMessageContaining("'" + http + "' is no HOST:PORT");
  }

  @ParameterizedTest
  @ValueSource(strings = {"app.example", "https://app.example/", "https://u@app.example", "*"})
  void what_is_no_origin_is_told(String origin) {
    assertThatThrownBy(() -> served("--http", ":0", "--allow-origin", origin))
        .hasMessageContaining("--allow-origin '" + origin + "'");
  }

  @Test
  void its_options_mean_nothing_without_it() {
    assertThatThrownBy(() -> served("--token", "${TOKEN}")).hasMessageContaining("--http");
    assertThatThrownBy(() -> served("--allow-host", "box")).hasMessageContaining("--http");
  }

  @Test
  void there_is_no_configuration_for_a_client_to_start_it() {
    var out = new ByteArrayOutputStream();
    var protocol = new PrintStream(out, /* autoFlush= */ true, StandardCharsets.UTF_8);

    var status =
        new CommandLine(new Main(protocol)).execute("--http", ":0", "--print-config", "generic");

    assertThat(status).isEqualTo(2);
    assertThat(out.size()).isZero();
  }
}
