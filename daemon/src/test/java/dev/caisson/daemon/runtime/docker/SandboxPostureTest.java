package dev.caisson.daemon.runtime.docker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.caisson.daemon.runtime.Conversation;
import dev.caisson.daemon.runtime.RunningSandbox;
import dev.caisson.daemon.runtime.Specs;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The isolation of a live sandbox, seen from the host and from inside. The host's view is compared
 * whole: a setting that nobody expects fails the test as a missing one does.
 */
@Timeout(60)
final class SandboxPostureTest {

  private static final long MIB = 1 << 20;
  private static final String OWNER = "test-" + UUID.randomUUID();

  private static DockerSandboxRuntime runtime;
  private static RunningSandbox sandbox;
  private static Conversation inside;
  private static JsonNode container;

  @BeforeAll
  static void create() {
    runtime = TestEngine.connect(OWNER, "first");
    sandbox = runtime.create(Specs.spec(), TestEngine.soon());
    inside = new Conversation(sandbox);
    container = TestEngine.inspect(ContainerDefinition.nameOf(sandbox.id()));
  }

  @AfterAll
  static void destroy() {
    sandbox.destroy(TestEngine.soon());
    runtime.close();
  }

  @Test
  void theHostConfigurationIsWhatTheLimitsSayAndNothingElse() throws IOException {
    // code 64 + workspace 8 + tmp 6 + shm 2 + reserve 64
    long memory = 144 * MIB;
    String expected =
        """
        {
          "Runtime": "caisson-runsc",
          "Isolation": "",
          "NetworkMode": "none",
          "ReadonlyRootfs": true,
          "CapDrop": ["ALL"],
          "Memory": %d,
          "MemorySwap": %d,
          "CpuPeriod": 10000,
          "CpuQuota": 10000,
          "PidsLimit": 576,
          "Ulimits": [
            {"Name": "nproc", "Hard": 24, "Soft": 24},
            {"Name": "nofile", "Hard": 64, "Soft": 64},
            {"Name": "fsize", "Hard": 4194304, "Soft": 4194304},
            {"Name": "core", "Hard": 0, "Soft": 0}
          ],
          "Tmpfs": {
            "/workspace": "rw,exec,nosuid,nodev,size=8388608,uid=65532,gid=65532,mode=0700",
            "/tmp": "rw,exec,nosuid,nodev,size=6291456,uid=65532,gid=65532,mode=1777"
          },
          "ShmSize": 2097152,
          "IpcMode": "private",
          "CgroupnsMode": "%s",
          "LogConfig": {"Type": "none", "Config": {}},
          "RestartPolicy": {"Name": "", "MaximumRetryCount": 0}
        }
        """
            .formatted(memory, memory, container.at("/HostConfig/CgroupnsMode").asText());
    Map<String, JsonNode> actual = settings(container.get("HostConfig"));
    actual.remove("SecurityOpt");
    // The engine's own lists, which hide parts of /proc and /sys: wider is never wrong.
    assertThat(String.valueOf(actual.remove("MaskedPaths")))
        .contains("/proc/kcore", "/sys/firmware");
    assertThat(String.valueOf(actual.remove("ReadonlyPaths"))).contains("/proc/sys", "/proc/bus");
    assertThat(actual).isEqualTo(settings(new ObjectMapper().readTree(expected)));
  }

  @Test
  void theSecurityOptionsAreNoNewPrivilegesAndOurProfile() {
    JsonNode options = container.at("/HostConfig/SecurityOpt");
    assertThat(options).hasSize(2);
    assertThat(options.get(0).asText()).isEqualTo("no-new-privileges");
    assertThat(options.get(1).asText()).isEqualTo("seccomp=" + SeccompProfile.json());
  }

  @Test
  void nothingIsMounted() {
    assertThat(container.get("Mounts")).isEmpty();
  }

  @Test
  void theContainerIsNamedLabelledAndWiredAsOurs() {
    JsonNode config = container.get("Config");
    assertThat(container.get("Name").asText()).isEqualTo("/caisson-" + sandbox.id());
    assertThat(config.at("/Labels").get("dev.caisson.owner").asText()).isEqualTo(OWNER);
    assertThat(config.at("/Labels").get("dev.caisson.generation").asText()).isEqualTo("first");
    assertThat(config.at("/Labels").get("dev.caisson.sandbox").asText())
        .isEqualTo(sandbox.id().value());
    assertThat(config.at("/Labels").get("dev.caisson.shape").asText())
        .isEqualTo(ContainerDefinition.digestOf(Specs.SHAPE));
    assertThat(config.get("Image").asText()).startsWith("sha256:");
    assertThat(config.get("User").asText()).isEqualTo("65532:65532");
    assertThat(config.get("NetworkDisabled").asBoolean()).isTrue();
    assertThat(config.at("/Healthcheck/Test/0").asText()).isEqualTo("NONE");
    assertThat(config.get("Tty").asBoolean()).isFalse();
    assertThat(config.get("OpenStdin").asBoolean()).isTrue();
    assertThat(config.get("StdinOnce").asBoolean()).isTrue();
  }

