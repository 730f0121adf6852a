package dev.caisson.daemon.tools;

import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.NearestName;
import dev.caisson.daemon.model.ToolCatalogue;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The tool catalogue of one run as Python sees it. Making one checks sizes and names the servers
 * and nothing more; tools are made one by one at first use and kept, so a run that uses none of
 * 2,000 tools has not paid for them. Safe for many threads.
 */
public final class PythonCatalogue {

  /** How to render. */
  public enum Style {
    /** An importable module. */
    SOURCE,
    /** Its stub. */
    STUB,
    /** A line for each tool and type. */
    SIGNATURES,
    /** Signature, documentation and types of each tool. */
    REFERENCE
  }

  /** Names are made out of hundreds that are reserved; a run without tools need not wait for it. */
  private static final PythonCatalogue NONE =
      new PythonCatalogue(ToolCatalogue.EMPTY, (server, tool) -> true);

  private final Map<String, ToolCatalogue.Server> described = new LinkedHashMap<>();
  private final Map<String, PythonServer.Names> names = new LinkedHashMap<>();
  private final Set<String> avoided;
  private final ConcurrentHashMap<String, PythonServer> servers = new ConcurrentHashMap<>();
  private final AtomicReference<@Nullable ToolSearch> search = new AtomicReference<>();

  private final BiPredicate<String, String> granted;

  private PythonCatalogue(ToolCatalogue catalogue, BiPredicate<String, String> granted) {
    this.granted = granted;
    Map<String, String> wished = new LinkedHashMap<>();
    for (ToolCatalogue.Server server : catalogue.servers()) {
      described.put(server.name(), server);
      wished.put(server.name(), PythonNames.identifier(server.name(), "server"));
    }
    Map<String, String> python = PythonNames.resolve(wished, ReservedNames.FOR_SERVERS);
    Map<String, String> classes = classNames(python);
    for (String name : described.keySet()) {
      names.put(
          name,
          new PythonServer.Names(
              name, python.getOrDefault(name, name), classes.getOrDefault(name, name)));
    }
    Set<String> taken = new HashSet<>(python.values());
    taken.addAll(classes.values());
    taken.addAll(ReservedNames.FOR_SERVERS);
    this.avoided = Set.copyOf(taken);
  }

  /** Refuses a catalogue outside the documented limits. Every tool is granted. */
  public static PythonCatalogue of(ToolCatalogue catalogue) {
    return of(catalogue, (server, tool) -> true);
  }

  /**
   * As above, for a run that may not call every tool.
   *
   * @param granted whether the tool of that server is; the others are neither listed nor found, and
   *     change nobody's Python name
   */
  public static PythonCatalogue of(ToolCatalogue catalogue, BiPredicate<String, String> granted) {
    if (catalogue.servers().isEmpty()) {
      return NONE;
    }
    CatalogueLimits.check(catalogue);
    return new PythonCatalogue(catalogue, granted);
  }

  /** A class name may be the server's own Python name, and nobody else's. */
  private static Map<String, String> classNames(Map<String, String> python) {
    Map<String, String> wished = new LinkedHashMap<>();
    Map<String, String> names = new LinkedHashMap<>();
    python.forEach((name, pythonName) -> {
      String className = PythonNames.classStyle(pythonName);
      if (className.equals(pythonName)) {
        names.put(name, className);
      } else {
        wished.put(name, className);
      }
    });
    Set<String> reserved = new HashSet<>(ReservedNames.FOR_SERVERS);
    reserved.addAll(python.values());
    names.putAll(PythonNames.resolve(wished, reserved));
    return names;
  }

  /** What the servers are called, in the catalogue's order. */
  public List<PythonServer.Names> servers() {
    return List.copyOf(names.values());
  }

  /** The server of that catalogue name. */
  public Optional<PythonServer> find(String server) {
    PythonServer.Names found = names.get(server);
    ToolCatalogue.Server tools = described.get(server);
    if (found == null || tools == null) {
      return Optional.empty();
    }
    return Optional.of(
        servers.computeIfAbsent(
            server,
            name -> new PythonServer(found, tools, avoided, tool -> granted.test(server, tool))));
  }

