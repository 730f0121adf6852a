package dev.caisson.daemon.runtime;

/** The fake keeps the contract, so what is tested on it holds for the real ones. */
final class FakeSandboxRuntimeTest extends SandboxRuntimeContract {

  private final FakeEngine engine = new FakeEngine();

  @Override
  SandboxRuntime open(String owner, String generation) {
    return new FakeSandboxRuntime(engine, owner, generation, spec -> new CommandProgram());
  }
}
