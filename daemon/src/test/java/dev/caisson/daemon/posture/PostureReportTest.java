package dev.caisson.daemon.posture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caisson.daemon.runtime.Fact;
import dev.caisson.daemon.runtime.Specs;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What makes a report hold; that a daemon heeds it is tried on the real engine. */
class PostureReportTest {

  @Test
  void whatIsFoundInsideHasToBeAllThatIsExpectedAndNothingElse() {
    String found =
        json(
            InsidePosture.expected(Specs.LIMITS).entrySet().stream()
                .map(e -> '"' + e.getKey() + "\":\"" + e.getValue() + '"'));

    assertThat(new PostureReport(InsidePosture.facts(found, Specs.LIMITS)).differences()).isEmpty();
  }

  @Test
  void whatIsMissingUnknownOrOtherwiseIsADifference() {
    String found =
        json(
            Stream.concat(
                InsidePosture.expected(Specs.LIMITS).entrySet().stream()
                    .filter(e -> !e.getKey().equals("seccomp"))
                    .map(e ->
                        '"'
                            + e.getKey()
                            + "\":\""
                            + (e.getKey().equals("network") ? "eth0 lo" : e.getValue())
                            + '"'),
                Stream.of("\"mount /host\":\"9p rw\"")));

    PostureReport report = new PostureReport(InsidePosture.facts(found, Specs.LIMITS));

    assertThat(report.holds()).isFalse();
    assertThat(report.differences())
        .isEqualTo(
            """
            DIFFERS inside mount /host: expected (nothing), is 9p rw
            DIFFERS inside network: expected lo, is eth0 lo
            DIFFERS inside seccomp: expected 2, is (nothing)\
            """);
  }

  @Test
  void aReportThatCannotBeReadDoesNotHold() {
    assertThat(new PostureReport(InsidePosture.facts("nonsense", Specs.LIMITS)).holds()).isFalse();
    assertThatThrownBy(() -> new PostureReport(List.of()))
        .hasMessage("a report without facts proves nothing");
  }

  @Test
  void aFactSaysWhatShouldBeAndWhatIs() {
    assertThat(new Fact("host", "tasks", "5", "5")).hasToString("ok      host   tasks: 5");
    assertThat(new Fact("host", "tasks", "5", "max"))
        .hasToString("DIFFERS host   tasks: expected 5, is max");
  }

  private static String json(Stream<String> entries) {
    return entries.collect(Collectors.joining(",", "{", "}"));
  }
}
