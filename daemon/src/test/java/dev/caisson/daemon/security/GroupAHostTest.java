package dev.caisson.daemon.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.model.AccessMode;
import com.github.dockerjava.api.model.Bind;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.Volume;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import dev.caisson.daemon.acceptance.DaemonProcess;
import dev.caisson.daemon.acceptance.EngineView;
import dev.caisson.daemon.acceptance.LiveRun;
import dev.caisson.daemon.acceptance.RunClient;
import dev.caisson.daemon.acceptance.Transcript;
import dev.caisson.daemon.runtime.Specs;
import dev.caisson.v1.GetPoolRequest;
import dev.caisson.v1.ListPoliciesRequest;
import dev.caisson.v1.RunFinished.Outcome;
import dev.caisson.v1.RunLimits;
import dev.caisson.v1.SearchToolsRequest;
import dev.caisson.v1.StartRun;
import java.io.IOException;
import java.io.InputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Group A from the host: what holds a sandbox, looked at past the daemon. */
@DisplayNameGeneration(AttackNames.class)
class GroupAHostTest {

  /**
   * What the sentry may hold open: nothing here is a file of the host's that the code could name.
   */
  private static final List<String> DESCRIPTORS =
      List.of(
          "pipe:.*",
          "socket:.*",
          "anon_inode:.*",
          "/memfd:.*",
          "/dev/null",
          "/root(/.*)?", // the sandbox's own root, in the sentry's own mount namespace
          "/run/docker/containerd/daemon/.*/log\\.json",
          "/docker/[0-9a-f]{64}/cpu\\..*",
          "/sys/fs/cgroup/.*/cpu\\..*",
          "/proc(/.*)?",
          "/");

  private static final JsonMapper JSON = JsonMapper.builder().build();

  @TempDir Path folder;

  @RegisterExtension static final AttackedDaemon daemon = new AttackedDaemon();

  @Test
  @Attack(
      row = "A1",
      what = "a sandbox under another runtime than gVisor",
      expected = "each container is gVisor's, and without gVisor nothing is served",
      guards = "config.never_runc")
  void theRuntime() {
    InspectContainerResponse sandbox = warm();
    assertThat(config(sandbox).getRuntime()).isEqualTo("caisson-runsc");
    assertThat(text(process(sandbox).resolve("cmdline"))).startsWith("runsc-sandbox");

    for (String name : List.of("caisson-gone", "runc", "io.containerd.runc.v2")) {
      try (DaemonProcess refused =
          DaemonProcess.start(
              folder,
              1,
              Map.of(),
              // Not even when gVisor's version does not matter.
              Map.of("CAISSON_ENGINE_RUNTIME", name, "CAISSON_ENGINE_UNSAFE_VERSIONS", "accept"))) {
        assertThat(refused.awaitExit()).isNotZero();
        assertThat(refused.log()).contains(name);
        assertThat(EngineView.owned(refused.socket())).isEmpty();
        assertThat(refused.socket()).doesNotExist();
      }
    }
    daemon.saw("refused to serve");
  }

