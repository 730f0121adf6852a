package dev.caisson.client.command;

import dev.caisson.client.RunOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Files of this machine that go into the workspace before a program starts: {@code --file}. */
final class BroughtFiles {

  private static final int LARGEST_BYTES = 8 << 20;

  private BroughtFiles() {}

  /** Each is FILE, which keeps its name, or FILE=PATH. */
  static RunOptions addTo(RunOptions options, List<String> files) {
    RunOptions all = options;
    long left = LARGEST_BYTES;
    for (String file : files) {
      int equals = file.lastIndexOf('=');
      String source = equals < 0 ? file : file.substring(0, equals);
      byte[] content = read(source, left);
      left -= content.length;
      all = all.file(equals < 0 ? nameOf(source) : file.substring(equals + 1), content);
    }
    return all;
  }

  private static String nameOf(String source) {
    Path name = Path.of(source).getFileName();
    return name == null ? source : name.toString();
  }

  private static byte[] read(String source, long left) {
    try {
      if (Files.size(Path.of(source)) > left) {
        throw new UsageException(
            "the files of --file have more than 8 MiB in all",
            "write larger ones into a session with `caisson files put`");
      }
      return Files.readAllBytes(Path.of(source));
    } catch (IOException broken) {
      throw new UsageException(
          "--file %s cannot be read: %s".formatted(source, FileTrouble.of(broken)),
          "name a file of this machine, or FILE=PATH");
    }
  }
}
