package dev.caisson.daemon.tools;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import com.networknt.schema.Error;
import com.networknt.schema.ExecutionConfig;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaException;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.SpecificationVersion;
import com.networknt.schema.ValidationLimitExceededException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.NumericNode;

/**
 * The JSON Schema of a tool's arguments, checked in the daemon before a call leaves. The check in
 * the sandbox is for good messages; code there can send what it likes.
 *
 * <p>Bounded whatever schema and arguments say: the evaluation has a number of steps and a depth,
 * patterns run in linear time, and nothing outside of the schema is fetched. Past a bound the
 * arguments are refused, and so they are when they reach a reference that leads out of the schema.
 * What is no JSON Schema at all checks nothing, as the tool's documentation in Python says.
 * Immutable, for many threads.
 */
public final class ArgumentSchema {

  /** Two values under one name are refused: readers differ in which of them counts. */
  private static final JsonMapper ARGUMENTS =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(CatalogueLimits.SCHEMA_LEVELS)
                          .maxStringLength(64 << 20)
                          .maxNumberLength(1_000)
                          .build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .nodeFactory(new FiniteNumbers())
          .build();

  /** 1e999 passes every maximum, since the library compares it with nothing. */
  private static final class FiniteNumbers extends JsonNodeFactory {
    private static final long serialVersionUID = 1L;

    @Override
    public NumericNode numberNode(double value) {
      if (!Double.isFinite(value)) {
        throw new InfiniteNumberException();
      }
      return super.numberNode(value);
    }
  }

  private static final class InfiniteNumberException extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  private static final int STEPS = 200_000;
  private static final int DEPTH = 256;
  private static final long PATTERN_WORK = 20_000_000;

  /** Each character of the arguments is worth this many steps of a pattern more. */
  private static final long PATTERN_WORK_EACH = 20;

  private static final int LONGEST_FAULT = 500;

  /** Compiled schemas by their text: every run brings its catalogue anew. */
  private static final Cache<String, ArgumentSchema> COMPILED =
      CacheBuilder.newBuilder()
          .maximumWeight(8 << 20)
          .weigher((String text, ArgumentSchema schema) -> 1_000 + text.length())
          .build();

  private static final ArgumentSchema ANYTHING = new ArgumentSchema(Optional.empty());

  private final Optional<Schema> schema;

  private ArgumentSchema(Optional<Schema> schema) {
    this.schema = schema;
  }

  /** The schema of that text; the empty text takes anything. */
  public static ArgumentSchema of(String text) {
    if (text.isBlank()) {
      return ANYTHING;
    }
    try {
      return COMPILED.get(text, () -> compile(text));
    } catch (ExecutionException e) {
      throw new IllegalStateException("compiling throws nothing checked", e);
    }
  }

  /** What is wrong with the arguments, a JSON text; empty when they fit. */
  public Optional<String> fault(byte[] arguments) {
    // Another encoding than UTF-8 would be read here and not by whoever gets the bytes.
    if (arguments.length < 2 || arguments[0] != '{' || arguments[1] == 0) {
      return unreadable("they are not a JSON object");
    }
    JsonNode node;
    try {
      node = ARGUMENTS.readTree(arguments);
    } catch (InfiniteNumberException e) {
      return unreadable("a number in them is larger than any that a computer counts with");
    } catch (JacksonException e) {
      return unreadable(PythonText.cut(PythonText.line(e.getOriginalMessage()), LONGEST_FAULT));
    }
    return schema.flatMap(s -> fault(s, node, arguments.length));
  }

  private static Optional<String> unreadable(String why) {
    return Optional.of("the arguments cannot be read: " + why);
  }

  private static Optional<String> fault(Schema schema, JsonNode arguments, int bytes) {
    AtomicLong allowance = new AtomicLong(PATTERN_WORK + PATTERN_WORK_EACH * bytes);
    try {
      List<Error> errors =
          ScopedValue.where(LinearExpression.ALLOWANCE, allowance)
              .call(() -> schema.validate(arguments, ArgumentSchema::bound));
      return errors.stream().findFirst().map(ArgumentSchema::text);
    } catch (ValidationLimitExceededException | LinearExpression.ExhaustedException e) {
      return Optional.of("checking the arguments against the tool's schema took too much work");
    } catch (RuntimeException | StackOverflowError e) {
      // A reference that leads out of the schema, or a fault of the library's: what cannot be
      // checked does not leave.
      String why = e instanceof SchemaException ? ": " + PythonText.line("" + e.getMessage()) : "";
      return Optional.of(
          PythonText.cut(
              "the arguments cannot be checked against the tool's schema" + why, LONGEST_FAULT));
    }
  }

  private static void bound(com.networknt.schema.ExecutionContext context) {
    context.setExecutionConfig(
        ExecutionConfig.builder()
            .maxEvaluationSteps(STEPS)
            .maxEvaluationDepth(DEPTH)
            .failFast(true)
            .formatAssertionsEnabled(false)
            .locale(Locale.ROOT)
            .build());
  }

  private static ArgumentSchema compile(String text) {
    try {
      JsonNode node = ToolBinding.MAPPER.readTree(text);
      if (!node.isObject()) {
        return ANYTHING;
      }
      // A registry of its own: one schema's $id must not answer another's $ref.
      Schema schema =
          SchemaRegistry.withDefaultDialect(
                  SpecificationVersion.DRAFT_2020_12,
                  registry ->
                      registry
                          .schemaLoader(loader ->
                              loader.fetchRemoteResources(false).block(iri -> isForeign(iri)))
                          .schemaRegistryConfig(
                              SchemaRegistryConfig.builder()
                                  .regularExpressionFactory(LinearExpression.factory())
                                  .preloadSchema(true)
                                  .locale(Locale.ROOT)
                                  .build()))
              .getSchema(node);
      return new ArgumentSchema(Optional.of(schema));
    } catch (RuntimeException | StackOverflowError unusable) {
      return ANYTHING;
    }
  }

  private static boolean isForeign(com.networknt.schema.AbsoluteIri iri) {
    return !iri.toString().startsWith("https://json-schema.org/")
        && !iri.toString().startsWith("http://json-schema.org/");
  }

  private static String text(Error error) {
    String where = String.valueOf(error.getInstanceLocation()).replaceFirst("^\\$\\.?|^/", "");
    String what = String.valueOf(error.getMessage());
    return "the arguments do not fit the tool's schema: "
        + PythonText.cut((where.isEmpty() ? "" : where + ": ") + what, LONGEST_FAULT);
  }
}
