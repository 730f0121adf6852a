package dev.caisson.daemon.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PythonNamesTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "get_weather | get_weather",
        "get-weather | get_weather",
        "get-user.v2 | get_user_v2",
        "getUser | getUser",
        "class | class_",
        "None | None_",
        "match | match",
        "list | list",
        "3d | tool_3d",
        "!!! | tool",
        "'' | tool",
        "_ | tool",
        "__init__ | init",
        "_private | private",
        "-a--b- | a_b",
        "a__b | a__b",
        "naïve | naïve",
        "天気 予報 | 天気_予報",
        "ﬁnd | find",
        "ｆｕｌｌ | full",
        "a😀b | a_b",
        "a\u200bb | a_b",
        "٣ | tool_٣",
        "a;b(c) | a_b_c",
        "ñ | ñ",
      })
  void makesAnIdentifierOfAnyText(String text, String name) {
    assertThat(PythonNames.identifier(text, "tool")).isEqualTo(name);
  }

  @Test
  void controlCharactersAreGaps() {
    assertThat(PythonNames.identifier("a\nimport os", "tool")).isEqualTo("a_import_os");
    assertThat(PythonNames.identifier("x\0y\u2028z", "tool")).isEqualTo("x_y_z");
  }

  @Test
  void longNamesAreCut() {
    assertThat(PythonNames.identifier("x".repeat(300), "tool")).isEqualTo("x".repeat(80));
  }

  @ParameterizedTest
  @CsvSource({
    "weather,Weather",
    "weather_service,WeatherService",
    "my_server_v2,MyServerV2",
    "server_3d,Server3d",
    "class_,Class",
    "none,XNone",
    "天気,天気"
  })
  void makesAClassNameOfAnIdentifier(String name, String className) {
    assertThat(PythonNames.classStyle(name)).isEqualTo(className);
  }

  @Test
  void whoIsCalledSoKeepsTheNameAndTheOthersAreNumberedByTheirOwnNames() {
    assertThat(resolve(List.of("get.user", "get-user", "get_user", "get_user_2"), Set.of()))
        .isEqualTo(
            Map.of(
                "get_user", "get_user",
                "get_user_2", "get_user_2",
                "get-user", "get_user_3",
                "get.user", "get_user_4"));
  }

  @Test
  void aReservedNameIsGivenToNobody() {
    assertThat(resolve(List.of("list", "list_", "list-"), Set.of("list", "list__2")))
        .isEqualTo(Map.of("list_", "list_", "list", "list__3", "list-", "list__4"));
  }

  @Test
  void theOrderDoesNotMatter() {
    List<String> names =
        new ArrayList<>(List.of("a", "a-", "a.", "a_2", "a-2", "A", "a!", "a_3", "-a", "a__2"));
    Map<String, String> first = resolve(names, Set.of());
    assertThat(first.values()).doesNotHaveDuplicates();
    Random random = new Random(1);
    for (int i = 0; i < 50; i++) {
      Collections.shuffle(names, random);
      assertThat(resolve(names, Set.of())).isEqualTo(first);
    }
  }

  private static Map<String, String> resolve(List<String> names, Set<String> reserved) {
    Map<String, String> wished = new LinkedHashMap<>();
    names.forEach(name -> wished.put(name, PythonNames.identifier(name, "tool")));
    return PythonNames.resolve(wished, reserved);
  }
}
