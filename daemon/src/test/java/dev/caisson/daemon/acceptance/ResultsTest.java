package dev.caisson.daemon.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.caisson.daemon.app.RunningDaemon;
import dev.caisson.v1.CreateSessionRequest;
import dev.caisson.v1.MimeBundle;
import dev.caisson.v1.MimePart;
import dev.caisson.v1.RunException;
import dev.caisson.v1.RunFinished.Outcome;
import dev.caisson.v1.RunResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a run shows and results in, with real sandboxes. */
class ResultsTest {

  private static final String RICH =
      """
      class Rich:
          def __init__(self, size): self.size = size
          def __repr__(self): return 'Rich'
          def _repr_html_(self): return '<b>rich</b>'
          def _repr_png_(self): return b'\\x89PNG' * self.size, {'width': 3}
      """;

  @TempDir static Path folder;

  private static RunningDaemon daemon;
  private static RunClient client;

  @BeforeAll
  static void start() {
    daemon = RunningDaemon.start(folder, 1, Map.of("small", "extends: default\n"));
    client = new RunClient(daemon.socket());
  }

  @AfterAll
  static void end() {
    client.close();
    daemon.close();
  }

  @Test
  void displaysComeInOrderWithAllThatIsPrinted() {
    Transcript run =
        client.run(
            RICH
                + """
                import subprocess
                for n in range(5):
                    print('python', n)
                    subprocess.run(['/bin/sh', '-c', f'echo child {n}'])
                    display(Rich(200_000))
                """);

    assertThat(run.outcome()).as(run::toString).isEqualTo(Outcome.SUCCEEDED);
    StringBuilder order = new StringBuilder();
    for (RunResponse event : run.events()) {
      if (event.hasOutput()) {
        order.append(event.getOutput().getData().toStringUtf8());
      } else if (event.hasDisplay()) {
        order.append("shown\n");
      }
    }
    assertThat(order.toString())
        .isEqualTo(
            "python 0\nchild 0\nshown\npython 1\nchild 1\nshown\npython 2\nchild 2\nshown\n"
                + "python 3\nchild 3\nshown\npython 4\nchild 4\nshown\n");
    assertThat(run.displays())
        .allSatisfy(shown -> {
          assertThat(forms(shown)).containsEntry("text/html", "<b>rich</b>");
          assertThat(forms(shown)).containsEntry("text/plain", "Rich");
          assertThat(shown.getPartsList())
              .filteredOn(part -> part.getMimeType().equals("image/png"))
              .singleElement()
              .returns(800_000, part -> part.getData().size())
              .returns("{\"width\":3}", part -> part.getMetadataJson().toStringUtf8());
        });
  }

  @Test
  void theValueHasItsForms() {
    Transcript run = client.run(RICH + "Rich(1)");

    assertThat(run.finished().getValue().getRepr()).isEqualTo("Rich");
    assertThat(forms(run.finished().getValue().getBundle()))
        .containsOnlyKeys("text/html", "image/png");
    assertThat(client.run("[1]").finished().getValue().hasBundle()).isFalse();
  }

  @Test
  void aSessionsResultIsThatOfTheRunThatMadeIt() {
    String id =
        client
            .sessions()
            .createSession(CreateSessionRequest.getDefaultInstance())
            .getSession()
            .getSessionId();

    assertThat(inSession(id, "result = [1]").finished().getValue().getJson())
        .isEqualTo(ByteString.copyFromUtf8("[1]"));
    assertThat(inSession(id, "x = result").finished().hasValue()).isFalse();
  }

  @Test
  void anExceptionIsToldWithFramesAndWhatItComesFrom() {
    RunException told =
        client
            .run(
                """
                def f():
                    error = ValueError('no')
                    error.add_note('look')
                    raise error from KeyError('k')

                f()
                """)
            .finished()
            .getException();

    assertThat(told.getFramesList())
        .extracting(frame -> frame.getLine() + " " + frame.getFunction() + ": " + frame.getSource())
        .containsExactly("6 <module>: f()", "4 f: raise error from KeyError('k')");
    assertThat(told.getNotesList()).containsExactly("look");
    assertThat(told.getCause().getType()).isEqualTo("KeyError");
    assertThat(told.hasContext()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "import os; os.pth, path",
    "import collections; collections.dque, deque",
    "lenght = 1; lenghtt, lenght",
    "from os import pth, path",
    "import jsn, json",
    "datetime.now(), import datetime",
  })
  void aNameThatIsNotThereHasTheNearest(String code, String nearest) {
    RunException told = client.run(code).finished().getException();

    assertThat(told.getSuggestionsList()).first().isEqualTo(nearest);
    assertThat(told.getTraceback()).contains("id you", nearest.replace("import ", ""));
  }

  @Test
  void aSyntaxErrorHasItsPlaceAndTheMarker() {
    RunException told = client.run("x = 1\nprint('a' b)").finished().getException();

    assertThat(told.getSyntax())
        .returns(2, RunException.SyntaxPlace::getLine)
        .returns(7, RunException.SyntaxPlace::getColumn)
        .returns("print('a' b)", RunException.SyntaxPlace::getSource);
    assertThat(told.getTraceback()).contains("    print('a' b)\n          ^^^^^\n");
  }

  private static Transcript inSession(String id, String code) {
    return client.run(RunClient.program(code).setSession(id));
  }

  private static Map<String, String> forms(MimeBundle bundle) {
    Map<String, String> forms = new TreeMap<>();
    for (MimePart part : bundle.getPartsList()) {
      forms.put(part.getMimeType(), part.getData().toString(StandardCharsets.UTF_8));
    }
    return forms;
  }
}