  @Test
  @Attack(
      row = "A2",
      what = "a container that a benchmark of container security would complain about",
      expected = "every check of section 5 that applies holds",
      guards = {
        "host.capabilities",
        "host.no_network",
        "host.read_only_root",
        "host.memory",
        "host.tasks",
        "host.no_new_privileges",
        "host.no_logs",
        "by design: no restart policy"
      })
  void benchmark() throws Exception {
    JsonNode all = JSON.readTree(said("docker", "inspect", warm().getId())).get(0);
    JsonNode host = all.get("HostConfig");
    List<String> options = host.get("SecurityOpt").valueStream().map(JsonNode::asString).toList();
    Map<String, Boolean> checks =
        Map.ofEntries(
            Map.entry("5.2 security options", options.size() == 2),
            Map.entry("5.3 capabilities", is(host, "CapDrop", "[\"ALL\"]")),
            Map.entry("5.3 added capabilities", isUnset(host, "CapAdd")),
            Map.entry("5.4 privileged", is(host, "Privileged", "false")),
            Map.entry("5.5 host directories", isUnset(host, "Binds") && isUnset(host, "Mounts")),
            Map.entry("5.7 ports", isUnset(host, "PortBindings")),
            Map.entry("5.9 host network", is(host, "NetworkMode", "\"none\"")),
            Map.entry("5.10 memory", host.get("Memory").asLong() > 0),
            Map.entry("5.10 swap", host.get("Memory").equals(host.get("MemorySwap"))),
            Map.entry("5.11 cpu", host.get("CpuQuota").asLong() > 0),
            Map.entry("5.12 read-only root", is(host, "ReadonlyRootfs", "true")),
            Map.entry("5.14 restarts", is(host.get("RestartPolicy"), "MaximumRetryCount", "0")),
            Map.entry("5.15 host processes", isUnset(host, "PidMode")),
            Map.entry("5.16 host ipc", is(host, "IpcMode", "\"private\"")),
            Map.entry("5.17 devices", isUnset(host, "Devices") && isUnset(host, "DeviceRequests")),
            Map.entry("5.18 ulimits", host.get("Ulimits").size() == 4),
            Map.entry("5.19 mounts of the host", isUnset(all, "Mounts")),
            Map.entry("5.20 host uts", isUnset(host, "UTSMode")),
            Map.entry("5.21 seccomp", options.stream().anyMatch(o -> o.startsWith("seccomp={"))),
            Map.entry("5.25 new privileges", options.contains("no-new-privileges")),
            Map.entry(
                "5.26 health checks", is(all.at("/Config/Healthcheck"), "Test", "[\"NONE\"]")),
            Map.entry("5.28 processes", host.get("PidsLimit").asLong() > 0),
            Map.entry("5.30 host users", isUnset(host, "UsernsMode")),
            Map.entry("logs on the disk", is(host.get("LogConfig"), "Type", "\"none\"")),
            Map.entry("user", is(all.get("Config"), "User", "\"65532:65532\"")),
            Map.entry(
                "image by digest", all.at("/Config/Image").asString("").startsWith("sha256:")));

    assertThat(checks).allSatisfy((check, holds) -> assertThat(holds).as(check).isTrue());
    daemon.saw(checks.size() + " checks hold");
  }

  @Test
  @Attack(
      row = "A3",
      what = "a sentry with more rights than it needs",
      expected = "filtered in every thread, namespaces of its own, no file of the host open",
      guards = {"gVisor", "set-up: the arguments of the runtime"})
  void postureOfTheSentry() throws IOException {
    Path sentry = process(warm());

    try (Stream<Path> threads = Files.list(sentry.resolve("task"))) {
      List<Path> all = threads.toList();
      assertThat(all).hasSizeGreaterThan(3);
      for (Path thread : all) {
        assertThat(text(thread.resolve("status")))
            .containsPattern("\\nSeccomp:\\t2\\n")
            .containsPattern("\\nNoNewPrivs:\\t1\\n");
      }
    }
    for (String space : List.of("net", "pid", "mnt", "ipc", "uts", "user")) {
      assertThat(Files.readSymbolicLink(sentry.resolve("ns/" + space)))
          .as(space)
          .isNotEqualTo(Files.readSymbolicLink(Path.of("/proc/self/ns/" + space)));
    }
    Set<String> odd = new TreeSet<>();
    try (Stream<Path> descriptors = Files.list(sentry.resolve("fd"))) {
      descriptors
          .map(GroupAHostTest::target)
          .filter(target -> DESCRIPTORS.stream().noneMatch(target::matches))
          .forEach(odd::add);
    }
    assertThat(odd).isEmpty();
    // The file system that the sentry sees is not the host's.
    assertThat(text(sentry.resolve("mountinfo")).lines().toList())
        .noneMatch(line -> line.split(" ", -1)[4].matches("/(home|etc|var|run)(/.*)?"));
    daemon.saw("confined");
  }

  @Test
  @Attack(
      row = "A9",
      what = "an image with devices, setuid files, capabilities or files of the code's own",
      expected = "none in any layer",
      guards = "set-up: the recipe of the image")
  void theImage() throws IOException, InterruptedException {
    Path fixture = folder.resolve("fixture.tar");
    Files.write(fixture, ImageScan.fixture());
    assertThat(ImageScan.faults(Files.newInputStream(fixture)))
        .containsExactlyInAnyOrder(
            "character device dev/cuse", "setuid or setgid bin/su", "written by the code srv/open");

    Process save =
        new ProcessBuilder("docker", "save", Specs.IMAGE)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    List<String> faults;
    try (InputStream image = save.getInputStream()) {
      faults = ImageScan.faultsOfLayers(image);
    }
    assertThat(save.waitFor()).isZero();
    assertThat(faults).isEmpty();
    daemon.saw("a clean image");
  }

