package dev.caisson.daemon.runtime.docker;

import com.github.dockerjava.api.model.Capability;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.LogConfig;
import com.github.dockerjava.api.model.RestartPolicy;
import com.github.dockerjava.api.model.Ulimit;
import dev.caisson.daemon.model.ByteSize;
import dev.caisson.daemon.model.SandboxLimits;
import java.util.List;
import java.util.Map;

/**
 * The one place where limits become the host configuration of a container. Each line of {@link #of}
 * is a promise to the machine that runs the sandbox, and has a test that fails without it.
 */
final class HostConfiguration {

  /** The user and group of everything in a sandbox. Owns nothing in the image. */
  static final int USER = 65532;

  /**
   * What gVisor's sentry and gofer need of the memory limit beside what the code uses. Without it a
   * program within its own limit is killed.
   */
  static final ByteSize SENTRY_RESERVE = ByteSize.ofMebibytes(64);

  /**
   * Processes and threads of the agent itself: RLIMIT_NPROC counts per user, and it is the same.
   */
  static final int AGENT_PROCESSES = 8;

  private HostConfiguration() {}

  static HostConfig of(SandboxLimits limits, String runtime) {
    long memory = cgroupMemory(limits).bytes();
    CpuBandwidth cpu = CpuBandwidth.of(limits.cpu());
    return HostConfig.newHostConfig()
        .withRuntime(runtime)
        .withNetworkMode("none")
        .withReadonlyRootfs(true)
        .withCapDrop(Capability.ALL)
        .withSecurityOpts(List.of("no-new-privileges", "seccomp=" + SeccompProfile.json()))
        .withPrivileged(false)
        .withMemory(memory)
        // Equal: no swap. More would let a sandbox live on the disk instead of dying at its limit.
        .withMemorySwap(memory)
        .withCpuPeriod(cpu.periodMicros())
        .withCpuQuota(cpu.quotaMicros())
        .withPidsLimit(hostTasks(limits))
        .withUlimits(ulimits(limits))
        .withTmpFs(
            Map.of(
                "/workspace",
                tmpfs(limits.workspace(), "0700"),
                "/tmp",
                tmpfs(limits.tmp(), "1777")))
        .withShmSize(limits.shm().bytes())
        // Not "none", which breaks multiprocessing.Lock.
        .withIpcMode("private")
        .withLogConfig(new LogConfig(LogConfig.LoggingType.NONE))
        .withRestartPolicy(RestartPolicy.noRestart());
  }

  /** The cgroup's limit: every tmpfs is memory, so each is added to what the code may use. */
  static ByteSize cgroupMemory(SandboxLimits limits) {
    return limits
        .memory()
        .plus(limits.workspace())
        .plus(limits.tmp())
        .plus(limits.shm())
        .plus(SENTRY_RESERVE);
  }

  /**
   * A backstop far above what the code may have. This one counts the sentry's own threads, and
   * reaching it kills the whole sandbox without a word; RLIMIT_NPROC is the limit that code meets.
   */
  static long hostTasks(SandboxLimits limits) {
    return 512 + 4L * limits.processes();
  }

  private static List<Ulimit> ulimits(SandboxLimits limits) {
    return List.of(
        ulimit("nproc", limits.processes() + (long) AGENT_PROCESSES),
        ulimit("nofile", limits.openFiles()),
        ulimit("fsize", limits.fileSize().bytes()),
        ulimit("core", 0));
  }

  private static Ulimit ulimit(String name, long value) {
    return new Ulimit(name, value, value);
  }

  private static String tmpfs(ByteSize size, String mode) {
    return "rw,exec,nosuid,nodev,size=%d,uid=%d,gid=%d,mode=%s"
        .formatted(size.bytes(), USER, USER, mode);
  }
}
