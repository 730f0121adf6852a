package dev.caisson.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caisson.v1.ToolFailure;
import dev.caisson.v1.ToolResult;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ToolCallTest {

  @TempDir Path folder;
  private ScriptedDaemon daemon;
  private CaissonClient client;

  @BeforeEach
  void start() throws Exception {
    daemon = new ScriptedDaemon(folder);
    client = CaissonClient.connect(daemon.socket());
  }

  @AfterEach
  void stop() {
    client.close();
    daemon.close();
  }

  @Test
  void aCallReachesTheHandlerAndItsAnswerTheDaemon() throws Exception {
    CompletableFuture<ToolResult> answer = oneCall();

    client.run(
        RunOptions.code("x"),
        RunListener.answering(call -> {
          assertThat(call)
              .isEqualTo(new ToolCall("c1", "weather", "get-weather", "{\"city\":\"Zürich\"}"));
          return ToolAnswer.json("{\"temperature\":3}");
        }));

    assertThat(answer.get().getCallId()).isEqualTo("c1");
    assertThat(answer.get().getValueJson().toStringUtf8()).isEqualTo("{\"temperature\":3}");
  }

  @Test
  void anMcpResultIsRelayedAsItIs() throws Exception {
    CompletableFuture<ToolResult> answer = oneCall();

    client.run(
        RunOptions.code("x"), RunListener.answering(_ -> ToolAnswer.mcpResult("{\"content\":[]}")));

    assertThat(answer.get().getMcpResultJson().toStringUtf8()).isEqualTo("{\"content\":[]}");
  }

  @Test
  void aHandlerThatThrowsFailsItsCallWithTheMessage() throws Exception {
    CompletableFuture<ToolResult> answer = oneCall();

    RunResult result =
        client.run(
            RunOptions.code("x"),
            RunListener.answering(_ -> {
              throw new java.io.IOException("no such city");
            }));

    assertThat(result.succeeded()).isTrue();
    assertThat(answer.get().getFailure())
        .isEqualTo(
            ToolFailure.newBuilder()
                .setReason(ToolFailure.Reason.TOOL_ERROR)
                .setMessage("no such city")
                .build());
  }

  @Test
  void aRunWithoutAHandlerAnswersThatNobodyAnswers() throws Exception {
    CompletableFuture<ToolResult> answer = oneCall();

    client.run(RunOptions.code("x"), RunListener.silent());

    assertThat(answer.get().getFailure().getReason()).isEqualTo(ToolFailure.Reason.UNAVAILABLE);
    assertThat(answer.get().getFailure().getMessage())
        .isEqualTo("nobody answers tool calls in this run");
  }

  @Test
  void manyCallsAreInFlightAtOnceAndAnsweredInAnyOrder() throws Exception {
    int calls = 200;
    Map<String, String> answers = new ConcurrentHashMap<>();
    daemon
        .runs()
        .plays(scene -> {
          scene.start();
          scene.accept();
          for (int i = 0; i < calls; i++) {
            scene.callTool("c" + i, Integer.toString(i));
          }
          for (int i = 0; i < calls; i++) {
            ToolResult result = scene.answer();
            answers.put(result.getCallId(), result.getValueJson().toStringUtf8());
          }
          scene.succeed();
        });
    CyclicBarrier allThere = new CyclicBarrier(calls);

    RunResult result =
        client.run(
            RunOptions.code("x"),
            RunListener.answering(call -> {
              allThere.await(); // No call is answered before every call has come.
              return ToolAnswer.json("-" + call.argumentsJson());
            }));

    assertThat(result.succeeded()).isTrue();
    assertThat(answers).hasSize(calls);
    answers.forEach((id, json) -> assertThat(json).isEqualTo("-" + id.substring(1)));
  }

  @Test
  void aWithdrawnCallInterruptsItsHandlerAndIsNotAnswered() throws Exception {
    CountDownLatch handling = new CountDownLatch(1);
    CountDownLatch interrupted = new CountDownLatch(1);
    CompletableFuture<String> answered = new CompletableFuture<>();
    daemon
        .runs()
        .plays(scene -> {
          scene.start();
          scene.accept();
          scene.callTool("c1", "{}");
          handling.await();
          scene.withdrawCall("c1");
          interrupted.await();
          scene.callTool("c2", "{}");
          answered.complete(scene.answer().getCallId());
          scene.succeed();
        });

    client.run(
        RunOptions.code("x"),
        RunListener.answering(call -> {
          if (call.id().equals("c1")) {
            handling.countDown();
            try {
              new CountDownLatch(1).await();
            } catch (InterruptedException wanted) {
              interrupted.countDown();
            }
          }
          return ToolAnswer.json("1");
        }));

    assertThat(answered.get()).isEqualTo("c2");
  }

  @Test
  void theEndOfTheRunInterruptsTheHandlersThatAreLeft() throws Exception {
    CountDownLatch handling = new CountDownLatch(1);
    CountDownLatch interrupted = new CountDownLatch(1);
    daemon
        .runs()
        .plays(scene -> {
          scene.start();
          scene.accept();
          scene.callTool("c1", "{}");
          handling.await();
          scene.succeed();
        });

    client.run(
        RunOptions.code("x"),
        RunListener.answering(_ -> {
          handling.countDown();
          try {
            new CountDownLatch(1).await();
          } catch (InterruptedException wanted) {
            interrupted.countDown();
          }
          return ToolAnswer.json("1");
        }));

    interrupted.await();
  }

  private CompletableFuture<ToolResult> oneCall() {
    CompletableFuture<ToolResult> answer = new CompletableFuture<>();
    daemon
        .runs()
        .plays(scene -> {
          scene.start();
          scene.accept();
          scene.callTool("c1", "{\"city\":\"Zürich\"}");
          answer.complete(scene.answer());
          scene.succeed();
        });
    return answer;
  }
}
