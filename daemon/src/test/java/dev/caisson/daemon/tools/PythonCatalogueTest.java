package dev.caisson.daemon.tools;

import static dev.caisson.daemon.tools.Catalogues.CITY;
import static dev.caisson.daemon.tools.Catalogues.catalogue;
import static dev.caisson.daemon.tools.Catalogues.server;
import static dev.caisson.daemon.tools.Catalogues.tool;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.ToolCatalogue;
import dev.caisson.daemon.tools.PythonCatalogue.Style;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PythonCatalogueTest {

  @TempDir Path folder;

  /** With -Dcaisson.golden=write the files are written anew; look at the difference. */
  @ParameterizedTest
  @EnumSource(Style.class)
  void theTrickyCatalogueIsRenderedAsItsGoldenFileSays(Style style) throws IOException {
    String name =
        switch (style) {
          case SOURCE -> "tricky.py.golden";
          case STUB -> "tricky.pyi.golden";
          case SIGNATURES -> "tricky.txt.golden";
          case REFERENCE -> "tricky.reference.golden";
        };
    String rendered = Catalogues.tricky().render(style).text();
    Path golden = Path.of("src/test/resources/tools", name);
    if ("write".equals(System.getProperty("caisson.golden"))) {
      Files.writeString(golden, rendered);
    }
    assertThat(rendered).isEqualTo(Files.readString(golden));
  }

  @Test
  void pythonImportsTheTrickyCatalogueAndSeesWhatTheAgentBinds() throws Exception {
    HostPython python = new HostPython(folder);
    python.add(Catalogues.tricky());
    python.check();
  }

  @Test
  void hostileTextStaysText() throws Exception {
    HostPython python = new HostPython(folder);
    for (String evil :
        List.of(
            "\"\"\"\nimport sys; sys.caisson_broken = 1\n\"\"\"",
            "'''; import sys; sys.caisson_broken = 1 #",
            "\\\"\"\"\\",
            "\\N{DIGIT ONE} \\x41 \\u0041 \\",
            "\"",
            "a\"\"\"\"",
            "x\r\nimport sys\rsys.caisson_broken = 1",
            "x\u2028import sys\u0085y\u000by\fz",
            "\u202ehidden\u200b\u0000\u0007",
            "  \n    indented\n  less\n\n",
            "# type: ignore\n# -*- coding: latin-1 -*-",
            ") -> None: ...\n    def evil(",
            "{x} %s {0!r}")) {
      String quoted = tools.jackson.databind.json.JsonMapper.shared().writeValueAsString(evil);
      String schema =
          """
          {"type":"object","description":%1$s,"properties":{
           %1$s:{"type":"string","description":%1$s,"default":%1$s,"format":%1$s,"enum":[%1$s,"b"]},
           "o":{"type":"object","description":%1$s,"required":[%1$s],
                "properties":{%1$s:{"const":%1$s,"description":%1$s},"k":{"description":%1$s}}}}}\
          """
              .formatted(quoted);
      String name = evil.substring(0, Math.min(120, evil.length()));
      python.add(
          catalogue(
              new ToolCatalogue.Server(
                  name,
                  evil,
                  List.of(
                      new ToolCatalogue.Tool(name, evil, evil, schema, schema),
                      new ToolCatalogue.Tool("t", evil, "", schema, schema)))));
    }
    python.check();
  }

  @Test
  void randomCataloguesAreAlwaysValidPython() throws Exception {
    HostPython python = new HostPython(folder);
    for (int seed = 0; seed < 60; seed++) {
      ToolCatalogue random = new RandomCatalogue(seed).catalogue();
      PythonCatalogue first = PythonCatalogue.of(random);
      python.add(first);
      assertThat(PythonCatalogue.of(random).render(Style.SOURCE).text())
          .as("seed %d", seed)
          .isEqualTo(first.render(Style.SOURCE).text());
    }
    python.check();
  }

  @Test
  void theOrderOfOtherToolsAndServersChangesNoName() {
    ToolCatalogue random = new RandomCatalogue(7).catalogue();
    List<ToolCatalogue.Server> reversed = new ArrayList<>();
    for (ToolCatalogue.Server server : random.servers().reversed()) {
      reversed.add(
          new ToolCatalogue.Server(server.name(), server.description(), server.tools().reversed()));
    }
    PythonCatalogue one = PythonCatalogue.of(random);
    PythonCatalogue other = PythonCatalogue.of(new ToolCatalogue(reversed));

    assertThat(other.servers()).containsExactlyInAnyOrderElementsOf(one.servers());
    for (ToolCatalogue.Server server : random.servers()) {
      for (ToolCatalogue.Tool tool : server.tools()) {
        assertThat(other.toolJson(server.name(), tool.name()))
            .isEqualTo(one.toolJson(server.name(), tool.name()));
      }
    }
  }

  @Test
  void twoServersMayHaveToolsOfTheSameName() {
    PythonCatalogue catalogue =
        catalogue(server("a", tool("get", "", CITY, "")), server("b", tool("get")));

    assertThat(catalogue.render(Style.SIGNATURES).text())
        .isEqualTo(
            """
            a.get(city: str) -> Any  # Calls the tool "get".
            b.get() -> Any  # Calls the tool "get".
            """);
  }

  @Test
  void serversDoNotTakeAwayBuiltinsNorOurNames() {
    PythonCatalogue catalogue =
        catalogue(server("list"), server("tools"), server("value-error"), server("time"));

    assertThat(catalogue.serversJson().toString())
        .isEqualTo(
            """
            [{"name":"list","python":"list_","class":"List"},\
            {"name":"tools","python":"tools_","class":"Tools"},\
            {"name":"value-error","python":"value_error","class":"ValueError_"},\
            {"name":"time","python":"time","class":"Time"}]\
            """);
  }

  @Test
  void theServerJsonIsTheOneOfTheChannel() {
    assertThat(catalogue(server("my-files", tool("read.file"))).serverJson("my-files").toString())
        .isEqualTo(
            """
            {"name":"my-files","python":"my_files","class":"MyFiles",\
            "doc":"Tools of the server \\"my-files\\".",\
            "tools":[{"python":"read_file","name":"read.file"}]}\
            """);
  }

  @Test
  void aServerThatCannotBeUsedSaysWhyWhereverItIsShown() throws Exception {
    PythonCatalogue catalogue =
        catalogue(
            new ToolCatalogue.Server("my-files", "Reads.", "the disk\n\"\"\" is out", List.of()),
            server("time", tool("now")));

    assertThat(catalogue.serverJson("my-files").toString())
        .isEqualTo(
            """
            {"name":"my-files","python":"my_files","class":"MyFiles",\
            "doc":"Reads.\\n\\nCannot be used now: the disk \\"\\"\\" is out",\
            "unavailable":"the disk \\"\\"\\" is out","tools":[]}\
            """);
    assertThat(catalogue.render(Style.SIGNATURES).text())
        .isEqualTo(
            """
            # my_files cannot be used now: the disk \"\"\" is out
            time.now() -> Any  # Calls the tool "now".
            """);
    assertThat(catalogue.render("my-files", Style.SOURCE).text())
        .contains("    Cannot be used now: the disk \\\"\\\"\\\" is out\n");
    HostPython python = new HostPython(folder);
    python.add(catalogue);
    python.check();
  }

  @Test
  void serversAndToolsAreFoundByTheNamesThatCodeHasForThem() {
    PythonCatalogue catalogue = catalogue(server("my-files", tool("read.file")), server("time"));

    for (String server : List.of("my-files", "my_files", "MyFiles")) {
      for (String tool : List.of("read.file", "read_file")) {
        assertThat(catalogue.render(server, tool, Style.SIGNATURES).text())
            .isEqualTo("my_files.read_file() -> Any  # Calls the tool \"read.file\".\n");
      }
    }
  }

  @Test
  void aModuleIsCalledAsItIsImportedAndNotAsOneOfPythons() {
    PythonCatalogue catalogue = catalogue(server("my-files"), server("time"), server("caisson"));

    assertThat(catalogue.render(Style.SOURCE).module()).isEqualTo("api");
    assertThat(catalogue.render("my-files", Style.SOURCE).module()).isEqualTo("my_files");
    assertThat(catalogue.render("time", Style.STUB).module()).isEqualTo("time_tools");
    assertThat(catalogue.render("caisson", Style.SOURCE).module()).isEqualTo("caisson_");
    // `caisson api --save` knows by this what it may replace.
    assertThat(catalogue.render(Style.SOURCE).text()).startsWith("# Made by Caisson ");
    assertThat(catalogue.render(Style.STUB).text()).startsWith("# Made by Caisson ");
  }

  @Test
  void anUnknownNameIsNotFoundAndTheNearestNamed() {
    PythonCatalogue catalogue = catalogue(server("weather", tool("get_weather")));

    assertThatThrownBy(() -> catalogue.toolJson("weather", "get_wether"))
        .isInstanceOfSatisfying(
            SandboxException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_FOUND))
        .hasMessage(
            "there is no tool of \"weather\" called \"get_wether\" in the run's catalogue."
                + " Did you mean 'get_weather'?");
    assertThatThrownBy(() -> catalogue.render("whether", Style.SOURCE))
        .hasMessage(
            "there is no tool server called \"whether\" in the run's catalogue."
                + " Did you mean 'weather'?");
    assertThat(catalogue.find("weather", "nothing")).isEmpty();
    assertThat(catalogue.find("nowhere", "nothing")).isEmpty();
  }

  @Test
  void aToolIsMadeOnceAndOnlyWhenAskedFor() {
    PythonCatalogue catalogue =
        PythonCatalogue.of(
            new ToolCatalogue(
                List.of(
                    new ToolCatalogue.Server(
                        "s",
                        "",
                        IntStream.range(0, 2_000).mapToObj(i -> tool("t" + i)).toList()))));

    assertThat(catalogue.find("s", "t7").orElseThrow())
        .isSameAs(catalogue.find("s", "t7").orElseThrow());
  }

  @Test
  void aCatalogueOutsideTheLimitsIsRefused() {
    refused("tool server \"s\" is there twice; allowed: each name once", server("s"), server("s"));
    refused(
        "tool \"t\" of tool server \"s\" is there twice; allowed: each name once",
        server("s", tool("t"), tool("t")));
    refused("tool server \"\" has a name of 0 characters; allowed: 1 to 128", server(""));
    assertThatThrownBy(() -> catalogue(server("s", tool("x".repeat(257)))))
        .hasMessageContaining("has a name of 257 characters; allowed: 1 to 256");
    refused(
        "tool \"t\" of tool server \"s\" has a description of 65537 bytes; allowed: at most 64 KiB",
        server("s", tool("t", "x".repeat(65_537), "", "")));
    refused(
        "tool \"t\" of tool server \"s\" has an input schema nested too deep; allowed: 64 levels",
        server("s", tool("t", "", "{\"a\":".repeat(65) + "1" + "}".repeat(65), "")));
    refused(
        "tool \"t\" of tool server \"s\" has a output schema of 262145 bytes; allowed: at most 256 KiB",
        server("s", tool("t", "", "", " ".repeat(262_145))));
    refused(
        "tool server \"s\" has a reason to be unavailable of 4097 bytes; allowed: at most 4 KiB",
        new ToolCatalogue.Server("s", "", "x".repeat(4_097), List.of()));
    assertThatThrownBy(() ->
            PythonCatalogue.of(
                new ToolCatalogue(IntStream.range(0, 257).mapToObj(i -> server("s" + i)).toList())))
        .hasMessage("the tool catalogue has 257 servers; allowed: 256");
    catalogue(server("s", tool("t", "", "{\"a\":".repeat(64) + "1" + "}".repeat(64), "")))
        .toolJson("s", "t");
  }

  @Test
  void bracketsInTextsAreNoLevels() {
    catalogue(server("s", tool("t", "", "{\"a\":\"" + "[\\\"{".repeat(100) + "\"}", "")));
  }

  private static void refused(String message, ToolCatalogue.Server... servers) {
    assertThatThrownBy(() -> catalogue(servers))
        .isInstanceOfSatisfying(
            SandboxException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_REQUEST))
        .hasMessage(message);
  }
}
