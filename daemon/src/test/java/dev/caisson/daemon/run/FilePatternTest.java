package dev.caisson.daemon.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caisson.daemon.error.SandboxException;
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
    assertThat(pattern(pattern).matches(new WorkspacePath(path), new MatchingEffort()))
        .isEqualTo(matches);
  }

  /** On a thread of its own: without the bound it goes on for hours and takes no interrupt. */
  @Test
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void patternsAndNamesThatWouldTakeHoursAreGivenUp() {
    FilePattern hard = pattern("*a".repeat(120) + "b");
    FilePattern deep = pattern("**/" + ("*a".repeat(30) + "b/").repeat(60) + "b");
    WorkspacePath path = new WorkspacePath(("a".repeat(60) + "/").repeat(60) + "a".repeat(255));
    MatchingEffort effort = new MatchingEffort();

    assertThatThrownBy(
            () -> {
              while (true) {
                assertThat(hard.matches(new WorkspacePath("a".repeat(255)), effort)).isFalse();
                assertThat(deep.matches(path, effort)).isFalse();
              }
            })
        .isInstanceOf(SandboxException.class)
        .hasMessageContaining("ask with fewer of them, or with fewer *");
  }

  /** As many of each as there may be, none of them odd. */
  @Test
  @Timeout(60)
  void honestPatternsAreFarFromThat() {
    MatchingEffort effort = new MatchingEffort();
    for (int n = 0; n < 64; n++) {
      FilePattern pattern = pattern("results/**/run-*-" + n + ".csv");
      for (int file = 0; file < OutputFiles.NAMES; file++) {
        WorkspacePath path = new WorkspacePath("results/some/where/below/run-of-today-" + file);
        assertThat(pattern.matches(path, effort)).isFalse();
      }
    }
  }

  private static FilePattern pattern(String text) {
    return new FilePattern(new WorkspacePath(text));
  }
}
