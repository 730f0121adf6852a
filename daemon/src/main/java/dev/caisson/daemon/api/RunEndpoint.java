package dev.caisson.daemon.api;

import dev.caisson.daemon.run.RunRegistry;
import dev.caisson.v1.RunRequest;
import dev.caisson.v1.RunResponse;
import dev.caisson.v1.RunServiceGrpc;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;

/** RunService: every call becomes a {@link RunStream}. */
public final class RunEndpoint extends RunServiceGrpc.RunServiceImplBase {

  private final RunRegistry registry;

  public RunEndpoint(RunRegistry registry) {
    this.registry = registry;
  }

  @Override
  public StreamObserver<RunRequest> run(StreamObserver<RunResponse> responses) {
    return RunStream.open(registry, (ServerCallStreamObserver<RunResponse>) responses);
  }
}
