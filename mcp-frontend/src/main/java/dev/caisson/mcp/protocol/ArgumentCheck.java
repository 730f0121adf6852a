package dev.caisson.mcp.protocol;

import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.dialect.Dialects;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * A tool's arguments against its JSON Schema, which is our own and so needs no bounds. It is
 * compiled at the first call: a start-up has no use for it. Any thread; a race compiles it twice.
 */
final class ArgumentCheck {

  private static final int MOST_FAULTS = 5;
  private static final int LONGEST_FAULT = 300;

  private final Map<String, Object> schema;
  private volatile @Nullable Schema compiled;

  ArgumentCheck(Map<String, Object> schema) {
    this.schema = schema;
  }

  /** What is wrong, for a model to read; empty when the arguments fit. */
  Optional<String> fault(Map<String, Object> arguments) {
    var errors = compiled().validate(JsonMapper.shared().valueToTree(arguments));
    if (errors.isEmpty()) {
      return Optional.empty();
    }
    var shown =
        errors.stream()
            .limit(MOST_FAULTS)
            .map(ArgumentCheck::text)
            .collect(Collectors.joining("; "));
    return Optional.of(
        errors.size() > MOST_FAULTS
            ? shown + "; and " + (errors.size() - MOST_FAULTS) + " more"
            : shown);
  }

  private Schema compiled() {
    var known = compiled;
    if (known != null) {
      return known;
    }
    var made =
        SchemaRegistry.withDefaultDialect(Dialects.getDraft202012())
            .getSchema(JsonMapper.shared().valueToTree(schema));
    compiled = made;
    return made;
  }

  /** For example {@code 'limit': must have a minimum value of 1}. */
  private static String text(Error error) {
    var place = String.valueOf(error.getInstanceLocation());
    var name = place.startsWith("/") ? "'" + place.substring(1) + "': " : "";
    var text = name + error.getMessage();
    return text.length() > LONGEST_FAULT ? text.substring(0, LONGEST_FAULT) + "…" : text;
  }
}
