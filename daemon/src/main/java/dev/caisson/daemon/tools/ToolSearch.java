package dev.caisson.daemon.tools;

import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.ToolCatalogue;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds tools by words of their names, descriptions and parameters: BM25 over word counts in which
 * a word of a name counts for more than a word of a description, and a word that only begins like
 * the one asked for counts half. Immutable; equal scores are ordered by name.
 */
public final class ToolSearch {

  private static final int DEFAULT_LIMIT = 10;
  private static final int MOST = 100;
  private static final int LONGEST_QUERY = 1_000;
  private static final int MOST_WORDS_ASKED = 32;
  private static final int LONGEST_TEXT = 8_192;
  private static final double NAME = 4;
  private static final double SERVER = 2;
  private static final double TITLE = 2;
  private static final double PARAMETER = 1;
  private static final double DESCRIPTION = 1;
  private static final double SATURATION = 1.2;
  private static final double LENGTH_WEIGHT = 0.5;
  private static final Pattern WORD =
      Pattern.compile("\\p{Lu}+(?!\\p{Ll})|\\p{Lu}?\\p{Ll}+|\\p{Nd}+|[\\p{Lo}\\p{Lm}\\p{M}]+");
  private static final Pattern PROPERTY = Pattern.compile("\"([^\"\\\\]{1,80})\"\\s*+:\\s*+\\{");

  /**
   * One tool found.
   *
   * @param pythonName how code calls it: "weather.get_weather"
   * @param signature "def get_weather(city: str) -> Any"
   */
  public record Match(
      String server, String tool, String pythonName, String signature, String summary) {}

  /**
   * The best matches first.
   *
   * @param total how many matched in all
   */
  public record Result(List<Match> matches, int total) {
    public Result {
      matches = List.copyOf(matches);
    }
  }

  private record Entry(
      PythonServer server, String tool, Map<String, Double> words, double length) {}

  private record Hit(Entry entry, double score) {}

  private final List<Entry> entries = new ArrayList<>();
  private final Map<String, Integer> frequency = new HashMap<>();
  private final double averageLength;

  ToolSearch(List<PythonServer> servers) {
    for (PythonServer server : servers) {
      server.toolNames().stream()
          .flatMap(name -> server.described(name).stream())
          .forEach(tool -> entries.add(entry(server, tool)));
    }
    entries.forEach(e -> e.words().keySet().forEach(w -> frequency.merge(w, 1, Integer::sum)));
    averageLength = Math.max(1, entries.stream().mapToDouble(Entry::length).average().orElse(1));
  }

  Result find(String query, int limit) {
    if (limit < 0 || limit > MOST) {
      throw new SandboxException(
          ErrorCode.INVALID_REQUEST, "limit is " + limit + "; allowed is 1 to " + MOST + ", or 0");
    }
    int most = limit == 0 ? DEFAULT_LIMIT : limit;
    if (query.isBlank()) {
      return new Result(
          entries.stream().limit(most).map(ToolSearch::match).toList(), entries.size());
    }
    Set<String> asked = new LinkedHashSet<>();
    for (String word : words(PythonText.cut(query, LONGEST_QUERY))) {
      if (asked.size() < MOST_WORDS_ASKED) {
        asked.add(word);
      }
    }
    List<Hit> hits = new ArrayList<>();
    for (Entry entry : entries) {
      double score = score(entry, asked);
      if (score > 0) {
        hits.add(new Hit(entry, score));
      }
    }
    hits.sort(
        Comparator.comparingDouble((Hit hit) -> -hit.score())
            .thenComparing(hit -> hit.entry().server().names().name())
            .thenComparing(hit -> hit.entry().tool()));
    return new Result(
        hits.stream().limit(most).map(hit -> match(hit.entry())).toList(), hits.size());
  }

  private double score(Entry entry, Set<String> asked) {
    double score = 0;
    for (String word : asked) {
      String found = nearest(entry, word);
      double count = entry.words().getOrDefault(found, 0.0) / (found.equals(word) ? 1 : 2);
      if (count > 0) {
        int documents = frequency.getOrDefault(found, 0);
        double rarity = Math.log(1 + (entries.size() - documents + 0.5) / (documents + 0.5));
        double norm =
            SATURATION * (1 - LENGTH_WEIGHT + LENGTH_WEIGHT * entry.length() / averageLength);
        score += rarity * count * (SATURATION + 1) / (count + norm);
      }
    }
    return score;
  }

  /** The word itself, or the most frequent one that begins like it. */
  private static String nearest(Entry entry, String word) {
    if (entry.words().containsKey(word) || word.length() < 3) {
      return word;
    }
    return entry.words().entrySet().stream()
        .filter(other -> other.getKey().startsWith(word))
        .min(
            Comparator.comparingDouble((Map.Entry<String, Double> other) -> -other.getValue())
                .thenComparing(Map.Entry::getKey))
        .map(Map.Entry::getKey)
        .orElse(word);
  }

  private static Match match(Entry entry) {
    PythonTool tool = entry.server().find(entry.tool()).orElseThrow();
    return new Match(
        tool.server(),
        tool.name(),
        entry.server().names().python() + "." + tool.python(),
        "def " + tool.python() + tool.signature(),
        tool.summary());
  }

  private static Entry entry(PythonServer server, ToolCatalogue.Tool tool) {
    Map<String, Double> counts = new HashMap<>();
    count(tool.name(), NAME, counts);
    count(server.names().name(), SERVER, counts);
    count(tool.title(), TITLE, counts);
    count(tool.description(), DESCRIPTION, counts);
    // Names in front of an object are parameters and their parts; near enough without parsing.
    Matcher property = PROPERTY.matcher(PythonText.cut(tool.inputSchema(), LONGEST_TEXT));
    while (property.find()) {
      if (!property.group(1).equals("properties")) {
        count(property.group(1), PARAMETER, counts);
      }
    }
    double length = counts.values().stream().mapToDouble(Double::doubleValue).sum();
    return new Entry(server, tool.name(), Map.copyOf(counts), length);
  }

  private static void count(String text, double weight, Map<String, Double> counts) {
    for (String word : words(PythonText.cut(text, LONGEST_TEXT))) {
      counts.merge(word, weight, Double::sum);
    }
  }

  /** Words in small letters, names in camel case taken apart, a plural's s gone. */
  private static List<String> words(String text) {
    List<String> words = new ArrayList<>();
    Matcher matcher = WORD.matcher(Normalizer.normalize(text, Normalizer.Form.NFKC));
    while (matcher.find()) {
      String word = matcher.group().toLowerCase(Locale.ROOT);
      boolean plural = word.length() > 3 && word.endsWith("s") && !word.endsWith("ss");
      words.add(plural ? word.substring(0, word.length() - 1) : word);
    }
    return words;
  }
}
