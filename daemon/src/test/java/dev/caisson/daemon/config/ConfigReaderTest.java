package dev.caisson.daemon.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caisson.daemon.config.Surroundings.User;
import dev.caisson.daemon.egress.AddressBlock;
import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.policy.PackageIndex;
import dev.caisson.daemon.pool.PoolConfig;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigReaderTest {

  @TempDir Path folder;

  @Test
  void nothingConfiguredIsEnough() {
    assertThat(read(Map.of(), User.OTHER))
        .isEqualTo(
            new DaemonConfig(
                new PlacesConfig(
                    folder.resolve(".local/state/caisson/caisson.sock"),
                    folder.resolve(".local/state/caisson"),
                    Optional.empty()),
                new EngineConfig(
                    Path.of("/var/run/docker.sock"),
                    "caisson-runsc",
                    "caisson/base:latest",
                    "caisson/data:latest",
                    UnsafeVersions.REFUSE),
                PoolConfig.DEFAULT,
                PackageIndex.NONE,
                new NetworkConfig(Optional.empty(), List.of()),
                20,
                200,
                Duration.ofSeconds(10),
                LogLevel.INFO));
  }

  @Test
  void theFoldersOfRootAreTheSystems() {
    assertThat(new Surroundings(Map.of(), folder, folder, User.ROOT).places())
        .isEqualTo(
            new PlacesConfig(
                Path.of("/run/caisson/caisson.sock"), Path.of("/run/caisson"), Optional.empty()));
  }

  @Test
  void othersHaveTheirXdgFolders() throws IOException {
    Files.createDirectories(folder.resolve("c/caisson"));
    Files.writeString(folder.resolve("c/caisson/caisson.yaml"), "drain_timeout: 1s\n");
    DaemonConfig config =
        read(
            Map.of(
                "XDG_RUNTIME_DIR", "/run/user/7",
                "XDG_STATE_HOME", "/s",
                "XDG_CONFIG_HOME", folder.resolve("c").toString()),
            User.OTHER);

    assertThat(config.places().socket()).isEqualTo(Path.of("/run/user/7/caisson/caisson.sock"));
    assertThat(config.drainTimeout()).isEqualTo(Duration.ofSeconds(1));
  }

  @Test
  void everyKeyOfTheFileReachesItsField() throws IOException {
    Path file = folder.resolve("all.yaml");
    Files.writeString(
        file,
        """
        socket: /a/s.sock
        run_dir: /a/run
        policies: /a/policies
        engine:
          host: unix:///a/docker.sock
          runtime: gvisor
          base_image: mine/base:7
          data_image: mine/data:8
          unsafe_versions: accept
        pool:
          max_live: 3
          creating: 4
          creation_timeout: 5s
          destruction_timeout: 6s
          health_interval: 7s
          health_timeout: 8s
          shortest_backoff: 9s
          longest_backoff: 10m
          refill_pause: 12ms
        packages:
          index: https://packages.test/simple
          files: http://files.test:81
        network:
          ca_file: /a/ca.pem
          private_addresses: [10.1.2.3/32, "fd00:1::/120"]
        sessions:
          per_tenant: 6
        rehearsal_runs: 7
        drain_timeout: 11s
        log:
          level: debug
        """);

    assertThat(read(Map.of(), User.OTHER, "--config", file.toString()))
        .isEqualTo(
            new DaemonConfig(
                new PlacesConfig(
                    Path.of("/a/s.sock"), Path.of("/a/run"), Optional.of(Path.of("/a/policies"))),
                new EngineConfig(
                    Path.of("/a/docker.sock"),
                    "gvisor",
                    "mine/base:7",
                    "mine/data:8",
                    UnsafeVersions.ACCEPT),
                new PoolConfig(
                    3,
                    4,
                    Duration.ofSeconds(5),
                    Duration.ofSeconds(6),
                    Duration.ofSeconds(7),
                    Duration.ofSeconds(8),
                    Duration.ofSeconds(9),
                    Duration.ofMinutes(10),
                    Duration.ofMillis(12)),
                new PackageIndex(
                    Optional.of(URI.create("https://packages.test/simple")),
                    Optional.of(URI.create("http://files.test:81"))),
                new NetworkConfig(
                    Optional.of(Path.of("/a/ca.pem")),
                    List.of(AddressBlock.of("10.1.2.3/32"), AddressBlock.of("fd00:1::/120"))),
                6,
                7,
                Duration.ofSeconds(11),
                LogLevel.DEBUG));
  }

  @Test
  void whatPipUsesCountsWhenNothingOfOursNamesAnIndex() {
    Map<String, String> pip =
        Map.of(
            "CAISSON_PIP_INDEX", "https://pip.test/simple",
            "CAISSON_PIP_FILES", "https://files.pip.test");

    assertThat(read(pip, User.OTHER).packages())
        .isEqualTo(
            new PackageIndex(
                Optional.of(URI.create("https://pip.test/simple")),
                Optional.of(URI.create("https://files.pip.test"))));
    assertThat(read(pip, User.OTHER, "--packages-index", "https://ours.test/simple").packages())
        .isEqualTo(
            new PackageIndex(
                Optional.of(URI.create("https://ours.test/simple")), Optional.empty()));
  }

  @Test
  void whomPipTrustsCountsWithItsIndexAlone() {
    Map<String, String> pip =
        Map.of("CAISSON_PIP_INDEX", "https://pip.test/simple", "CAISSON_PIP_CERT", "/pip.pem");

    assertThat(read(pip, User.OTHER).network().caFile()).contains(Path.of("/pip.pem"));
    assertThat(read(pip, User.OTHER, "--network-ca-file", "/ours.pem").network().caFile())
        .contains(Path.of("/ours.pem"));
    assertThat(
            read(pip, User.OTHER, "--packages-index", "https://ours.test/simple")
                .network()
                .caFile())
        .isEmpty();
  }

  @Test
  void privateAddressesMayStandInAVariable() {
    Map<String, String> two =
        Map.of("CAISSON_NETWORK_PRIVATE_ADDRESSES", "10.1.2.3, 192.168.7.0/24");

    assertThat(read(two, User.OTHER).network().privateAddresses())
        .containsExactly(AddressBlock.of("10.1.2.3"), AddressBlock.of("192.168.7.0/24"));
  }

  @Test
  void addressesThatNobodyMayPermitAreRefused() {
    for (String bad :
        List.of(
            "127.0.0.1",
            "169.254.169.254",
            "100.100.100.200",
            "fd00:ec2::254",
            "8.8.8.8",
            "::1",
            "10.0.0.0/8",
            "10.1.2.0/23",
            "10.1.2.3/24",
            "fd00::/64",
            "0.0.0.0/0",
            "mirror.test",
            "10.1")) {
      assertThatThrownBy(() -> read(Map.of("CAISSON_NETWORK_PRIVATE_ADDRESSES", bad), User.OTHER))
          .as(bad)
          .hasMessageContaining(
              "network.private_addresses[0]: got '" + bad + "'; allowed is an address, or a block");
    }
  }

  @Test
  void anIndexWithCredentialsOrWithAnAddressForANameIsRefused() {
    for (String bad :
        List.of(
            "https://user:word@packages.test/simple",
            "https://10.0.0.1/simple",
            "ftp://packages.test",
            "packages.test")) {
      assertThatThrownBy(() -> read(Map.of("CAISSON_PACKAGES_INDEX", bad), User.OTHER))
          .as(bad)
          .hasMessageContaining("packages.index: got '" + bad + "'; allowed is https://");
    }
  }

  @Test
  void flagsWinOverVariablesAndVariablesOverTheFile() throws IOException {
    Files.writeString(
        folder.resolve("c.yaml"), "pool: {max_live: 1, creating: 1}\ndrain_timeout: 1s\n");
    DaemonConfig config =
        read(
            Map.of(
                "CAISSON_CONFIG", "c.yaml",
                "CAISSON_POOL_CREATING", "2",
                "CAISSON_DRAIN_TIMEOUT", "2s"),
            User.OTHER,
            "--drain-timeout=3s");

    assertThat(config.pool().maximumLive()).isEqualTo(1);
    assertThat(config.pool().creationsAtOnce()).isEqualTo(2);
    assertThat(config.drainTimeout()).isEqualTo(Duration.ofSeconds(3));
  }

  @Test
  void theSocketIsInTheRunFolderUnlessItIsNamed() {
    assertThat(read(Map.of("CAISSON_RUN_DIR", "/r"), User.OTHER).places().socket())
        .isEqualTo(Path.of("/r/caisson.sock"));
    assertThat(
            read(Map.of("CAISSON_RUN_DIR", "/r", "CAISSON_SOCKET", "s"), User.OTHER)
                .places()
                .socket())
        .isEqualTo(folder.resolve("s"));
  }

  @Test
  void dockerHostCountsWhenNothingOfOursNamesTheEngine() {
    assertThat(read(Map.of("DOCKER_HOST", "unix:///d"), User.OTHER).engine().socket())
        .isEqualTo(Path.of("/d"));
    assertThat(
            read(Map.of("DOCKER_HOST", "tcp://x:1", "CAISSON_ENGINE_HOST", "unix:///e"), User.OTHER)
                .engine()
                .socket())
        .isEqualTo(Path.of("/e"));
    assertThatThrownBy(() -> read(Map.of("DOCKER_HOST", "tcp://x:1"), User.OTHER))
        .hasMessageContaining("$DOCKER_HOST: engine.host: got 'tcp://x:1'; allowed is unix://");
  }

  @Test
  void allProblemsOfAllSourcesAreToldAtOnce() throws IOException {
    Path file = folder.resolve("bad.yaml");
    Files.writeString(
        file, "pool:\n  max_life: 3\nrun_dir: here\nengine: {runtime: runc}\nlog: {level: loud}\n");

    assertThatThrownBy(() ->
            read(
                Map.of("CAISSON_SOKET", "/s", "CAISSON_DRAIN_TIMEOUT", "10", "CAISSON_JAVA", "x"),
                User.OTHER,
                "--config=" + file,
                "--polices",
                "/p",
                "--pool-creating",
                "0",
                "--socket"))
        .isInstanceOfSatisfying(
            SandboxException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_CONFIGURATION))
        .hasMessage(
            """
            the configuration cannot be used:
              --polices: the flag is not known. Did you mean '--policies'?
              --socket: the flag needs a value. Write --socket VALUE
              FILE:2: pool.max_life: the key is not known. Known here: max_live, creating, creation_timeout, destruction_timeout, health_interval, health_timeout, shortest_backoff, longest_backoff, refill_pause. Did you mean 'max_live'?
              $CAISSON_SOKET: the variable is not known. Did you mean 'CAISSON_SOCKET'?
              FILE:3: run_dir: got 'here'; allowed is an absolute path. Write for example '/run/caisson'
              FILE:4: engine.runtime: got 'runc'; allowed is the name under which gVisor is registered on the engine, never runc. Write for example 'caisson-runsc'
              --pool-creating: pool.creating: got 0; allowed is a whole number from 1 to 64. Write for example '1'
              $CAISSON_DRAIN_TIMEOUT: drain_timeout: got 10; allowed is a duration from 0s to 1h. Write for example '1h'
              FILE:5: log.level: got 'loud'; allowed is one of [error, warn, info, debug]. Write for example 'info'\
            """
                .replace("FILE", file.toString()));
  }

  @Test
  void aNamedFileHasToBeThere() {
    assertThatThrownBy(() -> read(Map.of(), User.OTHER, "--config", "none.yaml"))
        .hasMessageContaining(
            "none.yaml: there is no such file. Name a readable file with --config");
  }

  @Test
  void aSocketPathThatTheKernelRefusesIsRefused() {
    assertThatThrownBy(() -> read(Map.of("CAISSON_SOCKET", "/" + "x".repeat(107)), User.OTHER))
        .hasMessageContaining("allowed is an absolute path of at most 107 bytes");
  }

  private DaemonConfig read(Map<String, String> environment, User user, String... arguments) {
    return ConfigReader.read(
        List.of(arguments), new Surroundings(new HashMap<>(environment), folder, folder, user));
  }
}
