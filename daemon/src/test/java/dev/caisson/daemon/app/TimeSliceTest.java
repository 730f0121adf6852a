package dev.caisson.daemon.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.caisson.daemon.acceptance.DaemonProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Told by {@code /proc/PID/task/TID/sched}. */
class TimeSliceTest {

  private static final Path CALLER = Path.of("/proc/thread-self");
  private static final Executor NEW_THREAD = work -> Thread.ofPlatform().start(work);

  @TempDir Path folder;

  @Test
  void aThreadThatIsStartedByOneWithAShortSliceHasItToo() {
    String usual = inNewThread(() -> slice(CALLER));
    assertThat(usual).isNotEqualTo(nanos(TimeSlice.SHORT));

    String inherited =
        inNewThread(() -> {
          assertThat(TimeSlice.shorten()).isEqualTo(everyThreadMayHaveItsOwn());
          return inNewThread(() -> slice(CALLER));
        });

    assertThat(inherited).isEqualTo(everyThreadMayHaveItsOwn() ? nanos(TimeSlice.SHORT) : usual);
  }

  @Test
  void whatServesInADaemonHasAShortSlice() {
    String usual = inNewThread(() -> slice(CALLER));
    try (DaemonProcess daemon = DaemonProcess.start(folder, 0)) {
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> !threads(daemon, "multiThreadIoEv").isEmpty());

      List<Path> threads = threads(daemon, "multiThreadIoEv", "ForkJoinPool-1-");

      assertThat(threads)
          .extracting(TimeSliceTest::slice)
          .containsOnly(everyThreadMayHaveItsOwn() ? nanos(TimeSlice.SHORT) : usual);
    }
  }

  /** Since Linux 6.12. */
  private static boolean everyThreadMayHaveItsOwn() {
    List<Integer> version =
        Stream.of(System.getProperty("os.version").split("[.-]"))
            .limit(2)
            .map(Integer::valueOf)
            .toList();
    return version.get(0) * 1_000 + version.get(1) >= 6_012;
  }

  private static <T> T inNewThread(Supplier<T> work) {
    return CompletableFuture.supplyAsync(work, NEW_THREAD).join();
  }

  private static String nanos(Duration slice) {
    return Long.toString(slice.toNanos());
  }

  private static String slice(Path thread) {
    return read(thread.resolve("sched"))
        .lines()
        .filter(line -> line.startsWith("se.slice"))
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .findFirst()
        .orElse("not told");
  }

  private static List<Path> threads(DaemonProcess daemon, String... names) {
    try (Stream<Path> threads = Files.list(Path.of("/proc", Long.toString(daemon.pid()), "task"))) {
      return threads
          .filter(thread -> Stream.of(names).anyMatch(read(thread.resolve("comm"))::startsWith))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
