package dev.caisson.client.command;

import dev.caisson.client.CaissonClient;
import dev.caisson.client.CaissonException;
import dev.caisson.client.Files;
import dev.caisson.v1.FileEntry;
import dev.caisson.v1.ReadFileResponse;
import dev.caisson.v1.WriteFileStart;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Lists, reads, writes and deletes the files of sessions. */
@Command(
    name = "files",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    synopsisSubcommandLabel = "COMMAND",
    description = {
      "Lists, reads, writes and deletes the files of a session, also while a program runs in it.",
      "A SESSION is its id or its name; a PATH is relative to the session's workspace (./-x for -x)."
    },
    footer = {
      "",
      "Exit status: 0 done; 1 done, and the file was changed meanwhile; 125 the daemon failed, or refused it."
    })
final class FilesCommand implements Runnable {

  private static final String STANDARD = "-";

  /** What a command does with the files of one session. */
  @FunctionalInterface
  private interface Work {
    int apply(Files files, String session) throws IOException;
  }

  /** What a command does with one file after another. */
  @FunctionalInterface
  private interface Step {
    void apply(Files files, String session, String path);
  }

  @Spec private CommandSpec spec = CommandSpec.create();

  private final CommandContext context;

  FilesCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "no command given");
  }

  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      description = {
        "Lists a directory (default: the workspace): kind, size in bytes, time of the last change, name.",
        "Control characters of a name are shown as \\uXXXX."
      })
  int list(
      @Mixin DaemonOption socket,
      @Option(names = "--output", paramLabel = "text|json", description = "How it is said.")
          Optional<OutputFormat> output,
      @Parameters(paramLabel = "SESSION") String session,
      @Parameters(paramLabel = "PATH", arity = "0..1", converter = RemotePath.class)
          Optional<String> path) {
    return with(
        socket,
        session,
        (files, id) -> {
          switch (output.orElse(OutputFormat.text)) {
            case text -> {
              long unlisted = files.list(id, path.orElse(""), this::show);
              if (unlisted > 0) {
                context.say(
                    unlisted
                        + " further names are not UTF-8 and cannot be asked for; a program can rename them");
              }
            }
            case json -> {
              ArrayNode list = JsonMapper.shared().createArrayNode();
              files.list(id, path.orElse(""), entry -> list.add(json(entry)));
              context.printer().println(list.toPrettyString());
            }
          }
          return ExitStatus.OK;
        });
  }

  @Command(
      name = "get",
      mixinStandardHelpOptions = true,
      description = {
        "Reads a file into FILE, or to standard output when that is - or missing.",
        "Into a directory it goes under its own name."
      })
  int get(
      @Mixin DaemonOption socket,
      @Parameters(paramLabel = "SESSION") String session,
      @Parameters(paramLabel = "PATH", converter = RemotePath.class) String path,
      @Parameters(paramLabel = "FILE", arity = "0..1") Optional<String> file) {
    return with(
        socket,
        session,
        (files, id) -> {
          ReadFileResponse.End end =
              file.isEmpty() || file.get().equals(STANDARD)
                  ? files.read(id, path, context.out())
                  : download(files, id, path, target(file.get(), path));
          if (end.getChanged()) {
            context.say(
                "'%s' was changed while it was read; it has %d bytes now"
                    .formatted(ShownName.of(path), end.getSize()));
            return ExitStatus.MISSED;
          }
          return ExitStatus.OK;
        });
  }

  private static Path target(String file, String path) {
    Path target = Path.of(file);
    return java.nio.file.Files.isDirectory(target)
        ? target.resolve(path.substring(path.lastIndexOf('/') + 1))
        : target;
  }

  /** Under another name first, so that a failure leaves nothing. */
  private static ReadFileResponse.End download(Files files, String id, String path, Path target)
      throws IOException {
    Path folder = Path.of("").toAbsolutePath().resolve(target).getParent();
    Path part =
        java.nio.file.Files.createTempFile(folder == null ? Path.of("/") : folder, ".caisson", "");
    try {
      ReadFileResponse.End end;
      try (OutputStream out =
          new BufferedOutputStream(java.nio.file.Files.newOutputStream(part), 1 << 16)) {
        end = files.read(id, path, out);
      }
      java.nio.file.Files.move(part, target, StandardCopyOption.REPLACE_EXISTING);
      return end;
    } finally {
      java.nio.file.Files.deleteIfExists(part);
    }
  }

  @Command(
      name = "put",
      mixinStandardHelpOptions = true,
      description = "Writes FILE, or standard input when that is -, all at once at the end.")
  int put(
      @Mixin DaemonOption socket,
      @Parameters(paramLabel = "SESSION") String session,
      @Parameters(paramLabel = "FILE") String file,
      @Parameters(
              paramLabel = "PATH",
              arity = "0..1",
              converter = RemotePath.class,
              description = "Where (default: the name of FILE, in the workspace).")
          Optional<String> path,
      @Option(names = "--keep", description = "Fails when there is something of that name already.")
          boolean keep,
      @Option(
              names = {"-p", "--parents"},
              description = "Makes missing directories.")
          boolean parents) {
    WriteFileStart.Builder start =
        WriteFileStart.newBuilder()
            .setPath(path.orElseGet(() -> nameOf(file)))
            .setIfExists(keep ? WriteFileStart.IfExists.REFUSE : WriteFileStart.IfExists.REPLACE)
            .setMakeParents(parents);
    return with(
        socket,
        session,
        (files, id) -> {
          start.setSessionId(id);
          if (file.equals(STANDARD)) {
            files.write(start.build(), context.in());
          } else {
            try (InputStream in = java.nio.file.Files.newInputStream(Path.of(file))) {
              files.write(start.build(), in);
            }
          }
          return ExitStatus.OK;
        });
  }

  private static String nameOf(String file) {
    Path name = Path.of(file).getFileName();
    if (file.equals(STANDARD) || name == null) {
      throw new UsageException(
          "what comes from '%s' has no name".formatted(file), "say PATH behind it");
    }
    return name.toString();
  }

  @Command(
      name = "rm",
      mixinStandardHelpOptions = true,
      description = "Deletes files and empty directories.")
  int remove(
      @Mixin DaemonOption socket,
      @Option(
              names = {"-r", "--recursive"},
              description = "Deletes directories with all that is in them.")
          boolean recursive,
      @Parameters(paramLabel = "SESSION") String session,
      @Parameters(paramLabel = "PATH", arity = "1..*", converter = RemotePath.class)
          List<String> paths) {
    return withEach(socket, session, paths, (files, id, path) -> files.delete(id, path, recursive));
  }

  @Command(
      name = "mkdir",
      mixinStandardHelpOptions = true,
      description = "Makes directories. One that is there already will do.")
  int makeDirectory(
      @Mixin DaemonOption socket,
      @Option(
              names = {"-p", "--parents"},
              description = "Makes those on the way too.")
          boolean parents,
      @Parameters(paramLabel = "SESSION") String session,
      @Parameters(paramLabel = "PATH", arity = "1..*", converter = RemotePath.class)
          List<String> paths) {
    return withEach(
        socket, session, paths, (files, id, path) -> files.makeDirectory(id, path, parents));
  }

  /** A leading "./" goes: it lets a name begin with a dash. */
  private static final class RemotePath implements ITypeConverter<String> {
    @Override
    public String convert(String text) {
      return text.startsWith("./") ? text.substring(2) : text;
    }
  }

  private void show(FileEntry entry) {
    context
        .printer()
        .printf(
            "%-9s %12d  %s  %s%n",
            kind(entry), entry.getSize(), modified(entry), ShownName.of(name(entry)));
  }

  private static ObjectNode json(FileEntry entry) {
    return JsonMapper.shared()
        .createObjectNode()
        .put("path", entry.getPath())
        .put("kind", kind(entry))
        .put("size", entry.getSize())
        .put("modified", modified(entry))
        .put("mode", entry.getMode())
        .put("links", entry.getLinks());
  }

  private static String name(FileEntry entry) {
    return entry.getPath().substring(entry.getPath().lastIndexOf('/') + 1);
  }

  private static String kind(FileEntry entry) {
    return switch (entry.getKind()) {
      case FILE -> "file";
      case DIRECTORY -> "directory";
      case LINK -> "link";
      case OTHER, KIND_UNSPECIFIED, UNRECOGNIZED -> "other";
    };
  }

  private static String modified(FileEntry entry) {
    return DateTimeFormatter.ISO_INSTANT.format(
        Instant.ofEpochSecond(entry.getModified().getSeconds())
            .atOffset(ZoneOffset.UTC)
            .truncatedTo(ChronoUnit.SECONDS));
  }

  private int withEach(DaemonOption option, String session, List<String> paths, Step step) {
    return with(
        option,
        session,
        (files, id) -> {
          paths.forEach(path -> step.apply(files, id, path));
          return ExitStatus.OK;
        });
  }

  private int with(DaemonOption option, String session, Work work) {
    try (CaissonClient client = option.connect(context)) {
      return work.apply(client.files(), SessionsCommand.find(client.sessions(), session));
    } catch (CaissonException failure) {
      context.say(failure.getMessage(), failure.advice());
      return ExitStatus.FAILED;
    } catch (IOException e) {
      context.say(
          "a file of this machine cannot be read or written: " + FileTrouble.of(e),
          "check its name and its permissions");
      return ExitStatus.FAILED;
    }
  }
}
