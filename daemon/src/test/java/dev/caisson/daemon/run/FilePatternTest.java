package dev.caisson.daemon.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caisson.daemon.model.WorkspacePath;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FilePatternTest {

  @ParameterizedTest
  @CsvSource({
    "out.txt,out.txt,true",
    "out.txt,out_txt,false",
    "*.png,plot.png,true",
    "*.png,a/plot.png,false",
    "a/*,a/b,true",
    "a/*,a/b/c,false",
    "**,a/b/c,true",
    "**/*.png,plot.png,true",
    "**/*.png,a/b/plot.png,true",
    "a/**,a/b/c,true",
    "a/**,a,true",
    "a/**/c,a/c,true",
    "a/**/c,a/b/b/c,true",
    "a/**/c,a/b/d,false",
    "**/a/**/b,x/a/y/a/z/b,true",
    "p?ot,plot,true",
    "p?ot,pot,false",
    "p?ot,p🙂ot,true",
    "*a*b*,xxaxxbxx,true",
    "*a*b*,xxbxxaxx,false",
    "[ab],a,false",
    "[ab],[ab],true"
  })
  void itMatchesAsItSays(String pattern, String path, boolean matches) {
    assertThat(pattern(pattern).matches(new WorkspacePath(path))).isEqualTo(matches);
  }

  @Test
  @Timeout(10)
  void noPathMakesItSlow() {
    FilePattern hard = pattern("*a".repeat(120) + "b");
    FilePattern deep = pattern("**/a/".repeat(30) + "b");
    for (int n = 0; n < 1_000; n++) {
      assertThat(hard.matches(new WorkspacePath("a".repeat(255)))).isFalse();
      assertThat(deep.matches(new WorkspacePath("a/".repeat(60) + "a"))).isFalse();
    }
  }

  private static FilePattern pattern(String text) {
    return new FilePattern(new WorkspacePath(text));
  }
}
