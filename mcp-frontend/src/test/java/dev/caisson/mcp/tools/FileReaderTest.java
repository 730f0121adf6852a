package dev.caisson.mcp.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.caisson.mcp.relay.Pictures;
import dev.caisson.mcp.relay.RefusedException;
import dev.caisson.mcp.relay.WorkspaceFiles.Part;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.ImageContent;
import io.modelcontextprotocol.spec.McpSchema.ResourceLink;
import io.modelcontextprotocol.spec.McpSchema.TextContent;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** What becomes of a file that a program changes while it is read. */
final class FileReaderTest {

  private static final Part BEGINNING = new Part(new byte[FileReader.PART], 40_000, false);

  private static CallToolResult read(Part... parts) throws Exception {
    return new FileReader(new ScriptedFiles(parts)).read("s", "x.bin", 0, 0);
  }

  private static String text(CallToolResult result, int block) {
    return ((TextContent) result.content().get(block)).text();
  }

  @Test
  void one_that_has_grown_too_large_is_a_link() throws Exception {
    var read = read(BEGINNING, new Part(new byte[FileReader.MOST_EMBEDDED], 300_000, true));

    assertThat(read.content().getFirst()).isInstanceOf(ResourceLink.class);
    assertThat(text(read, 1)).startsWith("[application/octet-stream, 300 KB: more than is sent");
  }

  @Test
  void one_that_came_cut_off_is_refused() {
    assertThatExceptionOfType(RefusedException.class)
        .isThrownBy(() -> read(BEGINNING, new Part(new byte[40_000], 40_001, true)))
        .withMessage("the file was changed while it was read: read it again");
  }

  @Test
  void one_that_was_replaced_by_as_much_is_shown_and_the_change_told() throws Exception {
    var png = Pictures.pngOf(1_000);
    var read = read(new Part(png, png.length, true));

    assertThat(read.content().getFirst()).isInstanceOf(ImageContent.class);
    assertThat(text(read, 1))
        .isEqualTo("[image/png, 1 KB; the file was changed while it was read]");
  }

  @Test
  void one_that_has_become_a_text_is_cut_like_any_text() throws Exception {
    var lines = "0123456789\n".repeat(4_000).getBytes(StandardCharsets.UTF_8);
    var read = read(BEGINNING, new Part(lines, lines.length, false));

    assertThat(text(read, 0)).hasSize(FileReader.PART);
    assertThat(text(read, 1)).isEqualTo("[bytes 0 to 32,767 of 44,000; read on with offset=32768]");
  }
}
