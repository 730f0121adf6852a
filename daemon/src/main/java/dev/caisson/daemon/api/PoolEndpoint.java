package dev.caisson.daemon.api;

import dev.caisson.daemon.policy.LivePolicies;
import dev.caisson.daemon.pool.PoolStats;
import dev.caisson.v1.GetPoolRequest;
import dev.caisson.v1.GetPoolResponse;
import dev.caisson.v1.Pool;
import dev.caisson.v1.PoolServiceGrpc;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.Locale;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** PoolService: the pools as they are now. */
public final class PoolEndpoint extends PoolServiceGrpc.PoolServiceImplBase {

  /** A pool and the policies that draw from it. */
  public record NamedPool(List<String> policies, PoolStats stats) {

    public NamedPool {
      policies = List.copyOf(policies);
    }
  }

  private final Supplier<List<NamedPool>> pools;
  private final Supplier<LivePolicies.State> policies;
  private final BooleanSupplier serving;
  private final String version;
  private final String generation;

  public PoolEndpoint(
      Supplier<List<NamedPool>> pools,
      Supplier<LivePolicies.State> policies,
      BooleanSupplier serving,
      String version,
      String generation) {
    this.pools = pools;
    this.policies = policies;
    this.serving = serving;
    this.version = version;
    this.generation = generation;
  }

  @Override
  public void getPool(GetPoolRequest request, StreamObserver<GetPoolResponse> responses) {
    LivePolicies.State state = policies.get();
    GetPoolResponse.Builder response =
        GetPoolResponse.newBuilder()
            .setDaemonVersion(version)
            .setGeneration(generation)
            .setPid(ProcessHandle.current().pid())
            .setServing(serving.getAsBoolean())
            .setPolicyGeneration(state.generation())
            .setPolicyRefusal(state.refusal().orElse(""));
    pools.get().forEach(pool -> response.addPools(pool(pool)));
    responses.onNext(response.build());
    responses.onCompleted();
  }

  private static Pool pool(NamedPool named) {
    PoolStats stats = named.stats();
    Pool.Builder pool =
        Pool.newBuilder()
            .addAllPolicies(named.policies())
            .setImage(stats.shape().image())
            .setTarget(stats.target())
            .setWarm(stats.warm())
            .setCreating(stats.creating())
            .setLeased(stats.leased())
            .setDestroying(stats.destroying())
            .setCreatedTotal(stats.created())
            .setDestroyedTotal(stats.destroyed())
            .setLastError(stats.lastError().orElse(""));
    stats
        .departures()
        .forEach(
            (reason, count) -> pool.putDepartures(reason.name().toLowerCase(Locale.ROOT), count));
    return pool.build();
  }
}
