package dev.caisson.mcp.tools;

import dev.caisson.mcp.text.Shown;
import io.modelcontextprotocol.spec.McpSchema.BlobResourceContents;
import io.modelcontextprotocol.spec.McpSchema.EmbeddedResource;
import io.modelcontextprotocol.spec.McpSchema.ImageContent;
import io.modelcontextprotocol.spec.McpSchema.ResourceContents;
import io.modelcontextprotocol.spec.McpSchema.ResourceLink;
import io.modelcontextprotocol.spec.McpSchema.TextResourceContents;
import java.util.Base64;

/** Files as the protocol's content. */
final class FileBlocks {

  private FileBlocks() {}

  static ImageContent image(FileContent.Image image) {
    return ImageContent.builder(base64(image.data()), image.mimeType()).build();
  }

  static EmbeddedResource blob(String uri, String mimeType, byte[] data) {
    return EmbeddedResource.builder(new BlobResourceContents(uri, mimeType, base64(data))).build();
  }

  static EmbeddedResource embedded(String uri, FileContent content) {
    return EmbeddedResource.builder(contents(uri, content)).build();
  }

  /** The whole file, its text as text. */
  static ResourceContents contents(String uri, FileContent content) {
    return switch (content) {
      case FileContent.Text text -> new TextResourceContents(uri, text.mimeType(), text.text());
      case FileContent.Image image ->
          new BlobResourceContents(uri, image.mimeType(), base64(image.data()));
      case FileContent.Binary binary ->
          new BlobResourceContents(uri, binary.mimeType(), base64(binary.data()));
    };
  }

  static ResourceLink link(ResourceUri uri, String mimeType, long size) {
    return ResourceLink.builder()
        .uri(uri.toString())
        .name(Shown.name(uri.path()))
        .mimeType(mimeType)
        .size(size)
        .build();
  }

  private static String base64(byte[] data) {
    return Base64.getEncoder().encodeToString(data);
  }
}
