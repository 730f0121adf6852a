package dev.caisson.daemon.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caisson.daemon.model.ByteSize;
import dev.caisson.daemon.model.RunOutcome;
import dev.caisson.daemon.policy.DisplayLimits;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DisplayBudgetTest {

  private static DisplayBudget of(int count, long bytes) {
    return new DisplayBudget(new DisplayLimits(count, new ByteSize(bytes)));
  }

  @Test
  void displaysUpToTheirNumberAreAdmittedAndTheNextIsDropped() {
    DisplayBudget budget = of(2, 100);

    assertThat(budget.admit(1)).isTrue();
    assertThat(budget.admit(1)).isTrue();
    assertThat(budget.dropped()).isZero();
    assertThat(budget.admit(1)).isFalse();
    assertThat(budget.dropped()).isEqualTo(1);
  }

  @Test
  void bytesUpToTheirLimitAreAdmittedAndOneMoreIsNotButWhatStillFitsIs() {
    DisplayBudget budget = of(9, 100);

    assertThat(budget.admit(90)).isTrue();
    assertThat(budget.admit(11)).isFalse();
    assertThat(budget.admit(10)).isTrue();
    assertThat(budget.admit(1)).isFalse();
    assertThat(budget.dropped()).isEqualTo(2);
  }

  @Test
  void tenTimesTheNumberAndAThousandMoreAreForgivenAndTheNextEndsTheRun() {
    DisplayBudget budget = of(2, 100);

    for (int i = 0; i < 1_020; i++) {
      budget.admit(0);
    }
    assertThat(budget.exhausted()).isEmpty();
    budget.admit(0);
    assertThat(budget.exhausted())
        .isEqualTo(
            Optional.of(
                new RunOutcome.LimitExceeded(
                    "output.displays",
                    "the program made more than 1020 displays; its limit is 2 (output.displays)")));
  }

  @Test
  void tenTimesTheBytesAndSomeMoreAreForgivenAndTheNextEndsTheRun() {
    DisplayBudget budget = of(2, 1 << 20);

    budget.admit(74 << 20);
    assertThat(budget.exhausted()).isEmpty();
    budget.admit(1);
    assertThat(budget.exhausted())
        .isEqualTo(
            Optional.of(
                new RunOutcome.LimitExceeded(
                    "output.display_bytes",
                    "the program showed more than 74 MiB; its limit is 1 MiB"
                        + " (output.display_bytes)")));
  }
}