  @Test
  void theKernelIsGvisors() throws IOException {
    assertThat(python("import os; print(os.uname().release)")).contains("gvisor");
  }

  @Test
  void theCodeIsNobodyWithNoCapability() throws IOException {
    assertThat(python("import os; print(os.getuid(), os.getgid(), os.getgroups())"))
        .isEqualTo("65532 65532 [65532]");
    assertThat(
            python(
                "print([l.split()[1] for l in open('/proc/self/status') if l.startswith('Cap')])"))
        .isEqualTo("[" + "'0000000000000000', ".repeat(4) + "'0000000000000000']");
  }

  @Test
  void noNewPrivilegesAndSeccompAreInForce() throws IOException {
    assertThat(python("import ctypes; print(ctypes.CDLL(None).prctl(39, 0, 0, 0, 0))"))
        .isEqualTo("1");
    assertThat(
            python(
                "print([l.split()[1] for l in open('/proc/self/status') if l.startswith('Seccomp')])"))
        .startsWith("['2'");
  }

  @Test
  void namespacesMountsAndTracingAreDenied() throws IOException {
    String call =
        "import ctypes; L = ctypes.CDLL(None, use_errno=True); print(L.%s, ctypes.get_errno())";
    assertThat(python(call.formatted("unshare(0x10020000)"))).isEqualTo("-1 1");
    assertThat(python(call.formatted("mount(b'x', b'/tmp', b'tmpfs', 0, None)"))).isEqualTo("-1 1");
    assertThat(python(call.formatted("umount2(b'/tmp', 2)"))).isEqualTo("-1 1");
    assertThat(python(call.formatted("setns(0, 0)"))).isEqualTo("-1 1");
    assertThat(python(call.formatted("ptrace(0, 0, 0, 0)"))).isEqualTo("-1 1");
    assertThat(python(call.formatted("chroot(b'/tmp')"))).isEqualTo("-1 1");
    assertThat(python(call.formatted("syscall(56, 0x10000000 | 17, 0, 0, 0, 0)")))
        .isEqualTo("-1 1");
  }

  @Test
  void theRootCannotBeWritten() throws IOException {
    assertThat(python("import os; print(bool(os.statvfs('/').f_flag & os.ST_RDONLY))"))
        .isEqualTo("True");
    for (String path : new String[] {"/x", "/etc/x", "/usr/bin/x", "/opt/x", "/var/tmp/x"}) {
      assertThat(python("open('" + path + "', 'w')")).containsPattern("\\[Errno (13|30)\\]");
    }
  }

  @Test
  void thereIsNoNetworkButLoopback() throws IOException {
    assertThat(python("import socket; print([n for _, n in socket.if_nameindex()])"))
        .isEqualTo("['lo']");
    assertThat(
            python(
                "import socket; s = socket.socket(); s.settimeout(2); s.connect(('1.1.1.1', 53))"))
        .startsWith("OSError: [Errno 101]");
  }

  @Test
  void theEnvironmentHoldsNothingOfTheHost() throws IOException {
    assertThat(python("import os; print(sorted(os.environ.items()))"))
        .isEqualTo(
            "[('CAISSON_MEMORY_BYTES', '67108864'), ('HOME', '/workspace'), ('HOSTNAME', 'sandbox'),"
                + " ('LANG', 'C.UTF-8'), ('PATH', '/usr/local/bin:/usr/bin:/bin'), ('TZ', 'UTC'), ('USER', 'sandbox')]");
    assertThat(python("import os; print(os.getcwd())")).isEqualTo("/workspace");
  }

  @Test
  void threadsSubprocessesAndLocksWork() throws IOException {
    assertThat(
            python(
                "import threading; t = threading.Thread(target=lambda: print('in a thread', flush=True)); t.start(); t.join()"))
        .isEqualTo("in a thread");
    assertThat(
            python(
                "import subprocess; print(subprocess.run(['/bin/echo', 'hi'], capture_output=True).stdout)"))
        .isEqualTo("b'hi\\n'");
    assertThat(python("import multiprocessing; print(multiprocessing.Lock().acquire())"))
        .isEqualTo("True");
  }

  /** What is set, by name; what is null, false, zero or empty is not. */
  private static Map<String, JsonNode> settings(JsonNode configuration) {
    Map<String, JsonNode> settings = new TreeMap<>();
    configuration
        .properties()
        .forEach(entry -> {
          if (isSet(entry.getValue()) || entry.getKey().equals("Isolation")) {
            settings.put(entry.getKey(), entry.getValue());
          }
        });
    return settings;
  }

  private static boolean isSet(JsonNode value) {
    if (value.isContainerNode()) {
      return !value.isEmpty() && !value.toString().equals("[0,0]");
    }
    return !value.isNull() && !value.asText().isEmpty() && !value.asText().matches("0|false");
  }

  private static String python(String code) throws IOException {
    return inside.ask("py " + code + "; print(end='', flush=True)");
  }
}
