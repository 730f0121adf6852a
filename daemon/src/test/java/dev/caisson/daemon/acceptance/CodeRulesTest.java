package dev.caisson.daemon.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caisson.daemon.app.RunningDaemon;
import dev.caisson.v1.RunFinished.Outcome;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Programs that a policy refuses by their text, in real sandboxes. */
class CodeRulesTest {

  @TempDir static Path folder;

  private static RunningDaemon daemon;
  private static RunClient client;

  @BeforeAll
  static void start() {
    daemon =
        RunningDaemon.start(
            folder,
            2,
            Map.of(
                "strict",
                """
                code:
                  refuse_imports: [socket, "os.*"]
                  refuse_builtins: [eval, exec]
                  refuse_attributes: ["*.__subclasses__", os.system]
                """));
    client = new RunClient(daemon.socket());
  }

  @AfterAll
  static void end() {
    client.close();
    daemon.close();
  }

  @Test
  void aProgramThatHoldsWhatThePolicyRefusesIsDeniedWithLineAndRuleAndNothingOfItRuns() {
    Transcript run =
        strict(
            """
            print('here')
            import socket
            from os import path
            e = eval
            ().__class__.__subclasses__()
            __import__('socket')
            """);

    assertThat(run.outcome()).isEqualTo(Outcome.POLICY_DENIED);
    assertThat(run.exitCode()).isEqualTo(126);
    assertThat(run.output()).isEmpty();
    assertThat(run.message())
        .isEqualTo(
            """
            the program was refused before it ran: line 2: the policy refuses importing 'socket'; \
            decided by code.refuse_imports[0] (strict.yaml:2)
            line 3: the policy refuses importing 'os.path'; decided by code.refuse_imports[1] \
            (strict.yaml:2)
            line 4: the policy refuses the builtin 'eval'; decided by code.refuse_builtins[0] \
            (strict.yaml:3)
            line 5: the policy refuses the attribute '(...).__class__.__subclasses__'; decided by \
            code.refuse_attributes[0] (strict.yaml:4)
            line 6: the policy refuses importing 'socket'; decided by code.refuse_imports[0] \
            (strict.yaml:2)\
            """);
  }

  @Test
  void aProgramThatHoldsNothingRefusedRuns() {
    assertThat(strict("import json\nprint(json.dumps([1]))").stdout()).isEqualTo("[1]\n");
  }

  @Test
  void aSyntaxErrorIsTheProgramsOwn() {
    Transcript run = strict("import socket\nx = = 1");

    assertThat(run.outcome()).isEqualTo(Outcome.FAILED);
    assertThat(run.finished().getException().getType()).isEqualTo("SyntaxError");
  }

  @Test
  void anotherPolicyRefusesNothingOfIt() {
    assertThat(client.run("import socket\nprint(eval('1'))").stdout()).isEqualTo("1\n");
  }

  private static Transcript strict(String code) {
    return client.run(RunClient.program(code).setPolicy("strict"));
  }
}
