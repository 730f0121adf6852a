package dev.caisson.daemon.policy;

import dev.caisson.daemon.model.ByteSize;
import dev.caisson.daemon.model.CpuMillis;
import dev.caisson.daemon.settings.Setting;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Every key that a policy file may hold, with its range. The schema beside the files says the same
 * for editors and people; a test keeps the two equal.
 */
final class PolicyKeys {

  private static final ByteSize KIB = ByteSize.ofKibibytes(1);
  private static final ByteSize MIB = ByteSize.ofMebibytes(1);
  private static final ByteSize GIB_64 = ByteSize.ofMebibytes(64 * 1024);
  private static final Duration MILLISECOND = Duration.ofMillis(1);
  private static final Duration DAY = Duration.ofHours(24);

  static final Setting<String> IMAGE =
      Setting.text(
          "sandbox.image",
          "an image reference in small letters, at most 255 characters",
          "caisson/base:latest",
          Pattern.compile("[a-z0-9][a-z0-9._/:@-]{0,254}"));
  static final Setting<ByteSize> MEMORY =
      Setting.size("sandbox.memory", ByteSize.ofMebibytes(32), GIB_64);
  static final Setting<CpuMillis> CPUS = Setting.cores("sandbox.cpus");
  static final Setting<Integer> PROCESSES = Setting.count("sandbox.processes", 8, 4096);
  static final Setting<Integer> OPEN_FILES = Setting.count("sandbox.open_files", 32, 65_536);
  static final Setting<ByteSize> FILE_SIZE = Setting.size("sandbox.file_size", KIB, GIB_64);
  static final Setting<ByteSize> WORKSPACE = Setting.size("sandbox.workspace", MIB, GIB_64);
  static final Setting<ByteSize> TMP = Setting.size("sandbox.tmp", MIB, GIB_64);
  static final Setting<ByteSize> SHM = Setting.size("sandbox.shm", MIB, GIB_64);
  static final Setting<Duration> WALL = Setting.duration("time.wall", MILLISECOND, DAY);
  static final Setting<ByteSize> OUTPUT_BYTES =
      Setting.size("output.bytes", new ByteSize(0), ByteSize.ofMebibytes(4096));
  static final Setting<Integer> CALLS = Setting.count("tools.calls", 0, 10_000_000);
  static final Setting<Integer> IN_FLIGHT = Setting.count("tools.in_flight", 1, 1024);

  /** The channel carries at most 16 MiB in a call and 64 MiB in a result, header included. */
  static final Setting<ByteSize> ARGUMENT_BYTES =
      Setting.size("tools.argument_bytes", new ByteSize(2), ByteSize.ofMebibytes(15));

  static final Setting<ByteSize> RESULT_BYTES =
      Setting.size("tools.result_bytes", new ByteSize(2), ByteSize.ofMebibytes(63));
  static final Setting<Duration> CALL_TIMEOUT =
      Setting.duration("tools.call_timeout", MILLISECOND, DAY);
  static final Setting<Integer> WARM = Setting.count("pool.warm", 0, 256);

  static final List<Setting<?>> ALL =
      List.of(
          IMAGE,
          MEMORY,
          CPUS,
          PROCESSES,
          OPEN_FILES,
          FILE_SIZE,
          WORKSPACE,
          TMP,
          SHM,
          WALL,
          OUTPUT_BYTES,
          CALLS,
          IN_FLIGHT,
          ARGUMENT_BYTES,
          RESULT_BYTES,
          CALL_TIMEOUT,
          WARM);

  private PolicyKeys() {}
}