  /** Whether the client brought a tool of those catalogue names, granted or not. */
  public boolean has(String server, String tool) {
    return find(server).flatMap(found -> found.described(tool)).isPresent();
  }

  /** What is wrong with the arguments of a call, a JSON text; empty when nothing is. */
  public Optional<String> argumentFault(String server, String tool, byte[] arguments) {
    String schema =
        find(server)
            .flatMap(found -> found.described(tool))
            .map(ToolCatalogue.Tool::inputSchema)
            .orElse("");
    return ArgumentSchema.of(schema).fault(arguments);
  }

  /** The tool of those catalogue names. */
  public Optional<PythonTool> find(String server, String tool) {
    return find(server).flatMap(found -> found.find(tool));
  }

  /** The whole catalogue. */
  public Rendering render(Style style) {
    Map<PythonServer, List<PythonTool>> all = new LinkedHashMap<>();
    names.keySet().forEach(name -> all.put(server(name), tools(server(name))));
    return Rendering.ofAll(all, style);
  }

  /** One server; NOT_FOUND when the catalogue has none of that name. */
  public Rendering render(String server, Style style) {
    PythonServer found = server(server);
    return Rendering.ofOne(found, tools(found), style);
  }

  /** One tool; NOT_FOUND when the catalogue has none of that name. */
  public Rendering render(String server, String tool, Style style) {
    return Rendering.ofOne(server(server), List.of(tool(server, tool)), style);
  }

  /**
   * Finds tools by words.
   *
   * @param limit 1 to 100; 0 means 10
   */
  public ToolSearch.Result search(String query, int limit) {
    ToolSearch index = search.get();
    if (index == null) {
      // Two threads may both build one; they are the same.
      index = new ToolSearch(names.keySet().stream().map(this::server).toList());
      search.set(index);
    }
    return index.find(query, limit);
  }

  /** What the catalogue service answers to "server". */
  public ObjectNode serverJson(String server) {
    return server(server).toJson();
  }

  /** What the catalogue service answers to "tool". */
  public ObjectNode toolJson(String server, String tool) {
    return tool(server, tool).toJson();
  }

  /** What the catalogue service answers to "search". */
  public ArrayNode searchJson(String query, int limit) {
    ArrayNode json = JsonNodeFactory.instance.arrayNode();
    for (ToolSearch.Match match : search(query, limit).matches()) {
      ObjectNode entry = json.addObject();
      entry.put("server", match.server()).put("tool", match.tool());
      entry.put("python_name", match.pythonName()).put("signature", match.signature());
      entry.put("summary", match.summary());
    }
    return json;
  }

  /** The "servers" of the channel's run header. */
  public ArrayNode serversJson() {
    ArrayNode json = JsonNodeFactory.instance.arrayNode();
    for (PythonServer.Names server : names.values()) {
      ObjectNode entry = json.addObject();
      entry.put("name", server.name()).put("python", server.python());
      entry.put("class", server.className());
    }
    return json;
  }

  private static List<PythonTool> tools(PythonServer server) {
    List<PythonTool> tools = new ArrayList<>();
    server.toolNames().forEach(name -> server.find(name).ifPresent(tools::add));
    return tools;
  }

  /** By its own name, or by one that code has for it. */
  private PythonServer server(String name) {
    return find(name)
        .or(() ->
            names.values().stream()
                .filter(one -> one.python().equals(name) || one.className().equals(name))
                .findFirst()
                .flatMap(one -> find(one.name())))
        .orElseThrow(() -> unknown("tool server", name, names.keySet()));
  }

  private PythonTool tool(String server, String name) {
    PythonServer found = server(server);
    return found
        .find(name)
        .or(() ->
            found.toolNames().stream()
                .filter(own -> found.pythonName(own).equals(name))
                .findFirst()
                .flatMap(found::find))
        .orElseThrow(
            () -> unknown("tool of " + PythonText.literal(server), name, found.toolNames()));
  }

  private static SandboxException unknown(String what, String name, Collection<String> known) {
    return new SandboxException(
        ErrorCode.NOT_FOUND,
        "there is no "
            + what
            + " called "
            + PythonText.literal(PythonText.cut(name, 256))
            + " in the run's catalogue."
            + NearestName.hint(name, known));
  }
}
