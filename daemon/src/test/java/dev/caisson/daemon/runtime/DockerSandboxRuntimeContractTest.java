package dev.caisson.daemon.runtime;

import dev.caisson.daemon.runtime.docker.DockerConfig;
import dev.caisson.daemon.runtime.docker.DockerSandboxRuntime;
import java.util.List;

/** Docker with gVisor keeps the contract. */
final class DockerSandboxRuntimeContractTest extends SandboxRuntimeContract {

  @Override
  SandboxRuntime open(String owner, String generation) {
    return connect(owner, generation, CommandProgram.PYTHON);
  }

  static DockerSandboxRuntime connect(String owner, String generation, List<String> command) {
    DockerConfig defaults = DockerConfig.of(System.getenv(), owner, generation);
    return DockerSandboxRuntime.connect(
        new DockerConfig(defaults.socket(), defaults.runtime(), owner, generation, command),
        soon());
  }
}
