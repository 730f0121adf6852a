package dev.caisson.daemon.tools;

import dev.caisson.daemon.model.ToolCatalogue;
import dev.caisson.daemon.model.ToolCatalogue.Server;
import dev.caisson.daemon.model.ToolCatalogue.Tool;
import java.util.List;

/** Catalogues for tests. */
final class Catalogues {

  static final String CITY =
      """
      {"type":"object","properties":{"city":{"type":"string","description":"Name of the city."}},
       "required":["city"]}\
      """;

  private Catalogues() {}

  static Tool tool(String name) {
    return new Tool(name, "", "", "{\"type\":\"object\",\"properties\":{}}", "");
  }

  static Tool tool(String name, String description, String input, String output) {
    return new Tool(name, "", description, input, output);
  }

  static Server server(String name, Tool... tools) {
    return new Server(name, "", List.of(tools));
  }

  static PythonCatalogue catalogue(Server... servers) {
    return PythonCatalogue.of(new ToolCatalogue(List.of(servers)));
  }

  /** One tool that takes {@code input}. */
  static PythonTool bound(String input, String output) {
    return catalogue(server("s", tool("t", "Does it.", input, output)))
        .find("s", "t")
        .orElseThrow();
  }

  /** All that is difficult in one catalogue. */
  static PythonCatalogue tricky() {
    String weather =
        """
        {"type":"object","required":["location","when"],
         "properties":{
          "units":{"enum":["c","f"],"default":"c","description":"Unit of the temperature."},
          "location":{"type":"string","description":"Where; \\"City, Country\\"."},
          "when":{"anyOf":[{"type":"string","format":"date-time"},{"type":"null"}]},
          "days":{"type":"integer","minimum":1,"maximum":14,"default":1},
          "from":{"type":"string"},
          "filter":{"type":"object","required":["kinds"],"properties":{
             "kinds":{"type":"array","items":{"enum":["rain","snow",null]}},
             "area":{"type":"object","properties":{"lat":{"type":"number"},"lon":{"type":"number"}},
                     "required":["lat","lon"]},
             "area-2":{"type":"object","properties":{"lat":{"type":"number"},"lon":{"type":"number"}},
                     "required":["lat","lon"]}}},
          "tags":{"type":"object","additionalProperties":{"type":["string","integer"]}},
          "box":{"type":"array","prefixItems":[{"type":"number"},{"type":"number"}]}}}\
        """;
    String forecast =
        """
        {"type":"object","required":["temperature"],"properties":{
          "temperature":{"type":"number","description":"In the unit asked for."},
          "sky":{"oneOf":[{"const":"clear"},{"const":"cloudy"}]},
          "station":{"$ref":"#/$defs/Station"}},
         "$defs":{"Station":{"type":"object","properties":{
            "id":{"type":"integer"},"near":{"type":"array","items":{"$ref":"#/$defs/Station"}}}}}}\
        """;
    String lists =
        """
        {"type":"object","properties":{"list":{"type":"array","items":{"type":"string"}},
          "str":{"type":"object","properties":{"str":{"type":"string"},"int":{"type":"integer"}}}},
         "required":["list"]}\
        """;
    return catalogue(
        new Server(
            "weather-service",
            "Weather of the world.\\n\nSecond paragraph.",
            List.of(
                tool(
                    "get_weather",
                    "Gets the weather.\n\n  Indented \"\"\"quotes\"\"\".",
                    weather,
                    forecast),
                tool("get-weather", "The older one.", CITY, ""),
                tool("get.weather", "", CITY, "{\"type\":\"string\"}"),
                tool("get-user.v2"),
                tool("class", "Named like a keyword.", "", ""),
                tool(
                    "list",
                    "Named like a builtin.",
                    lists,
                    "{\"type\":\"array\",\"items\":{\"type\":\"string\"}}"),
                tool("str"),
                tool("__init__"),
                tool("_hidden"),
                tool("3d"),
                tool("!!!"),
                tool("天気予報"),
                tool("ﬁnd", "A ligature.", CITY, ""),
                tool("find"),
                tool("x".repeat(256)),
                tool("x".repeat(255) + "y"))),
        server("weather_service", tool("get_weather")),
        server("WeatherService", tool("get_weather")),
        server("tools", tool("search")),
        server("list", tool("append")),
        server("value-error", tool("raise")),
        server("Time", tool("now")),
        server("😀", tool("😀")));
  }
}
