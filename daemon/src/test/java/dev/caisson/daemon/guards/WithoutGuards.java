package dev.caisson.daemon.guards;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caisson.daemon.guards.Mutant.Verdict;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Takes each guard of guards.yaml out in turn and sees its tests fail. Takes long, so it is no part
 * of the build and its name is none that the build looks for: {@code caisson test security
 * --without-guards} runs it, or {@code -Dtest=WithoutGuards}, with {@code
 * -Dcaisson.guards=host.memory,time.cpu} only some of it.
 *
 * <p>Threads: {@code -Dcaisson.guards.at_once} copies are tried side by side, each in JVMs of its
 * own; what is run with every guard in place is run side by side as well, so that what fails
 * because the machine is busy is seen there.
 */
final class WithoutGuards {

  private static final ExecutorService AT_ONCE =
      Executors.newFixedThreadPool(Integer.getInteger("caisson.guards.at_once", 2));

  private final GuardList list = GuardList.read();

  @AfterAll
  static void end() {
    AT_ONCE.shutdownNow();
  }

  /** Otherwise a test that always fails would prove every guard. */
  @TestFactory
  Stream<DynamicTest> withEveryGuardInPlaceTheTestsPass() {
    Map<String, List<String>> byClass =
        chosen()
            .flatMap(guard -> guard.tests().stream())
            .distinct()
            .collect(Collectors.groupingBy(name -> name.split("#", 2)[0]));
    return tried(byClass.entrySet().stream(), Map.Entry::getKey, this::withAll);
  }

  @TestFactory
  Stream<DynamicTest> withoutTheGuardItsTestsFail() {
    return tried(
        chosen().filter(guard -> !guard.tests().isEmpty()), WithoutGuards::title, this::without);
  }

  private void withAll(Map.Entry<String, List<String>> tests) {
    try (Mutant unchanged = Mutant.of(Map.of())) {
      Map<String, Verdict> verdicts = unchanged.run(tests.getValue());
      GuardRecord.INSTANCE.write("(none)", "", verdicts);
      assertThat(verdicts)
          .allSatisfy((test, verdict) ->
              assertThat(verdict.result()).as(test + ": " + verdict.why()).isEqualTo("PASSED"));
    }
  }

  private void without(Guard guard) {
    try (Mutant mutant = Mutant.of(list.edits(guard))) {
      Map<String, Verdict> verdicts = mutant.run(guard.tests());
      GuardRecord.INSTANCE.write(guard.id(), guard.row(), verdicts);
      assertThat(verdicts)
          .allSatisfy((test, verdict) ->
              assertThat(verdict.result()).as(test + ": " + verdict.why()).isEqualTo("FAILED"));
    } catch (IllegalStateException e) {
      GuardRecord.INSTANCE.write(
          guard.id(),
          guard.row(),
          guard.tests().stream()
              .collect(
                  Collectors.toMap(
                      t -> t, t -> new Verdict("BROKEN", String.valueOf(e.getMessage())))));
      throw e;
    }
  }

  /** All are begun now, as many at once as may be; each test waits for its own. */
  private static <T> Stream<DynamicTest> tried(
      Stream<T> things,
      java.util.function.Function<T, String> title,
      java.util.function.Consumer<T> trial) {
    return things
        .map(thing -> {
          Future<?> tried = AT_ONCE.submit(() -> trial.accept(thing));
          return DynamicTest.dynamicTest(title.apply(thing), () -> await(tried));
        })
        .toList()
        .stream();
  }

  private static void await(Future<?> trial) throws Throwable {
    try {
      trial.get();
    } catch (java.util.concurrent.ExecutionException e) {
      Throwable why = e.getCause();
      throw why == null ? e : why;
    }
  }

  private Stream<Guard> chosen() {
    String names = System.getProperty("caisson.guards", "");
    return names.isEmpty()
        ? list.guards().stream()
        : Arrays.stream(names.split(",")).map(list::find);
  }

  private static String title(Guard guard) {
    return guard.row().isEmpty() ? guard.id() : guard.row() + " " + guard.id();
  }
}
