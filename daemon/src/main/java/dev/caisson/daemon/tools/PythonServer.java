package dev.caisson.daemon.tools;

import dev.caisson.daemon.model.ToolCatalogue;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * One tool server as Python sees it. Names of all its tools are made together, since they decide
 * about each other; a tool itself is made when somebody asks for it. Safe for many threads.
 */
public final class PythonServer {

  /**
   * What a server is called.
   *
   * @param name in the catalogue
   * @param python in Python: weather_service
   * @param className in Python in class style: WeatherService
   */
  public record Names(String name, String python, String className) {}

  /** Words of the rendered class body that a tool's name could hide. */
  private static final Set<String> WORDS =
      Set.of(
          "str", "int", "float", "bool", "list", "dict", "tuple", "staticmethod", "Any", "Literal");

  private final Names names;
  private final ToolCatalogue.Server server;
  private final Set<String> avoided;
  private final Set<String> hidden;
  private final Map<String, ToolCatalogue.Tool> tools = new LinkedHashMap<>();
  private final Map<String, String> pythonNames;
  private final Map<String, String> classNames;
  private final Predicate<String> granted;
  private final ConcurrentHashMap<String, PythonTool> bound = new ConcurrentHashMap<>();

  /**
   * @param granted tools by catalogue name; the others keep their Python names and are not listed
   */
  PythonServer(
      Names names, ToolCatalogue.Server server, Set<String> avoided, Predicate<String> granted) {
    this.granted = granted;
    this.names = names;
    this.server = server;
    this.avoided = avoided;
    Map<String, String> wished = new LinkedHashMap<>();
    for (ToolCatalogue.Tool tool : server.tools()) {
      tools.put(tool.name(), tool);
      wished.put(tool.name(), PythonNames.identifier(tool.name(), "tool"));
    }
    this.pythonNames = PythonNames.resolve(wished, Set.of());
    Map<String, String> wishedClasses = new LinkedHashMap<>();
    pythonNames.values().forEach(name -> wishedClasses.put(name, PythonNames.classStyle(name)));
    this.classNames = PythonNames.resolve(wishedClasses, Set.of());
    Set<String> hiddenWords = new TreeSet<>(pythonNames.values());
    hiddenWords.retainAll(WORDS);
    this.hidden = Set.copyOf(hiddenWords);
  }

  public Names names() {
    return names;
  }

  /** Names of the granted tools in the catalogue, in its order. */
  public List<String> toolNames() {
    return tools.keySet().stream().filter(granted).toList();
  }

  /** The tool as its client described it, granted or not. */
  Optional<ToolCatalogue.Tool> described(String tool) {
    return Optional.ofNullable(tools.get(tool));
  }

  /** The granted tool of that catalogue name. */
  public Optional<PythonTool> find(String tool) {
    ToolCatalogue.Tool described = tools.get(tool);
    return described == null || !granted.test(tool)
        ? Optional.empty()
        : Optional.of(bound.computeIfAbsent(tool, name -> bind(described)));
  }

  /** The Python name of a tool that is in the catalogue. */
  String pythonName(String tool) {
    return pythonNames.getOrDefault(tool, tool);
  }

  /** Words that mean a tool where the tools are defined. */
  Set<String> hidden() {
    return hidden;
  }

  /** The docstring of the namespace. */
  String doc() {
    String description = PythonText.prose(server.description());
    String doc =
        description.isEmpty()
            ? "Tools of the server " + PythonText.literal(names.name()) + "."
            : description;
    return unavailable().isEmpty() ? doc : doc + "\n\nCannot be used now: " + unavailable();
  }

  /** Why no tool of it can be used, on one line; empty when they can. */
  public String unavailable() {
    return PythonText.line(server.unavailable());
  }

  /** The server of the channel's catalogue service. */
  ObjectNode toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("name", names.name()).put("python", names.python());
    json.put("class", names.className()).put("doc", doc());
    if (!unavailable().isEmpty()) {
      json.put("unavailable", unavailable());
    }
    ArrayNode list = json.putArray("tools");
    toolNames().forEach(t -> list.addObject().put("python", pythonName(t)).put("name", t));
    List<String> denied = tools.keySet().stream().filter(granted.negate()).toList();
    if (!denied.isEmpty()) {
      ArrayNode names = json.putArray("denied");
      denied.forEach(t -> names.addObject().put("python", pythonName(t)).put("name", t));
    }
    return json;
  }

  private PythonTool bind(ToolCatalogue.Tool tool) {
    String python = pythonName(tool.name());
    String prefix = names.className() + "_" + classNames.getOrDefault(python, python);
    return ToolBinding.bind(
        names.name(), tool, python, hidden, new DefinedTypes(prefix, this::isTaken));
  }

  /** Looked up one by one: a set of all names would be made before the first call of any tool. */
  private boolean isTaken(String name) {
    return avoided.contains(name) || pythonNames.containsValue(name);
  }
}
