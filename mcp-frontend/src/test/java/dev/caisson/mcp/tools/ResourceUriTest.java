package dev.caisson.mcp.tools;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ResourceUriTest {

  @Test
  void names_are_percent_encoded_but_for_the_slashes_of_a_path() {
    assertThat(new ResourceUri("my work", "out/plot ä?#%.png"))
        .hasToString("caisson://session/my%20work/out/plot%20%C3%A4%3F%23%25.png");
    assertThat(ResourceUri.ofRun("run-1", "a b")).isEqualTo("caisson://run/run-1/a%20b");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"a", "out/a b.csv", "-x", "line\nbreak", "ä/天气/🎉", "%41", "a+b&c=d", "a:b@c"})
  void what_is_encoded_is_read_again(String path) {
    var uri = new ResourceUri("a/b", path);

    assertThat(ResourceUri.parse(uri.toString())).contains(uri);
  }

  @Test
  void characters_outside_of_ascii_may_stand_as_they_are() {
    assertThat(ResourceUri.parse("caisson://session/w/天🎉")).contains(new ResourceUri("w", "天🎉"));
  }

  @ParameterizedTest
  @CsvSource({
    "caisson://session/w/../x, ../x",
    "caisson://session/w/%2e%2e%2fx, ../x",
    "caisson://session/w//etc/passwd, /etc/passwd"
  })
  void a_hostile_path_is_handed_on_as_it_is_for_the_daemon_to_refuse(String uri, String path) {
    assertThat(ResourceUri.parse(uri)).contains(new ResourceUri("w", path));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "file:///etc/passwd",
        "caisson://run/r/x",
        "caisson://session/w",
        "caisson://session/w/",
        "caisson://session//x",
        "caisson://session/w/%",
        "caisson://session/w/%4",
        "caisson://session/w/%zz",
        "caisson://session/w/%ff",
        "caisson://session/w/x?y",
        "caisson://session/w/x#y"
      })
  void what_is_not_of_the_form_names_nothing(String uri) {
    assertThat(ResourceUri.parse(uri)).isEmpty();
  }
}
