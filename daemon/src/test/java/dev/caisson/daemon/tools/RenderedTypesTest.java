package dev.caisson.daemon.tools;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caisson.daemon.model.ToolCatalogue;
import dev.caisson.daemon.tools.PythonCatalogue.Style;
import dev.caisson.daemon.tools.TypeCheckers.Finding;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What is rendered, and programs that use it, as pyright and mypy see them when they are strict.
 */
class RenderedTypesTest {

  private static final Path PROGRAMS = Path.of("src/test/resources/tools");

  @TempDir Path folder;

  private void write(String file, String text) throws IOException {
    Files.writeString(folder.resolve(file), text);
  }

  private void assertClean(String... files) throws IOException, InterruptedException {
    assertThat(TypeCheckers.pyright(folder)).isEmpty();
    assertThat(TypeCheckers.mypy(folder, List.of(files))).isEmpty();
  }

  @Test
  void everyShapeNameAndTextIsCleanAsModuleAndAsStub() throws Exception {
    PythonCatalogue shapes = PythonCatalogue.of(SchemaShapes.catalogue());
    write("module.py", shapes.render(Style.SOURCE).text());
    write("stub.pyi", shapes.render(Style.STUB).text());
    for (PythonServer.Names server : shapes.servers()) {
      Rendering one = shapes.render(server.name(), Style.SOURCE);
      write(one.module() + ".py", one.text());
    }

    assertClean("module.py", "stub.pyi", "shapes.py", "names.py", "Texts.py", "time_tools.py");
  }

  @Test
  void everyShapeNameAndTextIsWhatPythonImports() throws Exception {
    HostPython python = new HostPython(folder);
    python.add(PythonCatalogue.of(SchemaShapes.catalogue()));
    python.check();
  }

  @Test
  void cataloguesThatNobodyWroteAreClean() throws Exception {
    write("tricky.py", Catalogues.tricky().render(Style.SOURCE).text());
    for (int seed = 0; seed < 12; seed++) {
      PythonCatalogue random = PythonCatalogue.of(new RandomCatalogue(seed).catalogue());
      write("random" + seed + ".py", random.render(Style.SOURCE).text());
    }

    assertClean(
        IntStream.range(0, 13)
            .mapToObj(i -> i < 12 ? "random" + i + ".py" : "tricky.py")
            .toArray(String[]::new));
  }

  private void writeWeather() throws IOException {
    PythonCatalogue weather =
        PythonCatalogue.of(
            new ToolCatalogue(
                List.of(
                    new ToolCatalogue.Server(
                        "weather",
                        "Weather of the world.",
                        List.of(
                            new ToolCatalogue.Tool(
                                "get-weather",
                                "",
                                "Gets the weather.",
                                Files.readString(PROGRAMS.resolve("weather.input.json")),
                                Files.readString(PROGRAMS.resolve("weather.output.json"))),
                            new ToolCatalogue.Tool("ping", "", "Says pong.", "", ""))))));
    write("weather.py", weather.render("weather", Style.SOURCE).text());
    write("api.py", weather.render(Style.SOURCE).text());
    write("stubbed.py", "def __getattr__(name: str) -> object: ...\n");
    write("stubbed.pyi", weather.render("weather", Style.STUB).text());
  }

  @Test
  void programsThatAreRightPass() throws Exception {
    writeWeather();
    write("right.py", Files.readString(PROGRAMS.resolve("right.py")));

    assertClean("right.py");
  }

  @Test
  void whatIsWrongInAProgramIsFoundWhereItIs() throws Exception {
    writeWeather();
    String program = Files.readString(PROGRAMS.resolve("wrong.py"));
    write("wrong.py", program);
    List<String> lines = program.lines().toList();
    List<Integer> wrong =
        IntStream.range(0, lines.size())
            .filter(i -> lines.get(i).endsWith("# wrong"))
            .mapToObj(i -> i + 1)
            .toList();

    assertThat(wrong).hasSizeGreaterThan(10);
    assertThat(linesOf(TypeCheckers.pyright(folder))).containsExactlyElementsOf(wrong);
    assertThat(linesOf(TypeCheckers.mypy(folder, List.of("wrong.py"))))
        .containsExactlyElementsOf(wrong);
  }

  private static TreeSet<Integer> linesOf(List<Finding> findings) {
    assertThat(findings).allSatisfy(one -> assertThat(one.file()).isEqualTo("wrong.py"));
    TreeSet<Integer> lines = new TreeSet<>();
    findings.forEach(one -> lines.add(one.line()));
    return lines;
  }
}
