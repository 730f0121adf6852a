package dev.caisson.daemon.channel;

import dev.caisson.daemon.model.RunError;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads an exception out of a run's end, no larger than the contract promises: what is over is left
 * out or cut. Read once, by one thread.
 */
final class RaisedError {

  private static final int TYPE_BYTES = 1 << 10;
  private static final int MESSAGE_BYTES = 16 << 10;
  private static final int TRACEBACK_BYTES = 64 << 10;
  private static final int NOTE_BYTES = 4 << 10;
  private static final int NAME_BYTES = 1_200;
  private static final int EXCEPTIONS = 16;
  private static final int FRAMES = 32;
  private static final int NOTES = 8;
  private static final int SUGGESTIONS = 3;

  /** How many may still be read, those that another comes from included. */
  private int left = EXCEPTIONS;

  private RaisedError() {}

  static RunError read(ObjectNode exception) {
    return new RaisedError().error(exception);
  }

  private RunError error(ObjectNode exception) {
    left--;
    return new RunError(
        text(exception, "type", TYPE_BYTES),
        text(exception, "message", MESSAGE_BYTES),
        text(exception, "traceback", TRACEBACK_BYTES),
        details(exception));
  }

  private RunError.Details details(ObjectNode exception) {
    return new RunError.Details(
        objects(exception.path("frames"), FRAMES, frame -> Optional.of(frame(frame))),
        number(exception, "frames_left_out"),
        texts(exception.path("notes"), NOTES, NOTE_BYTES),
        texts(exception.path("suggestions"), SUGGESTIONS, NAME_BYTES),
        exception.get("place") instanceof ObjectNode place
            ? Optional.of(place(place))
            : Optional.empty(),
        nested(exception.path("cause")),
        nested(exception.path("context")),
        objects(exception.path("exceptions"), EXCEPTIONS, this::nested),
        number(exception, "exceptions_left_out"));
  }

  private Optional<RunError> nested(JsonNode exception) {
    return exception instanceof ObjectNode object && left > 0
        ? Optional.of(error(object))
        : Optional.empty();
  }

  private static RunError.Frame frame(ObjectNode frame) {
    return new RunError.Frame(
        text(frame, "file", NAME_BYTES),
        number(frame, "line"),
        text(frame, "function", NAME_BYTES),
        text(frame, "source", NAME_BYTES));
  }

  private static RunError.Place place(ObjectNode place) {
    return new RunError.Place(
        text(place, "file", NAME_BYTES),
        number(place, "line"),
        number(place, "column"),
        number(place, "end_line"),
        number(place, "end_column"),
        text(place, "source", NOTE_BYTES));
  }

  private static String text(ObjectNode node, String field, int bytes) {
    return BoundedText.of(node, field, bytes).text();
  }

  /** 0 for what is no number that can be. */
  private static int number(ObjectNode node, String field) {
    JsonNode value = node.path(field);
    return value.isInt() ? Math.max(0, value.intValue()) : 0;
  }

  private static List<String> texts(JsonNode list, int most, int bytes) {
    List<String> texts = new ArrayList<>();
    for (JsonNode one : list) {
      if (texts.size() < most) {
        texts.add(BoundedText.of(Json.object().set("text", one), "text", bytes).text());
      }
    }
    return texts;
  }

  private static <T> List<T> objects(
      JsonNode list, int most, Function<ObjectNode, Optional<T>> read) {
    List<T> objects = new ArrayList<>();
    for (JsonNode one : list) {
      if (objects.size() < most && one instanceof ObjectNode object) {
        read.apply(object).ifPresent(objects::add);
      }
    }
    return objects;
  }
}
