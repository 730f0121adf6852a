package dev.caisson.daemon.model;

/**
 * What one sandbox may take, fixed when it is created. Two policies with equal image and limits
 * share a pool, so everything that shapes the container is in here and nothing else is.
 *
 * @param memory what the code may use; the cgroup gets this, the three file systems below (they are
 *     memory too) and a reserve for the sentry
 * @param cpu the share of CPU
 * @param processes processes and threads of the code at once (RLIMIT_NPROC; counts per user)
 * @param openFiles open descriptors of one process (RLIMIT_NOFILE)
 * @param fileSize the largest file (RLIMIT_FSIZE)
 * @param workspace size of the working directory
 * @param tmp size of /tmp
 * @param shm size of /dev/shm
 */
public record SandboxLimits(
    ByteSize memory,
    CpuMillis cpu,
    int processes,
    int openFiles,
    ByteSize fileSize,
    ByteSize workspace,
    ByteSize tmp,
    ByteSize shm) {

  public SandboxLimits {
    if (processes < 8 || processes > 4096) {
      throw new IllegalArgumentException("processes must be 8 to 4096, got " + processes);
    }
    if (openFiles < 32 || openFiles > 65_536) {
      throw new IllegalArgumentException("openFiles must be 32 to 65536, got " + openFiles);
    }
  }
}
