package dev.caisson.daemon.runtime.docker;

import dev.caisson.daemon.runtime.RunningSandbox;
import dev.caisson.daemon.runtime.Specs;
import java.io.IOException;

/** A process of its own that creates a sandbox, says its id, and holds it until it is killed. */
final class AttachHolder {

  private AttachHolder() {}

  public static void main(String[] arguments) throws IOException {
    RunningSandbox sandbox =
        TestEngine.connect(arguments[0], "killed").create(Specs.spec(), TestEngine.soon());
    System.out.println(sandbox.id());
    // Blocks until the test kills this process.
    if (System.in.read() < 0) {
      System.exit(1);
    }
  }
}
