package dev.caisson.daemon.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.caisson.daemon.channel.FrameKind;
import dev.caisson.daemon.channel.ScriptedAgent;
import dev.caisson.daemon.model.Identity;
import dev.caisson.daemon.model.SessionId;
import dev.caisson.daemon.model.Ticker;
import dev.caisson.daemon.policy.PolicyStore;
import dev.caisson.daemon.run.ScriptedSandboxes;
import dev.caisson.daemon.session.SessionFiles;
import dev.caisson.daemon.session.SessionRegistry;
import dev.caisson.daemon.session.SessionSpec;
import dev.caisson.v1.FileServiceGrpc;
import dev.caisson.v1.ReadFileRequest;
import dev.caisson.v1.ReadFileResponse;
import dev.caisson.v1.WriteFileRequest;
import dev.caisson.v1.WriteFileResponse;
import dev.caisson.v1.WriteFileStart;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Streams of files, between a caller and an agent that the test plays. */
@Timeout(60)
class FileEndpointTest {

  private static final Duration NEVER = Duration.ofDays(1);
  private static final Duration SHORT = Duration.ofMillis(30);
  private static final SessionId ID = new SessionId("session-1");
  private static final String ENTRY =
      "{\"name\":\"file\",\"kind\":\"file\",\"size\":%d,\"modified\":1,\"mode\":420,\"links\":1}";

  private final ScriptedSandboxes sandboxes = new ScriptedSandboxes();
  private final ScriptedAgent agent = ScriptedAgent.alive();
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final SessionRegistry registry =
      new SessionRegistry(
          sandboxes,
          PolicyStore.shipped(),
          () -> ID,
          1,
          timer,
          Ticker.SYSTEM,
          InstantSource.system());
  private final List<Runnable> ends = new ArrayList<>();

  @AfterEach
  void end() {
    ends.forEach(Runnable::run);
    registry.close();
    timer.shutdownNow();
    assertThat(sandboxes.leased).hasValue(0);
  }

  @Test
  void aCallerWhoSendsNothingIsGivenUpAndNothingIsWritten() throws Exception {
    Answer<WriteFileRequest, WriteFileResponse> answer = new Answer<>(1);
    write(serve(SHORT), answer);

    assertThatThrownBy(answer::get)
        .hasMessageContaining(
            "DEADLINE_EXCEEDED: nothing came for 30ms; nothing was written, so send it anew and without a pause");
    agent.awaits(FrameKind.FILE_CANCEL);
  }

  @Test
  void aCallerWhoReadsNothingIsGivenUp() throws Exception {
    Answer<ReadFileRequest, ReadFileResponse> answer = new Answer<>(0);
    read(serve(SHORT), answer);
    agent.says(FrameKind.FILE_FOUND, 1, "{\"entry\":%s}".formatted(ENTRY.formatted(100)));
    agent.awaits(FrameKind.FILE_CANCEL);
    answer.reads();

    assertThatThrownBy(answer::get)
        .hasMessageContaining(
            "DEADLINE_EXCEEDED: nothing was read for 30ms; ask again for the rest, from the offset that you have");
  }

  @Test
  void whoeverDeletesTheSessionMeanwhileIsNotToldToResetIt() throws Exception {
    Answer<ReadFileRequest, ReadFileResponse> answer = new Answer<>(9);
    read(serve(NEVER), answer);

    registry.delete(Identity.LOCAL, ID);

    assertThatThrownBy(answer::get)
        .hasMessageContaining(
            "NOT_FOUND: session session-1 is over: it was deleted; create another one");
  }

  /** Else the next request would sometimes be one too many. */
  @Test
  void theUseOfTheSessionHasEndedWhenTheCallerHearsThatAReadHas() throws Exception {
    Answer<ReadFileRequest, ReadFileResponse> answer = new Answer<>(9, this::useAll);
    read(serve(NEVER), answer);
    agent.says(FrameKind.FILE_FOUND, 1, "{\"entry\":%s}".formatted(ENTRY.formatted(0)));
    agent.says(FrameKind.FILE_DONE, 1, "{\"bytes\":0,\"size\":0,\"changed\":false}");

    answer.get();
  }

