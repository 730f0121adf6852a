package dev.caisson.mcp.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caisson.mcp.relay.Approvals.Answer;
import dev.caisson.mcp.relay.Approvals.Answer.Choice;
import dev.caisson.mcp.relay.Approvals.Question;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TerminalApprovalsTest {

  private static final Question PAY =
      new Question("mail", "pay", "{\"to\":\"a\"}", "tools.ask[0] (x.yaml:3)");

  @ParameterizedTest
  @CsvSource({
    "y, ALLOW",
    "YES, ALLOW",
    "a, ALLOW_FOR_RUN",
    "always, ALLOW_FOR_RUN",
    "n, DENY",
    "'', DENY",
    "yess, DENY"
  })
  void what_a_person_types_is_the_answer_and_anything_else_is_no(String typed, String choice)
      throws IOException {
    var shown = new ByteArrayOutputStream();

    var answer =
        TerminalApprovals.asked(
            PAY,
            Channels.newChannel(
                new ByteArrayInputStream((typed + "\n").getBytes(StandardCharsets.UTF_8))),
            Channels.newChannel(shown));

    assertThat(answer.choice()).isEqualTo(Choice.valueOf(choice));
    assertThat(shown.toString(StandardCharsets.UTF_8))
        .isEqualTo(
            """

            A program in the sandbox wants to call pay of the server mail.
            Arguments: {"to":"a"}
            The policy asks for approval: tools.ask[0] (x.yaml:3)
            """
                + "Allow it? [y]es, [a]lways in this run, [N]o: ");
  }

  @Test
  void without_a_terminal_the_answer_is_no_and_standard_error_says_so(@TempDir Path folder)
      throws InterruptedException {
    var stderr = new ByteArrayOutputStream();

    var answer =
        new TerminalApprovals(
                folder.resolve("none"), new PrintStream(stderr, true, StandardCharsets.UTF_8))
            .ask(PAY);

    assertThat(answer).isEqualTo(Answer.deny("there is no terminal to ask at"));
    assertThat(stderr.toString(StandardCharsets.UTF_8))
        .isEqualTo(
            "caisson: denied a call of mail.pay: the policy asks for approval (tools.ask[0]"
                + " (x.yaml:3)), and there is no terminal to ask at\n");
  }
}
