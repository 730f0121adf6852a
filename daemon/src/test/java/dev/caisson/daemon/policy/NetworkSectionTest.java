package dev.caisson.daemon.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caisson.daemon.policy.Decision.Allowed;
import dev.caisson.daemon.policy.Decision.Denied;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NetworkSectionTest {

  private static final PackageIndex INDEX =
      new PackageIndex(
          Optional.of(URI.create("https://index.test/simple")),
          Optional.of(URI.create("http://files.test:8080")));

  @TempDir Path folder;

  @Test
  void aHostAloneMeansTlsOnItsUsualPort() throws IOException {
    NetworkPolicy network = read("network:\n  allow:\n    - host: a.test\n", PackageIndex.NONE);

    RuleRef rule = new RuleRef("network.allow[0]", "n.yaml", 3);
    assertThat(network.decide(new NetworkRequest.Tls("a.test", 443))).isEqualTo(new Allowed(rule));
    assertThat(network.decide(new NetworkRequest.Tls("a.test", 444))).isInstanceOf(Denied.class);
    assertThat(network.decide(new NetworkRequest.Http("a.test", 80, "GET")))
        .isInstanceOf(Denied.class);
  }

  @Test
  void plainHttpMeansReadingOnPort80() throws IOException {
    NetworkPolicy network =
        read("network: {allow: [{host: a.test, protocols: [http]}]}", PackageIndex.NONE);

    assertThat(network.decide(new NetworkRequest.Http("a.test", 80, "HEAD")))
        .isInstanceOf(Allowed.class);
    assertThat(network.decide(new NetworkRequest.Http("a.test", 80, "POST")))
        .isInstanceOf(Denied.class);
    assertThat(network.decide(new NetworkRequest.Http("a.test", 8080, "GET")))
        .isInstanceOf(Denied.class);
  }

  @Test
  void thePlaceholdersStandForTheConfiguredIndex() throws IOException {
    NetworkPolicy network =
        read("network: {allow: [{host: '${packages.index}'}, {host: '${packages.files}'}]}", INDEX);

    assertThat(network.packages())
        .isEqualTo(new PackageAccess.Reachable(URI.create("https://index.test/simple")));
    assertThat(network.decide(new NetworkRequest.Tls("index.test", 443)))
        .isInstanceOf(Allowed.class);
    assertThat(network.decide(new NetworkRequest.Http("files.test", 8080, "GET")))
        .isInstanceOf(Allowed.class);
    assertThat(network.decide(new NetworkRequest.Http("files.test", 8080, "PUT")))
        .isInstanceOf(Denied.class);
    assertThat(network.decide(new NetworkRequest.Opening("index.test", 80)))
        .isInstanceOf(Denied.class);
  }

  @Test
  void withoutAConfiguredIndexTheRuleAllowsNothingAndSaysWhatIsMissing() throws IOException {
    NetworkPolicy network =
        read("network: {allow: [{host: '${packages.index}'}]}", PackageIndex.NONE);

    RuleRef rule = new RuleRef("network.allow[0]", "n.yaml", 1);
    assertThat(network.offline()).isTrue();
    assertThat(network.packages()).isEqualTo(new PackageAccess.Unconfigured(rule));
    assertThat(network.decide(new NetworkRequest.Tls("index.test", 443)))
        .isEqualTo(
            new Denied(
                "no rule allows the host 'index.test', and no package index is configured"
                    + " (packages.index)",
                rule));
  }

  @Test
  void everyMistakeInARuleIsToldWithItsLine() {
    assertThatThrownBy(() ->
            read(
                """
                network:
                  allow:
                    - host: 10.0.0.1
                    - host: "*.test"
                    - ports: [443]
                    - a.test
                    - host: b.test
                      port: 443
                    - host: c.test
                      ports: [0, 70000]
                      protocols: [udp]
                    - host: d.test
                      methods: [GET]
                    - host: e.test
                      protocols: [http]
                      methods: [CONNECT]
                    - host: f.test
                      protocols: [tcp]
                    - host: ${packages.index}
                      ports: [443]
                    - host: g.test
                      ports: []
                    - host: h.test
                      ports: 443
                """,
                INDEX))
        .extracting(problem -> String.valueOf(problem.getMessage()).lines().sorted().toList())
        .asInstanceOf(InstanceOfAssertFactories.list(String.class))
        .containsExactlyInAnyOrderElementsOf(
            """
            the policies of FOLDER cannot be used:
              FILE:3: network.allow[0].host: got '10.0.0.1'; allowed is HOST. Write for example 'api.example.test'
              FILE:4: network.allow[1].host: got '*.test'; allowed is HOST. Write for example 'api.example.test'
              FILE:5: network.allow[2]: a rule names a host. Add 'host: NAME'
              FILE:6: network.allow[3]: got 'a.test'; an entry of this list has keys of its own. Write '- KEY: value' with the keys host, ports, protocols, methods
              FILE:8: network.allow[4].port: the key is not known. Known here: host, ports, protocols, methods. Did you mean 'ports'?
              FILE:10: network.allow[5].ports[0]: got 0; allowed is a whole number from 1 to 65535. Write for example '1'
              FILE:10: network.allow[5].ports[1]: got 70000; allowed is a whole number from 1 to 65535. Write for example '1'
              FILE:11: network.allow[5].protocols[0]: got 'udp'; allowed is tls, http or tcp. Write for example 'tls'
              FILE:13: network.allow[6].methods: got ["GET"]; methods can only be seen in plain http. Add http to protocols, or remove the key
              FILE:16: network.allow[7].methods[0]: got 'CONNECT'; allowed is one of DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT. Write for example 'GET'
              FILE:17: network.allow[8]: tcp has no usual port. Add 'ports: [5432]' or whichever it is
              FILE:20: network.allow[9].ports: got [443]; the configured address of the index says it. Remove the key
              FILE:22: network.allow[10].ports: got []; an empty list allows nothing. Name one, or remove the key
              FILE:24: network.allow[11].ports: got 443; this is a list. Write [] for none, else entries as lines that begin with '- '\
            """
                .replace(
                    "HOST",
                    "a host's name (not an address), *. before at least two parts of one, or"
                        + " ${packages.index} or ${packages.files}")
                .replace("FILE", folder.resolve("n.yaml").toString())
                .replace("FOLDER", folder.toString())
                .lines()
                .toList());
  }

  @Test
  void everyMistakeInTheListsOfToolsAndCodeIsToldWithItsLine() {
    assertThatThrownBy(() ->
            read(
                """
                tools:
                  allow: [weather, "a.b"]
                  deny: "*"
                  limits:
                    - calls: 1
                    - tools: a.b
                    - tools: a.b
                      timeout: 5
                code:
                  refuse_imports: ["a-b"]
                """,
                INDEX))
        .hasMessageContaining("n.yaml:2: tools.allow[0]: got 'weather'; allowed is SERVER.TOOL,")
        .hasMessageContaining("n.yaml:3: tools.deny: got '*'; this is a list.")
        .hasMessageContaining("n.yaml:5: tools.limits[0]: a limit says for which tools.")
        .hasMessageContaining("n.yaml:6: tools.limits[1]: a limit limits something.")
        .hasMessageContaining("n.yaml:8: tools.limits[2].timeout: got 5; allowed is a duration")
        .hasMessageContaining("n.yaml:10: code.refuse_imports[0]: got 'a-b'; allowed is a Python");
  }

  private NetworkPolicy read(String text, PackageIndex packages) throws IOException {
    Files.writeString(folder.resolve("n.yaml"), text);
    return PolicyStore.withFolder(folder, packages).find("n").network();
  }
}