  @Test
  @Attack(
      row = "A11",
      what = "files that a program left on the host",
      expected = "the layer of the container stays empty",
      guards = "host.read_only_root")
  void nothingIsLeftInTheLayer() throws Exception {
    Set<String> made = new TreeSet<>();
    daemon.lookAt(
        Programs.WRITES + "\nprint('wrote')\nimport time; time.sleep(100)",
        "wrote",
        container -> {
          Path upper = Path.of(inspected(container, "{{.GraphDriver.Data.UpperDir}}"));
          try (Stream<Path> files = Files.walk(upper)) {
            files
                .filter(Files::isRegularFile)
                .map(upper::relativize)
                .map(Path::toString)
                .forEach(made::add);
          }
        });

    // What the engine itself puts there, empty.
    assertThat(made)
        .isSubsetOf("etc/hostname", "etc/hosts", "etc/resolv.conf", ".dockerenv", "dev/console");
  }

  @Test
  @Attack(
      row = "A13",
      what = "a Unix socket and a pipe of the host in a folder that is mounted by mistake",
      expected = "gVisor connects to neither",
      guards = "set-up: the arguments of the runtime")
  void socketsOfTheHostInAMount() throws Exception {
    Path shared = Files.createDirectory(folder.resolve("shared"));
    shared.toFile().setExecutable(true, false);
    shared.toFile().setReadable(true, false);
    folder.toFile().setExecutable(true, false);
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(shared.resolve("socket")));
      shared.resolve("socket").toFile().setWritable(true, false);
      assertThat(
              new ProcessBuilder("mkfifo", "-m", "666", shared.resolve("pipe").toString())
                  .start()
                  .waitFor())
          .isZero();
      String said =
          inContainerWith(
              shared,
              """
              import os, socket
              for attempt in (lambda: socket.socket(socket.AF_UNIX).connect('/shared/socket'),
                              lambda: os.open('/shared/pipe', os.O_RDWR | os.O_NONBLOCK)):
                  try:
                      attempt()
                      print('got through')
                  except OSError as error:
                      print('refused')
              print(sorted(os.listdir('/shared')))
              """);
      assertThat(said).isEqualTo("refused\nrefused\n['pipe', 'socket']\n");
    }
    daemon.saw("refused");
  }

  @Test
  @Attack(
      row = "A13",
      what = "a caller who sets labels, annotations, mounts or runtime flags",
      expected = "the interface has no field for them",
      guards = "by design: no field of the interface")
  void whatACallerCannotSay() {
    List<String> fields = new ArrayList<>();
    for (var message : List.of(StartRun.getDescriptor(), RunLimits.getDescriptor())) {
      message.getFields().stream().map(FieldDescriptor::getName).forEach(fields::add);
    }
    assertThat(fields)
        .noneMatch(name ->
            name.matches(
                ".*(label|annotation|mount|bind|volume|runtime|image|device|privileged|cap_|user|"
                    + "command|entrypoint|host|network_mode|security|seccomp|host_path).*"));
    daemon.saw(fields.size() + " fields, none of them");
  }

  @Test
  @Attack(
      row = "A20",
      what = "what known escapes need: rights, devices, mounts, namespaces or sockets of the host",
      expected = "no call of any service and no key of a policy can ask for it",
      guards = "by design: no field of the interface")
  void whatNobodyCanAskFor() throws IOException {
    Set<String> names = new TreeSet<>();
    Set<Descriptor> seen = new HashSet<>();
    for (FileDescriptor file :
        List.of(
            StartRun.getDescriptor().getFile(),
            GetPoolRequest.getDescriptor().getFile(),
            ListPoliciesRequest.getDescriptor().getFile(),
            SearchToolsRequest.getDescriptor().getFile())) {
      for (ServiceDescriptor service : file.getServices()) {
        service.getMethods().forEach(method -> fields(method.getInputType(), seen, names));
      }
    }
    assertThat(names).contains("code", "policy", "arguments").hasSizeGreaterThan(30);
    int ofCalls = names.size();
    JsonNode schema = JSON.readTree(policySchema());
    keys(schema.get("properties"), names);
    assertThat(names).contains("memory", "processes", "in_flight");

    assertThat(names)
        .noneMatch(name ->
            name.matches(
                "(.*_)?(privileged|cap|caps|capabilit.*|devices?|mounts?|binds?|volumes?|pid|ipc|uts|"
                    + "userns|namespaces?|seccomp|apparmor|selinux|security|runtime|entrypoint|"
                    + "command|cgroup.*|sysctls?|root|uid|gid|socket)(_.*)?"));
    daemon.saw(ofCalls + " fields and " + (names.size() - ofCalls) + " keys, none of them");
  }

  private static void fields(Descriptor message, Set<Descriptor> seen, Set<String> names) {
    if (!seen.add(message)) {
      return;
    }
    for (FieldDescriptor field : message.getFields()) {
      names.add(field.getName());
      if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE) {
        fields(field.getMessageType(), seen, names);
      }
    }
  }

  private static void keys(JsonNode properties, Set<String> names) {
    properties
        .properties()
        .forEach(property -> {
          names.add(property.getKey());
          if (property.getValue().has("properties")) {
            keys(property.getValue().get("properties"), names);
          }
        });
  }

  private static byte[] policySchema() throws IOException {
    try (InputStream in =
        GroupAHostTest.class.getResourceAsStream("/caisson/policies/policy.schema.json")) {
      return Objects.requireNonNull(in, "the schema of the policies").readAllBytes();
    }
  }

  @Test
  @Attack(
      row = "A17",
      what = "calls of the engine that move files or run things beside a sandbox",
      expected = "the daemon makes none but those it needs",
      guards = "by design: no such call")
  void whatTheDaemonAsksOfTheEngine() throws IOException {
    Path relayed = folder.resolve("engine.sock");
    try (RecordingEngine engine = RecordingEngine.open(relayed);
        DaemonProcess other =
            DaemonProcess.start(
                folder, 1, Map.of(), Map.of("CAISSON_ENGINE_HOST", "unix://" + relayed));
        RunClient client = new RunClient(other.socket())) {
      await().atMost(Duration.ofSeconds(60)).until(client::full);
      Transcript good = client.run("6 * 7");
      assertThat(good.outcome()).isEqualTo(Outcome.SUCCEEDED);
      client.run("import os; os.kill(1, 9)");
      LiveRun endless = client.start(RunClient.program("print('begun')\nwhile True: pass"));
      endless.awaitOutput("begun");
      endless.cancel("enough");
      endless.transcript();
      await().atMost(Duration.ofSeconds(60)).until(client::full);
      other.terminate();
      assertThat(other.awaitExit()).isZero();

      assertThat(engine.calls())
          .contains("POST /containers/create", "POST /containers/ID/start", "DELETE /containers/ID")
          .isSubsetOf(
              "GET /_ping",
              "HEAD /_ping",
              "GET /version",
              "GET /info",
              "GET /images/ID/json",
              "GET /containers/json",
              "POST /containers/create",
              "GET /containers/ID/json",
              "POST /containers/ID/attach",
              "POST /containers/ID/start",
              "POST /containers/ID/kill",
              "POST /containers/ID/wait",
              "DELETE /containers/ID",
              "GET /events");
      daemon.saw(engine.calls().size() + " kinds of calls");
    }
  }

  private static boolean is(JsonNode node, String key, String json) {
    return String.valueOf(node.get(key)).equals(json);
  }

  private static boolean isUnset(JsonNode node, String key) {
    return String.valueOf(node.get(key)).matches("null|\"\"|\\[\\]|\\{\\}");
  }

  // ---- sandboxes of the attacked daemon ----

  private static InspectContainerResponse warm() {
    String id = EngineView.owned(daemon.process().socket()).getFirst().getId();
    return EngineView.ask(engine -> engine.inspectContainerCmd(id).exec());
  }

  private static HostConfig config(InspectContainerResponse sandbox) {
    return Objects.requireNonNull(sandbox.getHostConfig());
  }

  private static Path process(InspectContainerResponse sandbox) {
    return Path.of("/proc", String.valueOf(sandbox.getState().getPidLong()));
  }

  private static String inContainerWith(Path shared, String code) throws Exception {
    return said(
        "docker",
        "run",
        "--rm",
        "--runtime",
        "caisson-runsc",
        "--network",
        "none",
        "--label",
        "dev.caisson.owner=attacks-" + UUID.randomUUID(),
        "--read-only",
        "--volume",
        new Bind(shared.toString(), new Volume("/shared"), AccessMode.rw).toString(),
        "--entrypoint",
        "/usr/bin/python3.13",
        Specs.IMAGE,
        "-I",
        "-c",
        code);
  }

  private static String inspected(String container, String format) throws Exception {
    return said("docker", "inspect", "--format", format, container).strip();
  }

  private static String said(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said =
        new String(
            process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    return said;
  }

  private static String target(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString();
    } catch (IOException e) {
      return "/dev/null"; // closed meanwhile
    }
  }

  private static String text(Path file) {
    try {
      return Files.readString(file, java.nio.charset.StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
