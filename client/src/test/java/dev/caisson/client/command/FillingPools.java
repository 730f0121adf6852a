package dev.caisson.client.command;

import dev.caisson.v1.GetPoolRequest;
import dev.caisson.v1.GetPoolResponse;
import dev.caisson.v1.Pool;
import dev.caisson.v1.PoolServiceGrpc;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.atomic.AtomicInteger;

/** A pool that is full at the third question, and so it stays. */
final class FillingPools extends PoolServiceGrpc.PoolServiceImplBase {

  static final int FULL_AT = 3;

  final AtomicInteger asked = new AtomicInteger();

  @Override
  public void getPool(GetPoolRequest request, StreamObserver<GetPoolResponse> responses) {
    int warm = Math.min(asked.incrementAndGet(), FULL_AT);
    responses.onNext(
        GetPoolResponse.newBuilder()
            .addPools(Pool.newBuilder().setTarget(FULL_AT).setWarm(warm))
            .build());
    responses.onCompleted();
  }
}
