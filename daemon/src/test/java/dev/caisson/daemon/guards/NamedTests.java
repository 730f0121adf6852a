package dev.caisson.daemon.guards;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectIteration;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import java.io.PrintStream;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/**
 * A program that runs tests by name in a JVM of its own and prints one line for each: {@link
 * #PREFIX}, PASSED, FAILED or BROKEN, the name, the reason. BROKEN is a test whose class could not
 * be set up: it says nothing about any guard. A name is "package.Class#method"; with "[3]" behind
 * it, it is the fourth variant alone of a test that has several.
 */
final class NamedTests {

  static final String PREFIX = "named-test";

  private static final Pattern VARIANT = Pattern.compile("\\[(\\d+)]$");

  private NamedTests() {}

  public static void main(String[] names) {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    Results results = new Results();
    LauncherDiscoveryRequest request =
        LauncherDiscoveryRequestBuilder.request()
            .selectors(Arrays.stream(names).map(NamedTests::selector).toList())
            .build();
    LauncherFactory.create().execute(request, results);
    for (String name : names) {
      out.println(String.join("\t", PREFIX, results.of(name), name, results.why(name)));
    }
    // Whatever a broken test has left running must not hold this up, and must not stay.
    LeftProcesses.end(ProcessHandle.current());
    System.exit(0);
  }

  /** The method that a name means; several of one name would leave open which. */
  static Method method(String name) {
    String[] parts = plain(name).split("#", 2);
    try {
      List<Method> found =
          Arrays.stream(Class.forName(Guard.ROOT + parts[0]).getDeclaredMethods())
              .filter(method -> !method.isSynthetic() && method.getName().equals(parts[1]))
              .toList();
      if (found.size() != 1) {
        throw new IllegalArgumentException(found.size() + " methods are called " + name);
      }
      return found.getFirst();
    } catch (ClassNotFoundException e) {
      throw new IllegalArgumentException("no class for the test " + name, e);
    }
  }

  private static DiscoverySelector selector(String name) {
    Method method = method(name);
    DiscoverySelector all = selectMethod(method.getDeclaringClass(), method);
    Matcher variant = VARIANT.matcher(name);
    return variant.find() ? selectIteration(all, Integer.parseInt(variant.group(1))) : all;
  }

  private static String plain(String name) {
    return VARIANT.matcher(name).replaceFirst("");
  }

  private static final class Results implements TestExecutionListener {

    private final Map<String, List<String>> failures = new LinkedHashMap<>();

    /** Why classes could not be set up, by class. */
    private final Map<String, List<String>> broken = new LinkedHashMap<>();

    private final List<String> ran = new ArrayList<>();

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
      Optional<String> name = test.isTest() ? name(test) : Optional.empty();
      Optional<String> failure = result.getThrowable().map(NamedTests::firstLine);
      if (result.getStatus() != TestExecutionResult.Status.SUCCESSFUL && name.isEmpty()) {
        broken
            .computeIfAbsent(className(test), any -> new ArrayList<>())
            .add(test.getDisplayName() + ": " + failure.orElse("aborted"));
      }
      name.ifPresent(known -> {
        ran.add(known);
        failure.ifPresent(
            why -> failures.computeIfAbsent(known, any -> new ArrayList<>()).add(why));
      });
    }

    String of(String name) {
      if (failures.containsKey(plain(name))) {
        return "FAILED";
      }
      return whyBroken(name).isEmpty() && ran.contains(plain(name)) ? "PASSED" : "BROKEN";
    }

    String why(String name) {
      return String.join("; ", failures.getOrDefault(plain(name), whyBroken(name)));
    }

    private List<String> whyBroken(String name) {
      return broken.getOrDefault(Guard.ROOT + name.split("#", 2)[0], List.of());
    }

    /** The class of a test or of what holds tests; empty for the engine itself. */
    private static String className(TestIdentifier test) {
      return switch (test.getSource().orElse(null)) {
        case ClassSource source -> source.getClassName();
        case MethodSource source -> source.getClassName();
        case null, default -> "";
      };
    }

    private static Optional<String> name(TestIdentifier test) {
      return test.getSource()
          .filter(MethodSource.class::isInstance)
          .map(MethodSource.class::cast)
          .map(source ->
              source.getClassName().substring(Guard.ROOT.length()) + "#" + source.getMethodName());
    }
  }

  private static String firstLine(Throwable failure) {
    String text = String.valueOf(failure).strip().replaceAll("\\s+", " ");
    return text.length() > 300 ? text.substring(0, 300) + " ..." : text;
  }
}
