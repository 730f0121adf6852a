package dev.caisson.daemon.tools;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

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

  /**
   * A class that the module defines.
   *
   * @param shown what a reader is shown of its name: what follows server and tool
   */
  record Defined(String name, String shown) implements PythonType {}

  /** An object with any keys as a tool gives it: its items are attributes as well. */
  record Values(PythonType value) implements PythonType {}

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

  /** An object with any keys, as a tool gives it. */
  static PythonType values(PythonType value) {
    return limited(new Values(value));
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
    return TypeText.inModule(hidden).of(this);
  }

  /** As a reader is shown it who does not have the module before him. */
  default String shown() {
    return TypeText.FOR_READERS.of(this);
  }

  /** Whether None may be the value. */
  default boolean takesNone() {
    return switch (this) {
      case Word word -> word.equals(ANY) || word.equals(NONE);
      case Union(List<PythonType> parts) -> parts.contains(NONE);
      case Defined _, Values _, Literals _, Applied _ -> false;
    };
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
      case Values(PythonType value) -> 1 + size(value);
      case Applied(String word, List<PythonType> arguments) ->
          1 + arguments.stream().mapToInt(PythonType::size).sum();
      case Union(List<PythonType> parts) -> parts.stream().mapToInt(PythonType::size).sum();
    };
  }
}
