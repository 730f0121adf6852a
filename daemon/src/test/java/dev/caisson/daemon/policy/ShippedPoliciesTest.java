package dev.caisson.daemon.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caisson.daemon.settings.YamlTree;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/**
 * The examples beside the shipped policies, asked as {@code caisson policy explain} asks them. A
 * file of examples may show a policy that extends the shipped one, as users are told to write it.
 */
class ShippedPoliciesTest {

  private static final PackageIndex INDEX =
      new PackageIndex(
          Optional.of(URI.create("https://packages.example.test/simple")),
          Optional.of(URI.create("https://files.example.test")));

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"default", "data", "offline", "packages", "trusted-tools", "web"})
  void everyExampleIsDecidedAsItsFileSays(String name) throws IOException {
    YamlTree examples = YamlTree.read(name, resource("examples/" + name + ".yaml"));
    assertThat(examples.problems()).isEmpty();
    assertThat(examples.tree().propertyNames()).isSubsetOf("own", "allow", "deny", "ask");
    Policy policy = policy(name, examples.tree().get("own"));

    Map<String, String> verdicts = Map.of("allow", "allowed", "deny", "denied", "ask", "ask");
    verdicts.forEach((list, verdict) ->
        questions(examples, list)
            .forEach(question ->
                assertThat(explained(policy, question).verdict().text())
                    .as("%s %s", name, question)
                    .isEqualTo(verdict)));
    assertThat(questions(examples, "allow")).isNotEmpty();
    assertThat(questions(examples, "deny")).isNotEmpty();
  }

  @Test
  void noShippedPolicyReachesAnythingUntilSomebodySaysWhat() {
    assertThat(PolicyStore.shipped().all())
        .hasSize(6)
        .allSatisfy(policy -> assertThat(policy.network().offline()).isTrue());
  }

  @Test
  void theRuleOfADecisionIsTheLineThatSaysIt() {
    Policy packages = PolicyStore.shipped(INDEX).find("packages");
    RuleRef rule = explained(packages, "--connect packages.example.test:443").decision().rule();

    assertThat(rule.file()).isEqualTo("packages.yaml");
    assertThat(resource("packages.yaml").lines().toList().get(rule.line() - 1))
        .contains("host: ${packages.index}");
  }

  private Policy policy(String name, JsonNode own) throws IOException {
    if (own != null) {
      Files.writeString(folder.resolve(name + ".yaml"), own.asString());
    }
    return PolicyStore.withFolder(folder, INDEX).find(name);
  }

  private static Explanation explained(Policy policy, String question) {
    return Explanation.of(policy, PolicyQuestion.of(List.of(question.split(" "))));
  }

  private static List<String> questions(YamlTree examples, String list) {
    List<String> questions = new ArrayList<>();
    JsonNode written = examples.tree().get(list);
    if (written != null) {
      written.forEach(question -> questions.add(question.asString()));
    }
    return questions;
  }

  private static String resource(String name) {
    try (InputStream in = PolicyStore.class.getResourceAsStream("/caisson/policies/" + name)) {
      if (in == null) {
        throw new IllegalStateException(name + " is not in the policies' jar");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
