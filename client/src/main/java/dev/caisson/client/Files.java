package dev.caisson.client;

import dev.caisson.v1.DeleteFileRequest;
import dev.caisson.v1.FileEntry;
import dev.caisson.v1.FileServiceGrpc;
import dev.caisson.v1.FileServiceGrpc.FileServiceBlockingStub;
import dev.caisson.v1.ListFilesRequest;
import dev.caisson.v1.ListFilesResponse;
import dev.caisson.v1.MakeDirectoryRequest;
import dev.caisson.v1.ReadFileRequest;
import dev.caisson.v1.ReadFileResponse;
import dev.caisson.v1.StatFileRequest;
import dev.caisson.v1.WriteFileStart;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * The files of sessions: what their programs find in the directory in which they start. Paths are
 * relative to it. Names and bytes come from code nobody trusts: data, whatever they look like. Safe
 * for many threads; every failure of the daemon or the request is a {@link CaissonException}.
 */
public final class Files {

  /** The daemon gives up on a sandbox that makes no step for a minute. */
  private static final int PATIENCE_SECONDS = 90;

  private final Sessions.Question question;

  Files(Sessions.Question question) {
    this.question = question;
  }

  /**
   * All entries of a directory in the order of the bytes of their names, as they come. Gives how
   * many further names are not UTF-8, which nobody can ask for.
   *
   * @param path empty for the workspace itself
   */
  public long list(String session, String path, Consumer<FileEntry> ear) {
    ListFilesRequest.Builder request =
        ListFilesRequest.newBuilder().setSessionId(session).setPath(path);
    while (true) {
      ListFilesResponse page = page(request.build());
      page.getEntriesList().forEach(ear);
      if (page.getNextPageToken().isEmpty()) {
        return page.getUnlisted();
      }
      request.setPageToken(page.getNextPageToken());
    }
  }

  /** One page of a directory. */
  public ListFilesResponse page(ListFilesRequest request) {
    return ask(service -> service.listFiles(request));
  }

  /** What a name is; of a link the link itself. */
  public FileEntry stat(String session, String path) {
    return ask(service ->
        service
            .statFile(StatFileRequest.newBuilder().setSessionId(session).setPath(path).build())
            .getEntry());
  }

  /**
   * Reads a file to its end, as fast as {@code out} takes it. Gives whether it was changed
   * meanwhile, and its size.
   *
   * @throws IOException when {@code out} does
   */
  public ReadFileResponse.End read(String session, String path, OutputStream out)
      throws IOException {
    return read(ReadFileRequest.newBuilder().setSessionId(session).setPath(path).build(), out);
  }

  /** The same for a part of a file. */
  public ReadFileResponse.End read(ReadFileRequest request, OutputStream out) throws IOException {
    FileDownload download = new FileDownload(request, out);
    ReadFileResponse.End end = question.ask(download::carry);
    download.throwIfFailed();
    return end;
  }

  /**
   * Writes a file to the end of {@code in}. It appears at the end, all at once; after a failure the
   * one before it is whole.
   *
   * @throws IOException when {@code in} does
   */
  public FileEntry write(WriteFileStart start, InputStream in) throws IOException {
    FileUpload upload = new FileUpload(start, in);
    FileEntry entry = question.ask(upload::carry);
    upload.throwIfFailed();
    return entry;
  }

  /**
   * Deletes a file, a link or a directory. Gives how many names.
   *
   * @param recursive a directory with all that is in it
   */
  public long delete(String session, String path, boolean recursive) {
    return ask(service ->
        service
            .deleteFile(
                DeleteFileRequest.newBuilder()
                    .setSessionId(session)
                    .setPath(path)
                    .setRecursive(recursive)
                    .build())
            .getRemoved());
  }

  /**
   * Makes a directory. Gives whether it was not there before.
   *
   * @param parents those on the way too
   */
  public boolean makeDirectory(String session, String path, boolean parents) {
    return ask(service ->
        service
            .makeDirectory(
                MakeDirectoryRequest.newBuilder()
                    .setSessionId(session)
                    .setPath(path)
                    .setMakeParents(parents)
                    .build())
            .getCreated());
  }

  private <T> T ask(Function<FileServiceBlockingStub, T> call) {
    return question.ask(channel ->
        call.apply(
            FileServiceGrpc.newBlockingStub(channel)
                .withDeadlineAfter(PATIENCE_SECONDS, TimeUnit.SECONDS)));
  }
}
