package dev.caisson.daemon.tools;

import static dev.caisson.daemon.tools.Catalogues.CITY;
import static dev.caisson.daemon.tools.Catalogues.catalogue;
import static dev.caisson.daemon.tools.Catalogues.server;
import static dev.caisson.daemon.tools.Catalogues.tool;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class ToolSearchTest {

  private final PythonCatalogue catalogue =
      catalogue(
          server(
              "weather",
              tool("get_forecast", "Tells the weather of the next days.", CITY, ""),
              tool("listStations", "Lists places that measure temperatures. More.", "", "")),
          server(
              "files",
              tool("read-file", "Reads a file.", "", ""),
              tool("write-file", "Writes a file about the weather.", "", "")));

  @Test
  void findsByNameDescriptionParameterAndServer() {
    assertThat(found("forecast")).containsExactly("get_forecast");
    assertThat(found("temperature")).containsExactly("listStations");
    assertThat(found("city")).containsExactly("get_forecast");
    assertThat(found("station")).containsExactly("listStations");
    assertThat(found("weather")).containsExactly("get_forecast", "listStations", "write-file");
    assertThat(found("files")).containsExactly("read-file", "write-file");
    assertThat(found("READ FILE")).startsWith("read-file");
    assertThat(found("temp")).containsExactly("listStations");
  }

  @Test
  void whatNothingSaysFindsNothing() {
    assertThat(catalogue.search("zebra", 0)).isEqualTo(new ToolSearch.Result(List.of(), 0));
    assertThat(catalogue.search("!?", 0)).isEqualTo(new ToolSearch.Result(List.of(), 0));
  }

  @Test
  void anEmptyQueryListsAllInTheCataloguesOrder() {
    assertThat(found(""))
        .containsExactly("get_forecast", "listStations", "read-file", "write-file");
    assertThat(catalogue.search(" ", 1).total()).isEqualTo(4);
    assertThat(catalogue.search(" ", 1).matches()).hasSize(1);
  }

  @Test
  void aMatchSaysHowToCallTheTool() {
    assertThat(catalogue.searchJson("forecast", 1).toString())
        .isEqualTo(
            """
            [{"server":"weather","tool":"get_forecast","python_name":"weather.get_forecast",\
            "signature":"def get_forecast(city: str) -> Any",\
            "summary":"Tells the weather of the next days."}]\
            """);
  }

  @Test
  void aLimitOutOfRangeIsRefused() {
    assertThatThrownBy(() -> catalogue.search("x", 101))
        .hasMessage("limit is 101; allowed is 1 to 100, or 0");
    assertThatThrownBy(() -> catalogue.search("x", -1)).hasMessageContaining("limit is -1");
  }

  private List<String> found(String query) {
    return catalogue.search(query, 0).matches().stream().map(ToolSearch.Match::tool).toList();
  }
}
