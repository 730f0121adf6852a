package dev.caisson.daemon.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What the daemon checks of a call's arguments, and that nobody's schema can make it stop. */
class ArgumentSchemaTest {

  private static final String TOO_MUCH =
      "checking the arguments against the tool's schema took too much work";
  private static final String UNFIT = "the arguments do not fit the tool's schema: ";
  private static final String UNCHECKABLE =
      "the arguments cannot be checked against the tool's schema";

  @Test
  void argumentsThatFitLeave() {
    assertThat(fault("{\"properties\":{\"n\":{\"type\":\"integer\"}}}", "{\"n\":1}")).isEmpty();
  }

  @Test
  void whatDoesNotFitIsNamedWithItsPlace() {
    assertThat(fault("{\"properties\":{\"n\":{\"type\":\"integer\"}}}", "{\"n\":\"1\"}"))
        .contains(UNFIT + "n: string found, integer expected");
    assertThat(fault("{\"required\":[\"city\"]}", "{}"))
        .contains(UNFIT + "required property 'city' not found");
  }

  @Test
  void aSchemaWithoutTextTakesAnything() {
    assertThat(fault("", "{\"a\":[1]}")).isEmpty();
    assertThat(fault("not json", "{}")).isEmpty();
    assertThat(fault("[]", "{}")).isEmpty();
  }

  @Test
  void aPatternIsMatchedAnywhereInTheText() {
    String schema = "{\"properties\":{\"a\":{\"pattern\":\"b+\"}}}";
    assertThat(fault(schema, "{\"a\":\"abc\"}")).isEmpty();
    assertThat(fault(schema, "{\"a\":\"xyz\"}")).isPresent();
  }

  @Test
  void aPatternThatBacktracksForEverElsewhereIsMatchedAtOnce() {
    String schema = "{\"properties\":{\"a\":{\"pattern\":\"^(a+)+$\"}}}";
    assertThat(fault(schema, "{\"a\":\"" + "a".repeat(5_000) + "!\"}"))
        .hasValueSatisfying(f -> assertThat(f).startsWith(UNFIT + "a: "));
  }

  @Test
  void aPatternThatTheLinearEngineDoesNotKnowMatchesEverything() {
    assertThat(fault("{\"properties\":{\"a\":{\"pattern\":\"^(?=b)\"}}}", "{\"a\":\"x\"}"))
        .isEmpty();
  }

  @Test
  void aPatternThatWouldFillTheMemoryIsNotCompiled() {
    assertThat(
            fault(
                "{\"properties\":{\"a\":{\"pattern\":\"(((a{1000}){1000}){1000})\"}}}",
                "{\"a\":\"x\"}"))
        .isEmpty();
  }

  @Test
  void manyPatternsOverManyNamesEndAtTheAllowance() {
    StringBuilder schema = new StringBuilder("{\"patternProperties\":{\"^z0\":true");
    for (int i = 1; i < 3_000; i++) {
      schema.append(",\"^(a|b|c){1,20}z").append(i).append("\":true");
    }
    StringBuilder arguments = new StringBuilder("{\"a\":1");
    for (int i = 0; i < 20_000; i++) {
      arguments.append(",\"abcabcabcabcabcabc").append(i).append("\":1");
    }
    assertThat(fault(schema + "}}", arguments + "}")).contains(TOO_MUCH);
  }

  @Test
  void aSchemaThatRefersToItselfEndsAtADepth() {
    assertThat(fault("{\"$ref\":\"#\"}", "{}")).isPresent();
    assertThat(fault("{\"allOf\":[{\"$ref\":\"#\"}]}", "{}")).isPresent();
  }

  @Test
  void aSchemaThatDoublesAtEveryStepEndsAtANumberOfSteps() {
    StringBuilder schema = new StringBuilder("{\"$ref\":\"#/$defs/d0\",\"$defs\":{");
    for (int i = 0; i < 40; i++) {
      String next = "{\"$ref\":\"#/$defs/d" + (i + 1) + "\"}";
      schema.append("\"d" + i + "\":{\"anyOf\":[" + next + "," + next + "]},");
    }
    schema.append("\"d40\":false}}");
    assertThat(fault(schema.toString(), "{}")).contains(TOO_MUCH);
  }

  @Test
  void nothingOutsideOfTheSchemaIsFetchedAndWhatNeedsItDoesNotLeave() {
    for (String elsewhere :
        new String[] {
          "http://127.0.0.1:9/x.json",
          "file:///etc/passwd",
          "classpath:/caisson/policies/default.yaml"
        }) {
      assertThat(fault("{\"$ref\":\"" + elsewhere + "\"}", "{\"a\":1}"))
          .as(elsewhere)
          .hasValueSatisfying(f -> assertThat(f).startsWith(UNCHECKABLE));
    }
  }

  @Test
  void oneSchemasIdentifierDoesNotAnswerAnothersReference() {
    fault("{\"$id\":\"https://one.test/s\",\"required\":[\"x\"]}", "{}");
    assertThat(fault("{\"$ref\":\"https://one.test/s\"}", "{}"))
        .hasValueSatisfying(f -> assertThat(f).startsWith(UNCHECKABLE));
  }

  @Test
  void aNumberOutsideOfEveryRangeIsNotWrittenOut() {
    String schema = "{\"properties\":{\"a\":{\"multipleOf\":0.01,\"maximum\":10}}}";
    assertThat(fault(schema, "{\"a\":1e308}")).isPresent();
    assertThat(fault(schema, "{\"a\":1e999999999}")).isPresent();
    assertThat(fault(schema, "{\"a\":1e-999999999}")).isEmpty();
  }

  @Test
  void aFaultIsShortWhateverTheArgumentsAre() {
    String name = "n".repeat(40_000);
    assertThat(fault("{\"additionalProperties\":false}", "{\"" + name + "\":1}"))
        .hasValueSatisfying(f -> assertThat(f.length()).isLessThan(600));
  }

  @Test
  void whatReadersCouldTakeInTwoWaysIsRefused() {
    assertThat(fault("", "{\"a\":1,\"a\":2}")).isPresent();
    assertThat(fault("", "{} {}")).isPresent();
    assertThat(fault("", "[1]"))
        .contains("the arguments cannot be read: they are not a JSON object");
    assertThat(fault("", "")).isPresent();
    assertThat(ArgumentSchema.of("").fault("{}".getBytes(StandardCharsets.UTF_16LE))).isPresent();
    assertThat(fault("", "{\"a\":NaN}")).isPresent();
    assertThat(fault("", "{\"a\":" + "[".repeat(80) + "]".repeat(80) + "}")).isPresent();
    assertThat(ArgumentSchema.of("").fault(new byte[] {'{', '"', (byte) 0xFF, '"', ':', '1', '}'}))
        .isPresent();
  }

  private static Optional<String> fault(String schema, String arguments) {
    return ArgumentSchema.of(schema).fault(arguments.getBytes(StandardCharsets.UTF_8));
  }
}
