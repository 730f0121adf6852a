package dev.caisson.daemon.security;

import java.io.IOException;
import java.lang.reflect.Method;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.stream.Stream;

/** All attacks that are tests. */
public final class Corpus {

  private Corpus() {}

  /** The tests of this package that are attacks. */
  public static Stream<Method> attacks() {
    try (Stream<Path> files = Files.list(folder())) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith("Test.class"))
          .sorted()
          .toList()
          .stream()
          .map(name -> load(name.substring(0, name.length() - ".class".length())))
          .flatMap(type -> Arrays.stream(type.getDeclaredMethods()))
          .filter(method -> method.isAnnotationPresent(Attack.class));
    } catch (IOException e) {
      throw new IllegalStateException("the tests of the corpus cannot be listed", e);
    }
  }

  /** What an attack says of itself. */
  public static Attack attack(Method method) {
    return Objects.requireNonNull(method.getAnnotation(Attack.class));
  }

  private static Path folder() {
    try {
      return Path.of(Objects.requireNonNull(Corpus.class.getResource("Corpus.class")).toURI())
          .resolveSibling("");
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Class<?> load(String name) {
    try {
      return Class.forName(Corpus.class.getPackageName() + "." + name);
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException(e);
    }
  }
}
