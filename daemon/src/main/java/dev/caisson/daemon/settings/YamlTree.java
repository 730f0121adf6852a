package dev.caisson.daemon.settings;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.AnchorNode;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A YAML file as a tree with the line of every key. Anchors, aliases, tags of one's own and keys
 * given twice are refused: the first three let a small file become a large one, the last hides
 * which of two limits is in force.
 *
 * @param file how messages call the file
 * @param tree the values
 * @param lines line of each key, sections joined by dots, and of each entry of a list: "a.b[0]"
 * @param problems what was wrong with the form
 */
public record YamlTree(
    String file, ObjectNode tree, Map<String, Integer> lines, List<Problem> problems) {

  /** Characters of the largest file read. */
  public static final int LONGEST = 1 << 20;

  private static final int DEEPEST = 16;
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  public YamlTree {
    lines = Map.copyOf(lines);
    problems = List.copyOf(problems);
  }

  /** Reads {@code text}; what is wrong with it is in {@link #problems}, never thrown. */
  public static YamlTree read(String file, String text) {
    Reading reading = new Reading(file);
    ObjectNode tree = reading.document(text);
    return new YamlTree(file, tree, reading.lines, reading.problems);
  }

  /** "file:line" of a key, or the file alone when the key is not in it. */
  public String where(String key) {
    int line = line(key);
    return line == 0 ? file : file + ":" + line;
  }

  /** The line of a key, from 1; 0 when the key is not in the file. */
  public int line(String key) {
    return lines.getOrDefault(key, 0);
  }

  private static final class Reading {
    private final String file;
    private final Map<String, Integer> lines = new HashMap<>();
    private final List<Problem> problems = new ArrayList<>();

    Reading(String file) {
      this.file = file;
    }

    ObjectNode document(String text) {
      LoadSettings settings =
          LoadSettings.builder().setLabel(file).setCodePointLimit(LONGEST).build();
      try {
        if (deeperThanAllowed(settings, text)) {
          return JSON.objectNode();
        }
        return new Compose(settings).composeString(text).map(this::root).orElse(JSON.objectNode());
      } catch (MarkedYamlEngineException e) {
        int line = e.getProblemMark().map(Mark::getLine).orElse(0) + 1;
        problem(line, "", "", "not YAML: " + e.getProblem(), "Correct the line");
      } catch (YamlEngineException e) {
        problem(1, "", "", "not YAML: " + firstLine(e), "Correct the file");
      }
      return JSON.objectNode();
    }

    /** Looked at before composing, which descends by recursion. */
    private boolean deeperThanAllowed(LoadSettings settings, String text) {
      int depth = 0;
      for (Event event : new Parse(settings).parseString(text)) {
        if (event instanceof CollectionStartEvent) {
          depth++;
        } else if (event instanceof CollectionEndEvent) {
          depth--;
        }
        if (depth > DEEPEST) {
          int line = event.getStartMark().map(Mark::getLine).orElse(0) + 1;
          problem(line, "", "", "nested deeper than " + DEEPEST, "Flatten the file");
          return true;
        }
      }
      return false;
    }

    private static String firstLine(YamlEngineException e) {
      return String.valueOf(e.getMessage()).lines().findFirst().orElse("unreadable");
    }

    private ObjectNode root(Node node) {
      if (node instanceof MappingNode mapping) {
        return mapping(mapping, "");
      }
      problem(line(node), "", "", "a file holds keys and values", "Write 'section:' and its keys");
      return JSON.objectNode();
    }

    private ObjectNode mapping(MappingNode node, String path) {
      ObjectNode object = JSON.objectNode();
      for (NodeTuple tuple : node.getValue()) {
        if (!(tuple.getKeyNode() instanceof ScalarNode keyNode)) {
          problem(line(tuple.getKeyNode()), path, "", "keys are plain words", "Write a plain key");
          continue;
        }
        String key = path.isEmpty() ? keyNode.getValue() : path + "." + keyNode.getValue();
        if (lines.putIfAbsent(key, line(keyNode)) != null) {
          problem(line(keyNode), key, "", "the key is given twice", "Keep one of the two");
          continue;
        }
        object.set(keyNode.getValue(), value(tuple.getValueNode(), key));
      }
      return object;
    }

    private JsonNode value(Node node, String path) {
      if (node.getAnchor().isPresent() || node instanceof AnchorNode) {
        problem(line(node), path, "", "anchors and aliases are refused", "Write the value out");
        return JSON.nullNode();
      }
      return switch (node) {
        case MappingNode mapping -> mapping(mapping, path);
        case SequenceNode sequence -> sequence(sequence, path);
        case ScalarNode scalar -> scalar(scalar, path);
        default -> JSON.nullNode();
      };
    }

    private ArrayNode sequence(SequenceNode node, String path) {
      ArrayNode array = JSON.arrayNode();
      for (Node element : node.getValue()) {
        String entry = path + "[" + array.size() + "]";
        lines.put(entry, line(element));
        array.add(value(element, entry));
      }
      return array;
    }

    private JsonNode scalar(ScalarNode node, String path) {
      String text = node.getValue();
      Tag tag = node.getTag();
      if (tag.equals(Tag.STR)) {
        return JSON.stringNode(text);
      }
      if (tag.equals(Tag.NULL)) {
        return JSON.nullNode();
      }
      if (tag.equals(Tag.BOOL)) {
        return JSON.booleanNode(text.equalsIgnoreCase("true"));
      }
      boolean number = text.matches("[-+]?[0-9.]{1,40}([eE][-+]?[0-9]{1,3})?");
      if (tag.equals(Tag.INT) && number) {
        return JSON.numberNode(new BigInteger(text));
      }
      if (tag.equals(Tag.FLOAT) && number) {
        return JSON.numberNode(new BigDecimal(text));
      }
      problem(line(node), path, text, "not a value that a file may hold", "Write a plain value");
      return JSON.nullNode();
    }

    private void problem(int line, String key, String value, String allowed, String remedy) {
      problems.add(new Problem(file + ":" + line, key, value, allowed, remedy));
    }

    private static int line(Node node) {
      return node.getStartMark().map(Mark::getLine).orElse(0) + 1;
    }
  }
}
