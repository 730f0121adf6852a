package dev.caisson.daemon.runtime.docker;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The oldest gVisor and the oldest engine that are not known to be unsafe, each with the fault that
 * sets the floor. {@code daemon/setup/gvisor.sh} has the same floor for what it installs.
 */
final class SafeVersions {

  static final int RUNSC_FLOOR = 20260824;
  static final String RUNSC_FAULT = "CVE-2026-96812";
  static final int[] ENGINE_FLOOR = {20, 10, 14};
  static final String ENGINE_FAULT = "CVE-2022-24769";

  private static final Pattern DATE = Pattern.compile("20\\d{6}");
  private static final Pattern NUMBERS = Pattern.compile("v?(\\d+)\\.(\\d+)\\.(\\d+).*");

  private SafeVersions() {}

  /**
   * What is wrong with these versions; empty when nothing is. A version that cannot be read is
   * wrong too.
   *
   * @param runsc what {@code runsc --version} says
   */
  static List<String> problems(String runsc, String engine) {
    List<String> problems = new ArrayList<>();
    String first = runsc.lines().findFirst().orElse("");
    Matcher date = DATE.matcher(first);
    if (!date.find() || Integer.parseInt(date.group()) < RUNSC_FLOOR) {
      problems.add(
          "gVisor is '%s', older than release %d or of unknown age (%s)"
              .formatted(first, RUNSC_FLOOR, RUNSC_FAULT));
    }
    Matcher numbers = NUMBERS.matcher(engine);
    if (!numbers.matches() || Arrays.compare(numbers(numbers), ENGINE_FLOOR) < 0) {
      problems.add(
          "Docker Engine is '%s', older than 20.10.14 or of unknown age (%s)"
              .formatted(engine, ENGINE_FAULT));
    }
    return problems;
  }

  /** What the program says of itself; its failure in words when it cannot be asked. */
  static String askRunsc(String program) {
    try {
      Process process = new ProcessBuilder(program, "--version").redirectErrorStream(true).start();
      process.getOutputStream().close();
      if (!process.waitFor(5, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        return "silent";
      }
      return new String(process.getInputStream().readNBytes(1000), StandardCharsets.UTF_8);
    } catch (IOException e) {
      return String.valueOf(e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "interrupted";
    }
  }

  private static int[] numbers(Matcher matcher) {
    return new int[] {
      Integer.parseInt(matcher.group(1)),
      Integer.parseInt(matcher.group(2)),
      Integer.parseInt(matcher.group(3))
    };
  }
}
