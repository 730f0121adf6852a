package dev.caisson.mcp.tools;

import java.util.Locale;
import java.util.Map;

/** The MIME type that a file's name suggests. A table of our own: the machine's would differ. */
final class MimeTypes {

  static final String BYTES = "application/octet-stream";
  static final String TEXT = "text/plain";

  private static final Map<String, String> BY_ENDING =
      Map.ofEntries(
          Map.entry("png", "image/png"),
          Map.entry("jpg", "image/jpeg"),
          Map.entry("jpeg", "image/jpeg"),
          Map.entry("gif", "image/gif"),
          Map.entry("webp", "image/webp"),
          Map.entry("svg", "image/svg+xml"),
          Map.entry("txt", TEXT),
          Map.entry("log", TEXT),
          Map.entry("md", "text/markdown"),
          Map.entry("csv", "text/csv"),
          Map.entry("tsv", "text/tab-separated-values"),
          Map.entry("html", "text/html"),
          Map.entry("css", "text/css"),
          Map.entry("py", "text/x-python"),
          Map.entry("js", "text/javascript"),
          Map.entry("json", "application/json"),
          Map.entry("ipynb", "application/x-ipynb+json"),
          Map.entry("xml", "application/xml"),
          Map.entry("yaml", "application/yaml"),
          Map.entry("yml", "application/yaml"),
          Map.entry("toml", "application/toml"),
          Map.entry("pdf", "application/pdf"),
          Map.entry("zip", "application/zip"),
          Map.entry("gz", "application/gzip"),
          Map.entry("tar", "application/x-tar"),
          Map.entry("parquet", "application/vnd.apache.parquet"),
          Map.entry("db", "application/vnd.sqlite3"),
          Map.entry("sqlite", "application/vnd.sqlite3"),
          Map.entry("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
          Map.entry(
              "docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
          Map.entry(
              "pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
          Map.entry("mp3", "audio/mpeg"),
          Map.entry("wav", "audio/wav"),
          Map.entry("mp4", "video/mp4"),
          Map.entry("webm", "video/webm"));

  private MimeTypes() {}

  /** The type of an ending that is known; else what is given. */
  static String of(String path, String otherwise) {
    var name = path.substring(path.lastIndexOf('/') + 1);
    var dot = name.lastIndexOf('.');
    return dot < 0
        ? otherwise
        : BY_ENDING.getOrDefault(name.substring(dot + 1).toLowerCase(Locale.ROOT), otherwise);
  }

  /** Whether a file of this type is text as a rule. */
  static boolean isText(String mimeType) {
    return mimeType.startsWith("text/")
        || mimeType.endsWith("json")
        || mimeType.endsWith("xml")
        || mimeType.endsWith("yaml")
        || mimeType.endsWith("toml");
  }

  /** Whether clients show it as an image; its bytes have to be looked at then. */
  static boolean isShownImage(String mimeType) {
    return mimeType.startsWith("image/") && !isText(mimeType);
  }
}