  @Test
  void theUseOfTheSessionHasEndedWhenTheCallerHearsThatAWriteHas() throws Exception {
    Answer<WriteFileRequest, WriteFileResponse> answer = new Answer<>(9, this::useAll);
    StreamObserver<WriteFileRequest> requests = write(serve(NEVER), answer);
    requests.onNext(WriteFileRequest.newBuilder().setData(ByteString.copyFromUtf8("x")).build());
    requests.onCompleted();
    agent.awaits(FrameKind.FILE_PUT_END);
    agent.says(FrameKind.FILE_DONE, 1, "{\"entry\":%s}".formatted(ENTRY.formatted(1)));

    answer.get();
  }

  // ---- the scene ----

  /** As many uses as a session may have. */
  private void useAll() {
    List<SessionFiles> all = new ArrayList<>();
    for (int n = 0; n < 6; n++) {
      all.add(registry.files(Identity.LOCAL, ID));
    }
    all.forEach(SessionFiles::close);
  }

  /** A session, and the service on the caller's own thread: what it says is heard at once. */
  private ManagedChannel serve(Duration patience) throws IOException, InterruptedException {
    sandboxes.agents.add(agent);
    var unused =
        registry.create(
            new SessionSpec(
                Identity.LOCAL,
                "",
                "",
                "",
                SessionSpec.DEFAULT_IDLE_TIMEOUT,
                SessionSpec.DEFAULT_TIME_TO_LIVE));
    String name = InProcessServerBuilder.generateName();
    Server server =
        InProcessServerBuilder.forName(name)
            .directExecutor()
            .addService(new FileEndpoint(registry, patience))
            .build()
            .start();
    ManagedChannel channel = InProcessChannelBuilder.forName(name).directExecutor().build();
    ends.add(channel::shutdownNow);
    ends.add(server::shutdownNow);
    return channel;
  }

  private void read(ManagedChannel channel, Answer<ReadFileRequest, ReadFileResponse> answer)
      throws InterruptedException {
    FileServiceGrpc.newStub(channel)
        .readFile(
            ReadFileRequest.newBuilder().setSessionId(ID.value()).setPath("file").build(), answer);
    agent.awaits(FrameKind.FILE_READ);
  }

  private StreamObserver<WriteFileRequest> write(
      ManagedChannel channel, Answer<WriteFileRequest, WriteFileResponse> answer)
      throws InterruptedException {
    StreamObserver<WriteFileRequest> requests = FileServiceGrpc.newStub(channel).writeFile(answer);
    requests.onNext(
        WriteFileRequest.newBuilder()
            .setStart(WriteFileStart.newBuilder().setSessionId(ID.value()).setPath("file"))
            .build());
    agent.awaits(FrameKind.FILE_WRITE);
    return requests;
  }

  /** How a call ends, and what the caller does when it hears of that. */
  private static final class Answer<Q, R> implements ClientResponseObserver<Q, R> {

    private final CompletableFuture<Boolean> end = new CompletableFuture<>();
    private final CompletableFuture<ClientCallStreamObserver<Q>> call = new CompletableFuture<>();
    private final int first;
    private final Runnable atEnd;

    Answer(int first) {
      this(first, () -> {});
    }

    /**
     * @param first how many responses it reads by itself
     */
    Answer(int first, Runnable atEnd) {
      this.first = first;
      this.atEnd = atEnd;
    }

    void reads() {
      call.join().request(9);
    }

    void get() throws Exception {
      var unused = end.get();
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<Q> stream) {
      stream.disableAutoRequestWithInitial(first);
      call.complete(stream);
    }

    @Override
    public void onNext(R response) {}

    @Override
    public void onError(Throwable error) {
      end.completeExceptionally(error);
    }

    @Override
    public void onCompleted() {
      try {
        atEnd.run();
        end.complete(true);
      } catch (RuntimeException e) {
        end.completeExceptionally(e);
      }
    }
  }
}
