package dev.caisson.daemon.runtime;

import dev.caisson.daemon.runtime.docker.TestEngine;

/** Docker with gVisor keeps the contract. */
final class DockerSandboxRuntimeContractTest extends SandboxRuntimeContract {

  @Override
  SandboxRuntime open(String owner, String generation) {
    return TestEngine.connect(owner, generation);
  }
}
