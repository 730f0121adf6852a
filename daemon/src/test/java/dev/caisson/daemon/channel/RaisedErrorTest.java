package dev.caisson.daemon.channel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caisson.daemon.model.RunError;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

class RaisedErrorTest {

  @Test
  void allThatAnAgentTellsIsRead() {
    RunError error =
        read(
            """
            {"type":"SyntaxError","message":"m","traceback":"t",
            "frames":[{"file":"a.py","line":3,"function":"f","source":"x()"}],"frames_left_out":7,
            "notes":["n"],"suggestions":["s"],"exceptions_left_out":8,
            "place":{"file":"a.py","line":1,"column":2,"end_line":3,"end_column":4,"source":"x y"},
            "cause":{"type":"A","context":{"type":"B","message":"b"}},
            "exceptions":[{"type":"C"}]}\
            """);

    assertThat(error)
        .isEqualTo(
            new RunError(
                "SyntaxError",
                "m",
                "t",
                new RunError.Details(
                    List.of(new RunError.Frame("a.py", 3, "f", "x()")),
                    7,
                    List.of("n"),
                    List.of("s"),
                    Optional.of(new RunError.Place("a.py", 1, 2, 3, 4, "x y")),
                    Optional.of(
                        new RunError(
                            "A",
                            "",
                            "",
                            new RunError.Details(
                                List.of(),
                                0,
                                List.of(),
                                List.of(),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.of(new RunError("B", "b", "")),
                                List.of(),
                                0))),
                    Optional.empty(),
                    List.of(new RunError("C", "", "")),
                    8)));
  }

  @Test
  void whatIsOfAnotherTypeIsAsIfItWereNotThere() {
    RunError error =
        read(
            """
            {"type":1,"message":[],"frames":[1,{"file":2,"line":"3","function":[]},{"line":-4},
            {"line":5000000000}],"frames_left_out":-1,"notes":{"a":[1]},"suggestions":"s",
            "place":[],"cause":"c","context":7,"exceptions":[[]],"exceptions_left_out":1.5}\
            """);

    assertThat(error.type() + error.message()).isEmpty();
    assertThat(error.details().frames()).containsOnly(new RunError.Frame("", 0, "", ""));
    assertThat(error.details())
        .returns(0, RunError.Details::framesLeftOut)
        .returns(List.of(""), RunError.Details::notes)
        .returns(List.of(), RunError.Details::suggestions)
        .returns(Optional.empty(), RunError.Details::place)
        .returns(Optional.empty(), RunError.Details::cause)
        .returns(Optional.empty(), RunError.Details::context)
        .returns(List.of(), RunError.Details::exceptions)
        .returns(0, RunError.Details::exceptionsLeftOut);
  }

  @Test
  void whateverAnAgentTellsIsBounded() {
    String long64 = "x".repeat(64 << 10);
    ObjectNode hostile = fully(Json.object().put("traceback", long64 + "x"), long64);
    hostile.set("cause", fully(Json.object(), long64));
    ArrayNode group = hostile.putArray("exceptions");
    for (int i = 0; i < 40; i++) {
      group.add(fully(Json.object(), long64));
    }

    RunError error = RaisedError.read(hostile);

    assertThat(count(error)).isEqualTo(16);
    assertThat(error.details().exceptions()).hasSize(14);
    RunError one = error.details().exceptions().getLast();
    assertThat(bytes(one.type())).isLessThanOrEqualTo(1 << 10);
    assertThat(bytes(one.message())).isLessThanOrEqualTo(16 << 10);
    assertThat(bytes(error.traceback())).isLessThanOrEqualTo(64 << 10);
    assertThat(one.details().notes()).hasSize(8).allMatch(note -> bytes(note) <= 4 << 10);
    assertThat(one.details().suggestions()).hasSize(3).allMatch(name -> bytes(name) <= 1_200);
    assertThat(one.details().frames())
        .hasSize(32)
        .allMatch(frame -> bytes(frame.file() + frame.function() + frame.source()) <= 3_600);
    RunError.Place place = one.details().place().orElseThrow();
    assertThat(bytes(place.file())).isLessThanOrEqualTo(1_200);
    assertThat(bytes(place.source())).isLessThanOrEqualTo(4 << 10);
  }

  @Test
  void aLongChainIsReadToItsSixteenthExceptionAndNoFurther() {
    ObjectNode innermost = Json.object().put("type", "E");
    for (int i = 0; i < 40; i++) {
      ObjectNode outer = Json.object().put("type", "E");
      outer.set(i % 2 == 0 ? "cause" : "context", innermost);
      innermost = outer;
    }

    assertThat(count(RaisedError.read(innermost))).isEqualTo(16);
  }

  private static ObjectNode fully(ObjectNode error, String text) {
    error.put("type", text).put("message", text);
    error.putObject("place").put("file", text).put("source", text);
    ArrayNode frames = error.putArray("frames");
    ArrayNode notes = error.putArray("notes");
    ArrayNode suggestions = error.putArray("suggestions");
    for (int i = 0; i < 33; i++) {
      frames.addObject().put("file", text).put("function", text).put("source", text);
      notes.add(text);
      suggestions.add(text);
    }
    return error;
  }

  private static int count(RunError error) {
    RunError.Details details = error.details();
    return 1
        + details.cause().map(RaisedErrorTest::count).orElse(0)
        + details.context().map(RaisedErrorTest::count).orElse(0)
        + details.exceptions().stream().mapToInt(RaisedErrorTest::count).sum();
  }

  private static int bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }

  private static RunError read(String json) {
    byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
    return RaisedError.read((ObjectNode) Json.read(bytes, 0, bytes.length));
  }
}
