package dev.caisson.daemon.guards;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.platform.commons.annotation.Testable;
import org.junit.platform.commons.support.AnnotationSupport;

/** The list of guards fits the sources that it names. */
final class GuardListTest {

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
