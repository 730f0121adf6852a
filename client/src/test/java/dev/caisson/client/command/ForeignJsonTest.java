package dev.caisson.client.command;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ForeignJsonTest {

  @Test
  void whatIsAsDeepAsTheContractAllowsIsRead() {
    assertThat(ForeignJson.read("[".repeat(64) + "]".repeat(64))).isPresent();
  }

  @Test
  void whatIsDeeperIsNot() {
    assertThat(ForeignJson.read("[".repeat(65) + "]".repeat(65))).isEmpty();
    assertThat(ForeignJson.read("{\"a\":".repeat(100_000))).isEmpty();
  }

  @Test
  void whatIsNoJsonIsNot() {
    assertThat(ForeignJson.read("NaN")).isEmpty();
  }
}
