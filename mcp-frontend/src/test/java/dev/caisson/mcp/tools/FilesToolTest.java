package dev.caisson.mcp.tools;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caisson.mcp.relay.FakeSessionHost;
import dev.caisson.mcp.relay.Pictures;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

final class FilesToolTest {

  private Session client;

  @BeforeEach
  void start() {
    client = new Session().greeted();
    client.call("sessions", Map.of("action", "create", "name", "work"));
  }

  @AfterEach
  void stop() {
    client.close();
  }

  private static String text(JsonNode result) {
    return text(result, 0);
  }

  private static String text(JsonNode result, int block) {
    return result.path("content").path(block).path("text").asString("");
  }

  private JsonNode files(String action, Object... arguments) {
    var all = new LinkedHashMap<String, Object>(Map.of("action", action, "session", "work"));
    for (var i = 0; i < arguments.length; i += 2) {
      all.put(String.valueOf(arguments[i]), arguments[i + 1]);
    }
    return client.call("files", all);
  }

  private void put(String path, byte[] content) throws Exception {
    client.host.write("session-1", path, content);
  }

  private void put(String path, String content) throws Exception {
    put(path, content.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void a_text_is_written_and_read_again() {
    assertThat(text(files("write", "path", "in/a b.txt", "content", "one\ntwä\n")))
        .isEqualTo("written: in/a b.txt  9 bytes  2026-11-22T10:00:00Z");

    var read = files("read", "path", "in/a b.txt");
    assertThat(text(read)).isEqualTo("one\ntwä\n");
    assertThat(read.path("content")).hasSize(1);
    assertThat(read.path("isError").asBoolean()).isFalse();
  }

  @Test
  void bytes_are_written_as_base64() throws Exception {
    files("write", "path", "x.bin", "content", "AAH/", "encoding", "base64");

    assertThat(client.host.read("session-1", "x.bin", 0, 9).bytes())
        .containsExactly(0, 1, (byte) 0xFF);
    files("write", "path", "x.bin", "content", " AAH/\r\n\tAA== \n", "encoding", "base64");
    assertThat(client.host.read("session-1", "x.bin", 0, 9).bytes())
        .containsExactly(0, 1, (byte) 0xFF, 0);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          data:image/png;base64,AAH/ | it is a data: URL; send only what follows the comma
          AAH_                       | it has '-' or '_'; write '+' and '/' for them
          --H/                       | it has '-' or '_'; write '+' and '/' for them
          hello world                | it has 10 characters, which is no multiple of 4
          Hello, world!              | it has other characters than A to Z, a to z, 0 to 9, '+', '/' and '=' at the end
          print(1)                   | it has other characters than A to Z, a to z, 0 to 9, '+', '/' and '=' at the end
          AA==AA==                   | it has other characters than A to Z, a to z, 0 to 9, '+', '/' and '=' at the end
          """,
      quoteCharacter = '~')
  void what_is_no_base64_is_refused_and_nothing_written(String content, String why) {
    var refused = files("write", "path", "x.bin", "content", content, "encoding", "base64");

    assertThat(refused.path("isError").asBoolean()).isTrue();
    assertThat(text(refused))
        .isEqualTo("'content' is not base64: %s; leave 'encoding' out for a text".formatted(why));
    assertThat(text(files("list"))).isEqualTo("(no files)");
  }

  @Test
  void an_empty_file_can_be_written_and_a_missing_content_is_asked_for() {
    files("write", "path", "empty", "content", "");
    assertThat(text(files("read", "path", "empty"))).isEqualTo("(the file is empty)");

    assertThat(text(files("write", "path", "x")))
        .isEqualTo("'content' is missing: the whole file, an empty text for an empty one");
    assertThat(text(files("read"))).isEqualTo("'path' is missing: which file to read");
  }

  @Test
  void a_long_text_is_cut_and_says_how_to_read_on() throws Exception {
    put("long.txt", "0123456789\n".repeat(4_000));

    var first = files("read", "path", "long.txt");
    assertThat(text(first)).hasSize(32_768);
    assertThat(text(first, 1))
        .isEqualTo("[bytes 0 to 32,767 of 44,000; read on with offset=32768]");

    var second = files("read", "path", "long.txt", "offset", 32_768);
    assertThat(text(first) + text(second)).isEqualTo("0123456789\n".repeat(4_000));
    assertThat(text(second, 1)).isEqualTo("[bytes 32,768 to 43,999 of 44,000]");
    assertThat(text(files("read", "path", "long.txt", "offset", 44_000)))
        .isEqualTo("(nothing at offset 44000: the file has 44,000 bytes)");
  }

  @Test
  void a_part_ends_where_a_character_does() throws Exception {
    put("t", "ää天");

    var part = files("read", "path", "t", "offset", 0, "limit", 6);
    assertThat(text(part)).isEqualTo("ää");
    assertThat(text(part, 1)).isEqualTo("[bytes 0 to 3 of 7; read on with offset=4]");
  }

  @Test
  void an_image_is_an_image_whatever_it_is_called() throws Exception {
    var png = Pictures.pngOf(100_000);
    put("plot.dat", png);

    var read = files("read", "path", "plot.dat");

    assertThat(read.path("content").path(0).path("type").asString()).isEqualTo("image");
    assertThat(read.path("content").path(0).path("mimeType").asString()).isEqualTo("image/png");
    assertThat(Base64.getDecoder().decode(read.path("content").path(0).path("data").asString()))
        .isEqualTo(png);
    assertThat(text(read, 1)).isEqualTo("[image/png, 100 KB]");
  }

  @Test
  void an_image_that_is_broken_is_embedded_as_bytes_and_the_reason_told() throws Exception {
    put("plot.png", java.util.Arrays.copyOf(Pictures.png("x"), 60));

    var read = files("read", "path", "plot.png");

    assertThat(read.path("content").path(0).path("type").asString()).isEqualTo("resource");
    assertThat(read.path("content").path(0).path("resource").path("mimeType").asString())
        .isEqualTo("application/octet-stream");
    assertThat(text(read, 1))
        .isEqualTo(
            "[application/octet-stream, 60 B; not shown as an image: the image/png is broken or cut"
                + " off]");
  }

  @Test
  void an_image_of_more_than_five_mebibytes_of_base64_is_a_link() throws Exception {
    put("most.png", Pictures.pngOf(3_932_160));
    put("plot.png", Pictures.pngOf(3_932_161));
    assertThat(files("read", "path", "most.png").path("content").path(0).path("data").asString())
        .hasSize(5 << 20);

    var read = files("read", "path", "plot.png");

    assertThat(read.path("content").path(0).path("type").asString()).isEqualTo("resource_link");
    assertThat(text(read, 1))
        .isEqualTo(
            "[image/png, 3,932 KB: more than is sent at once. In parts: offset=0, limit=1048576]");
  }

  @Test
  void few_bytes_are_embedded_and_many_are_a_link_that_can_be_read_in_parts() throws Exception {
    put("few.zip", new byte[256 * 1024]);
    put("many.pdf", new byte[256 * 1024 + 1]);

    var few = files("read", "path", "few.zip").path("content").path(0);
    assertThat(few.path("type").asString()).isEqualTo("resource");
    assertThat(few.path("resource").path("mimeType").asString()).isEqualTo("application/zip");
    assertThat(few.path("resource").path("uri").asString())
        .isEqualTo("caisson://session/session-1/few.zip");

    var many = files("read", "path", "many.pdf");
    assertThat(many.path("content").path(0).path("type").asString()).isEqualTo("resource_link");
    assertThat(many.path("content").path(0).path("size").asInt()).isEqualTo(256 * 1024 + 1);

    var part = files("read", "path", "many.pdf", "offset", 262_140, "limit", 10);
    assertThat(part.path("content").path(0).path("resource").path("uri").asString())
        .isEqualTo("caisson://session/session-1/many.pdf#bytes=262140-262144");
    assertThat(text(part, 1)).isEqualTo("[bytes 262,140 to 262,144 of 262,145]");
  }

  @Test
  void a_directory_is_listed_in_pages_with_a_way_to_go_on() throws Exception {
    put("a", "x");
    put("b/c", "x");
    put("d", "xx");

    var first = files("list", "path", ".", "limit", 2);
    assertThat(text(first))
        .isEqualTo(
            """
            a  1 bytes  2026-11-22T10:00:00Z
            b/  2026-11-22T10:00:00Z
            (more: list again with the cursor "b")\
            """);
    var cursor = first.path("structuredContent").path("cursor").asString();
    var second = files("list", "limit", 2, "cursor", cursor);
    assertThat(second.path("structuredContent").path("entries").path(0).path("path").asString())
        .isEqualTo("d");
    assertThat(second.path("structuredContent").has("cursor")).isFalse();
    assertThat(text(files("list", "path", "b"))).startsWith("b/c  1 bytes");
  }

  @Test
  void a_cursor_that_is_none_is_told_as_such() {
    assertThat(text(files("list", "cursor", "a/b")))
        .isEqualTo(
            "'cursor' is none; give that of the answer before as it was, or none to begin again");
    assertThat(text(files("list", "path", "../x", "cursor", "a/b")))
        .isEqualTo("path '../x' is none of the workspace");
  }

  @Test
  void names_are_shown_on_one_line_and_given_as_they_are() throws Exception {
    put("line\nbreak", "x");

    var listed = files("list");

    assertThat(text(listed)).startsWith("line\\u000abreak  1 bytes");
    assertThat(listed.path("structuredContent").path("entries").path(0).path("path").asString())
        .isEqualTo("line\nbreak");
  }

  @Test
  void names_are_told_made_and_deleted() throws Exception {
    assertThat(text(files("list"))).isEqualTo("(no files)");
    assertThat(text(files("mkdir", "path", "out"))).isEqualTo("the directory is made");
    assertThat(text(files("mkdir", "path", "out"))).isEqualTo("the directory was there already");
    put("out/x", "x");
    assertThat(text(files("stat", "path", "out"))).startsWith("out/");
    assertThat(text(files("stat"))).startsWith("(the workspace)/");
    assertThat(text(files("delete", "path", "out"))).isEqualTo("'out' is not empty");
    assertThat(text(files("delete", "path", "out", "recursive", true)))
        .isEqualTo("2 names deleted");
  }

  @ParameterizedTest
  @ValueSource(strings = {"../x", "/etc/passwd", "a//b"})
  void a_path_out_of_the_workspace_is_refused_as_the_daemon_says_it(String path) {
    var refused = files("read", "path", path);

    assertThat(refused.path("isError").asBoolean()).isTrue();
    assertThat(text(refused)).isEqualTo("path '" + path + "' is none of the workspace");
  }

  @Test
  void a_file_that_is_not_there_is_told_and_the_session_stays() {
    assertThat(text(files("read", "path", "none")))
        .isEqualTo("there is no 'none' in the workspace");
    assertThat(text(files("list"))).isEqualTo("(no files)");
  }

  @Test
  void arguments_that_are_wrong_are_told_with_what_is_allowed() {
    assertThat(text(files("read", "path", "x", "limit", 2)))
        .isEqualTo("'limit' is '2'; it has to be a whole number from 4 to 1048576");
    assertThat(text(files("list", "limit", 1_001)))
        .isEqualTo("'limit' is '1001'; it has to be a whole number from 1 to 1000");
    assertThat(files("read", "path", "x", "offset", -1).path("isError").asBoolean()).isTrue();
    assertThat(files("frobnicate").path("isError").asBoolean()).isTrue();
  }

  @Test
  void without_a_session_the_one_of_the_connection_is_meant() {
    var host = new FakeSessionHost();
    var options = new FrontendOptions("", SessionPerConnection.YES);
    try (var own = new Session(host, options).greeted()) {
      var written = own.call("files", Map.of("action", "write", "path", "a", "content", "x"));

      assertThat(written.path("isError").asBoolean()).isFalse();
      assertThat(host.list()).extracting(session -> session.name()).containsExactly("default");
    }
  }
}
