package dev.caisson.client;

import dev.caisson.v1.RunRequest;
import dev.caisson.v1.RunResponse;
import dev.caisson.v1.RunServiceGrpc;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * A RunService that plays scripts: the first run gets the first script, and so on. Each is played
 * on a virtual thread of its own.
 */
public final class ScriptedRunService extends RunServiceGrpc.RunServiceImplBase {

  /** What the daemon does in one run. */
  @FunctionalInterface
  public interface Script {
    void play(Scene scene) throws Exception;
  }

  private record Part(Script script, CompletableFuture<Void> played) {}

  private final BlockingQueue<Part> parts = new LinkedBlockingQueue<>();

  /** Adds a script; the future tells how its playing went. */
  public CompletableFuture<Void> plays(Script script) {
    Part part = new Part(script, new CompletableFuture<>());
    parts.add(part);
    return part.played();
  }

  @Override
  public StreamObserver<RunRequest> run(StreamObserver<RunResponse> responses) {
    Scene scene = new Scene((ServerCallStreamObserver<RunResponse>) responses);
    Part part = parts.poll();
    if (part == null) {
      responses.onError(Status.FAILED_PRECONDITION.withDescription("no script").asException());
      return scene;
    }
    Thread.ofVirtual().name("script").start(() -> play(part, scene));
    return scene;
  }

  private static void play(Part part, Scene scene) {
    try {
      part.script().play(scene);
      part.played().complete(null);
    } catch (Throwable failure) {
      part.played().completeExceptionally(failure);
    }
  }
}
