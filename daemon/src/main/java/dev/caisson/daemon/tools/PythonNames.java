package dev.caisson.daemon.tools;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Makes Python names of any text.
 *
 * <p>The rule for one name: normalise it as Python does (NFKC), turn every run of characters that
 * no identifier may hold into one underscore, drop underscores at both ends (names that begin with
 * one are private to Python), cut at {@value #LONGEST} characters, put the kind before a digit or
 * before nothing at all ("tool_3d", "tool"), and put an underscore behind a keyword ("class_").
 *
 * <p>The rule for names that meet: whoever is called so already keeps the name; the others, sorted
 * by their original names, get the name with _2, _3, … behind, skipping names that somebody else
 * has by the first rule. The outcome depends on the set of names and not on their order.
 */
final class PythonNames {

  static final int LONGEST = 80;

  private static final Set<String> KEYWORDS =
      Set.of(
          "False",
          "None",
          "True",
          "and",
          "as",
          "assert",
          "async",
          "await",
          "break",
          "class",
          "continue",
          "def",
          "del",
          "elif",
          "else",
          "except",
          "finally",
          "for",
          "from",
          "global",
          "if",
          "import",
          "in",
          "is",
          "lambda",
          "nonlocal",
          "not",
          "or",
          "pass",
          "raise",
          "return",
          "try",
          "while",
          "with",
          "yield");

  /** Letters that Unicode got after version 14, which the oldest supported Python knows. */
  private static final String YOUNG =
      "\u0CF3\u0ECE\u0897\u1C89\u1C8A\uA7CB\uA7CC\uA7CD\uA7DA\uA7DB\uA7DC";

  private PythonNames() {}

  static boolean isKeyword(String name) {
    return KEYWORDS.contains(name);
  }

  /** The identifier for a text by the first rule, not yet unique. */
  static String identifier(String text, String kind) {
    String name = valid(Normalizer.normalize(text, Normalizer.Form.NFKC), false);
    if (!Normalizer.isNormalized(name, Normalizer.Form.NFKC)) {
      name = valid(name, true);
    }
    if (name.length() > LONGEST) {
      name = strip(name.substring(0, LONGEST));
    }
    if (name.isEmpty()) {
      return kind;
    }
    if (!isStart(name.charAt(0))) {
      name = kind + "_" + name;
    }
    return KEYWORDS.contains(name) ? name + "_" : name;
  }

  /** In class style: "weather_service" becomes "WeatherService". Without underscores. */
  static String classStyle(String identifier) {
    StringBuilder out = new StringBuilder();
    for (String part : identifier.split("_")) {
      if (!part.isEmpty()) {
        out.append(Character.toTitleCase(part.charAt(0))).append(part, 1, part.length());
      }
    }
    String name = Normalizer.normalize(out, Normalizer.Form.NFKC);
    return name.isEmpty() || KEYWORDS.contains(name) ? "X" + name : name;
  }

  /**
   * Gives each original its own name by the second rule.
   *
   * @param wished original → name by the first rule
   * @param reserved names that nobody may have; who wishes one gets it with an underscore behind
   */
  static Map<String, String> resolve(Map<String, String> wished, Set<String> reserved) {
    Map<String, List<String>> groups = new TreeMap<>();
    wished.forEach((original, wish) ->
        groups
            .computeIfAbsent(reserved.contains(wish) ? wish + "_" : wish, k -> new ArrayList<>())
            .add(original));
    Set<String> taken = new HashSet<>(groups.keySet());
    taken.addAll(reserved);
    Map<String, String> names = new HashMap<>();
    groups.forEach((wish, originals) -> {
      originals.sort(
          Comparator.comparing((String original) -> !original.equals(wish))
              .thenComparing(Comparator.naturalOrder()));
      names.put(originals.getFirst(), wish);
      int number = 2;
      for (String original : originals.subList(1, originals.size())) {
        while (!taken.add(wish + "_" + number)) {
          number++;
        }
        names.put(original, wish + "_" + number);
      }
    });
    return names;
  }

  private static String valid(String text, boolean asciiOnly) {
    StringBuilder out = new StringBuilder();
    boolean gap = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (isPart(c) && !(asciiOnly && c >= 0x80)) {
        if (gap && !out.isEmpty()) {
          out.append('_');
        }
        gap = false;
        out.append(c);
      } else {
        gap = true;
      }
    }
    return strip(out.toString());
  }

  private static String strip(String name) {
    int start = 0;
    int end = name.length();
    while (start < end && name.charAt(start) == '_') {
      start++;
    }
    while (end > start && name.charAt(end - 1) == '_') {
      end--;
    }
    return name.substring(start, end);
  }

  private static boolean isStart(char c) {
    return switch (Character.getType(c)) {
      case Character.UPPERCASE_LETTER,
          Character.LOWERCASE_LETTER,
          Character.TITLECASE_LETTER,
          Character.MODIFIER_LETTER,
          Character.OTHER_LETTER,
          Character.LETTER_NUMBER ->
          Character.isUnicodeIdentifierStart(c) && YOUNG.indexOf(c) < 0;
      default -> false;
    };
  }

  private static boolean isPart(char c) {
    if (c == '_' || isStart(c)) {
      return true;
    }
    return switch (Character.getType(c)) {
      case Character.NON_SPACING_MARK,
          Character.COMBINING_SPACING_MARK,
          Character.DECIMAL_DIGIT_NUMBER ->
          Character.isUnicodeIdentifierPart(c) && YOUNG.indexOf(c) < 0;
      default -> false;
    };
  }
}
