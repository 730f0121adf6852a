package dev.caisson.daemon.tools;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** A type as Python writes it. Only words chosen by us, generated names and escaped literals. */
sealed interface PythonType {

  /** Parts of the largest type that is written out; a larger one becomes Any. */
  int LARGEST = 40;

  /** Values of the largest Literal that is written out; a larger one becomes the values' type. */
  int MOST_LITERALS = 32;

  Word ANY = new Word("Any");
  Word NONE = new Word("None");
  PythonType ANY_DICT = new Applied("dict", List.of(new Word("str"), ANY));

  /** A builtin or typing name: str, Any. */
  record Word(String word) implements PythonType {}

  /** A class that the module defines. */
  record Defined(String name) implements PythonType {}

  /** Literal[…] with values already written as Python. */
  record Literals(List<String> values) implements PythonType {
    public Literals {
      values = List.copyOf(values);
    }
  }

  /** list[T], dict[str, T], tuple[A, B]; a tuple without elements is tuple[()]. */
  record Applied(String word, List<PythonType> arguments) implements PythonType {
    public Applied {
      arguments = List.copyOf(arguments);
    }
  }

  /** A | B; made by {@link #union} alone, which keeps it flat and without repetition. */
  record Union(List<PythonType> parts) implements PythonType {
    public Union {
      parts = List.copyOf(parts);
    }
  }

  static PythonType list(PythonType element) {
    return limited(new Applied("list", List.of(element)));
  }

  static PythonType dict(PythonType value) {
    return limited(new Applied("dict", List.of(new Word("str"), value)));
  }

  static PythonType tuple(List<PythonType> elements) {
    return limited(new Applied("tuple", elements));
  }

  /** One of the types: repetitions gone, literals together, None last, Any swallows the rest. */
  static PythonType union(List<PythonType> types) {
    Set<PythonType> parts = new LinkedHashSet<>();
    Set<String> literals = new LinkedHashSet<>();
    boolean none = false;
    List<PythonType> flat = new ArrayList<>();
    for (PythonType type : types) {
      if (type instanceof Union(List<PythonType> inner)) {
        flat.addAll(inner);
      } else {
        flat.add(type);
      }
    }
    for (PythonType type : flat) {
      switch (type) {
        case Literals(List<String> values) -> literals.addAll(values);
        case Word word when word.equals(NONE) -> none = true;
        default -> parts.add(type);
      }
    }
    if (parts.contains(ANY)) {
      return ANY;
    }
    List<PythonType> all = new ArrayList<>();
    if (literals.size() > MOST_LITERALS) {
      literals.stream().map(PythonType::wordOf).distinct().forEach(parts::add);
    } else if (!literals.isEmpty()) {
      all.add(new Literals(List.copyOf(literals)));
    }
    all.addAll(parts);
    if (none) {
      all.add(NONE);
    }
    return switch (all.size()) {
      case 0 -> ANY;
      case 1 -> all.getFirst();
      default -> limited(new Union(all));
    };
  }

  /** As source. Words in {@code hidden} are reached through their modules. */
  default String text(Set<String> hidden) {
    return switch (this) {
      case Word(String word) -> qualified(word, hidden);
      case Defined(String name) -> name;
      case Literals(List<String> values) ->
          values.stream()
              .collect(Collectors.joining(", ", qualified("Literal", hidden) + "[", "]"));
      case Applied(String word, List<PythonType> arguments) ->
          arguments.isEmpty()
              ? qualified(word, hidden) + "[()]"
              : arguments.stream()
                  .map(argument -> argument.text(hidden))
                  .collect(Collectors.joining(", ", qualified(word, hidden) + "[", "]"));
      case Union(List<PythonType> parts) ->
          parts.stream().map(part -> part.text(hidden)).collect(Collectors.joining(" | "));
    };
  }

  /** A word, through its module when something nearer has the same name. */
  static String qualified(String word, Set<String> hidden) {
    if (!hidden.contains(word)) {
      return word;
    }
    return Character.isUpperCase(word.charAt(0)) ? "_typing." + word : "_builtins." + word;
  }

  /** The type of a value already written as Python. */
  private static Word wordOf(String literal) {
    return switch (literal.charAt(0)) {
      case '"' -> new Word("str");
      case 'T', 'F' -> new Word("bool");
      default -> new Word("int");
    };
  }

  private static PythonType limited(PythonType type) {
    return size(type) <= LARGEST ? type : ANY;
  }

  private static int size(PythonType type) {
    return switch (type) {
      case Word word -> 1;
      case Defined defined -> 1;
      case Literals literals -> 1;
      case Applied(String word, List<PythonType> arguments) ->
          1 + arguments.stream().mapToInt(PythonType::size).sum();
      case Union(List<PythonType> parts) -> parts.stream().mapToInt(PythonType::size).sum();
    };
  }
}
