package dev.caisson.daemon.guards;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caisson.daemon.security.Attack;
import dev.caisson.daemon.security.Corpus;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.platform.commons.annotation.Testable;
import org.junit.platform.commons.support.AnnotationSupport;

/** The list of guards fits the sources that it names. */
final class GuardListTest {

  /** What an attack says when no edit could take out what stops it. */
  private static final String NO_LINE_OF_OURS = "gVisor|(by design|set-up): .+";

  private final GuardList list = GuardList.read();

  @TestFactory
  Stream<DynamicTest> whatTakesAGuardOutIsStillThere() {
    return list.guards().stream()
        .map(guard ->
            DynamicTest.dynamicTest(
                guard.id(),
                () ->
                    list.edits(guard)
                        .forEach((file, edits) ->
                            assertThat(GuardList.edited(file, edits)).isNotEmpty())));
  }

  @TestFactory
  Stream<DynamicTest> theTestsOfAGuardAreThere() {
    return list.guards().stream()
        .flatMap(guard -> guard.tests().stream())
        .distinct()
        .map(name ->
            DynamicTest.dynamicTest(
                name,
                () ->
                    assertThat(
                            AnnotationSupport.isAnnotated(NamedTests.method(name), Testable.class))
                        .isTrue()));
  }

  @Test
  void everyGuardThatAnAttackNamesIsOneThatCanBeTakenOutOrSaysWhyNot() {
    Set<String> known = list.guards().stream().map(Guard::id).collect(Collectors.toSet());

    assertThat(Corpus.attacks().flatMap(method -> Arrays.stream(Corpus.attack(method).guards())))
        .allMatch(name -> known.contains(name) || name.matches(NO_LINE_OF_OURS));
  }

  @Test
  void anAttackThatFailsWithoutAGuardNamesIt() {
    for (Guard guard : list.guards()) {
      for (String test : guard.tests()) {
        Method method = NamedTests.method(test);
        if (method.isAnnotationPresent(Attack.class)) {
          assertThat(Corpus.attack(method).guards()).as(test).contains(guard.id());
        }
      }
    }
  }

  /** A row that would pass without any guard proves none. */
  @Test
  void everyRowFailsWithoutOneOfItsGuardsOrHasNoneThatCanBeTakenOut() {
    Set<String> guarded =
        Corpus.attacks()
            .map(Corpus::attack)
            .filter(attack ->
                !Arrays.stream(attack.guards()).allMatch(name -> name.matches(NO_LINE_OF_OURS)))
            .map(Attack::row)
            .collect(Collectors.toCollection(TreeSet::new));
    Set<String> proven =
        list.guards().stream()
            .flatMap(guard -> guard.tests().stream())
            .map(NamedTests::method)
            .filter(method -> method.isAnnotationPresent(Attack.class))
            .map(method -> Corpus.attack(method).row())
            .collect(Collectors.toCollection(TreeSet::new));

    guarded.removeAll(proven);
    assertThat(guarded).isEmpty();
  }

  @Test
  void noIdIsThereTwice() {
    List<String> ids = list.guards().stream().map(Guard::id).toList();

    assertThat(new HashSet<>(ids)).hasSameSizeAs(ids);
  }

  @Test
  void aTextThatIsGoneOrThereTwiceIsAnError() {
    assertThatThrownBy(() -> new Guard.Edit("A.java", "x", "").applyTo("y"))
        .hasMessage("A.java has no longer: x");
    assertThatThrownBy(() -> new Guard.Edit("A.java", "x", "").applyTo("x x"))
        .hasMessage("A.java has more than once: x");
  }
}
