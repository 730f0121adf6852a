"""The cache of the frontend's classes, with the JVM of this machine and a frontend of a few lines."""

import os
import shutil
import subprocess
import tempfile
import unittest
import zipfile
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[3]
PROGRAM = """
package dev.caisson.mcp.app;
import java.nio.file.Files;
import java.nio.file.Path;
public class Main {
  public static void main(String[] arguments) throws Exception {
    System.in.readAllBytes();
    boolean cached = Files.readString(Path.of("/proc/self/maps")).contains("/classes.aot");
    System.out.println(Word.get() + (cached ? " from the cache" : ""));
  }
}
class Word { static String get() { return "%s"; } }
"""


class FrontendCacheTest(unittest.TestCase):
    """One build of a checkout with a space in its name; what Maven would make is made here."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.checkout = self.folder / "a checkout"
        self.checkout.mkdir()
        for file in ("caisson", "pom.xml"):
            shutil.copy(CHECKOUT / file, self.checkout)
        shutil.copytree(CHECKOUT / "daemon/setup", self.checkout / "daemon/setup")
        shutil.copytree(CHECKOUT / "sandbox-image", self.checkout / "sandbox-image")
        for module in ("proto", "policies", "client", "mcp-frontend"):
            (self.checkout / module).mkdir()
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "CAISSON_RUN_DIR": str(self.folder / "run"),
            "CAISSON_STATE_DIR": str(self.folder / "state"),
            "CAISSON_LOG_DIR": str(self.folder / "log"),
        }
        self.java_home = Path(self.shell('ensure_jdk && printf %s "$JAVA_HOME"'))
        tools = self.folder / "tools"
        tools.mkdir()
        # What Maven builds lies ready in a folder.
        (tools / "mvn").write_text(
            f"#!/bin/sh\necho x >>'{self.folder}/builds'\nfor module in client daemon mcp-frontend; do\n"
            "  mkdir -p $module/target/lib && touch $module/target/caisson-$module.jar\ndone\n"
            f"cp '{self.folder}'/jars/caisson-mcp-frontend.jar mcp-frontend/target/\n"
            f"cp '{self.folder}'/jars/lib-*.jar mcp-frontend/target/lib/\n",
            encoding="utf-8",
        )
        (tools / "mvn").chmod(0o755)
        self.environment["PATH"] = f"{tools}:{os.environ['PATH']}"
        self.given_a_program("first")

    @property
    def cache(self) -> Path:
        return self.checkout / "target/programs/mcp-frontend/classes.aot"

    def given_a_program(self, word: str) -> None:
        """Two jars, with a class each."""
        work = self.folder / "work"
        jars = self.folder / "jars"
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        jars.mkdir(exist_ok=True)
        (work / "Main.java").write_text(PROGRAM % word, encoding="utf-8")
        subprocess.run(
            [str(self.java_home / "bin/javac"), "-d", str(work), str(work / "Main.java")],
            check=True,
        )
        for jar, name in (("caisson-mcp-frontend", "Main"), ("lib-word", "Word")):
            with zipfile.ZipFile(jars / f"{jar}.jar", "w") as file:
                entry = f"dev/caisson/mcp/app/{name}.class"
                file.write(work / entry, entry)
        (self.checkout / "proto" / "source").touch()

    def frontend(self, *options: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.checkout / "caisson"), "mcp", "--print-config", "x"],
            env=self.environment | ({"JDK_JAVA_OPTIONS": " ".join(options)} if options else {}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def shell(self, command: str) -> str:
        """Calls a function of the launcher's."""
        script = (
            "SETUP_DIR=$HOME_DIR/daemon/setup LAUNCHER=$HOME_DIR/caisson; for file in ui paths machine engine gvisor "
            'image build launch frontend; do . "$SETUP_DIR/$file.sh"; done; '
        )
        return subprocess.run(
            ["bash", "-ec", script + command],
            env=self.environment | {"HOME_DIR": str(self.checkout), "SHOWN_LAUNCHER": "caisson"},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        ).stdout

    def assert_says(self, word: str, *options: str) -> None:
        answer = self.frontend(*options)
        said = "NOTE: Picked up JDK_JAVA_OPTIONS: " + " ".join(options) + "\n" if options else ""
        self.assertEqual((answer.returncode, answer.stdout, answer.stderr), (0, word + "\n", said))

    def test_a_build_makes_the_cache_and_the_frontend_starts_from_it(self) -> None:
        answer = self.frontend()
        self.assertEqual(
            (answer.returncode, answer.stdout), (0, "first from the cache\n"), answer.stderr
        )
        self.assertIn("start once, to keep its classes ready", answer.stderr)
        self.assertEqual(list(self.cache.parent.glob("classes.aot*")), [self.cache])
        self.assert_says("first from the cache")

    def test_another_build_has_another_cache(self) -> None:
        self.frontend()
        self.given_a_program("second")
        answer = self.frontend()
        self.assertEqual(
            (answer.returncode, answer.stdout), (0, "second from the cache\n"), answer.stderr
        )
        self.assertEqual((self.folder / "builds").read_text(encoding="utf-8"), "x\nx\n")

    def test_jars_that_were_changed_by_hand_are_run_as_they_are(self) -> None:
        self.frontend()
        self.given_a_program("third")
        # That is no newer source, so nothing is built.
        os.utime(self.checkout / "proto" / "source", (1, 1))
        lib = self.checkout / "target/programs/mcp-frontend/lib/lib-word.jar"
        shutil.copyfile(self.folder / "jars/lib-word.jar", lib)
        os.utime(lib, (self.cache.stat().st_mtime + 1,) * 2)
        self.assert_says("third")
        os.utime(lib)
        self.shell("ensure_jdk && ensure_frontend_cache")
        self.assert_says("third from the cache")

    def test_a_cache_that_is_broken_or_missing_costs_time_and_no_word(self) -> None:
        self.frontend()
        content = self.cache.read_bytes()
        for broken in (b"", b"not a cache", content[: len(content) // 2]):
            self.cache.write_bytes(broken)
            self.assert_says("first")
        self.cache.unlink()
        self.assert_says("first")
        self.shell("ensure_jdk && ensure_frontend_cache")
        self.assert_says("first from the cache")

    def test_options_that_forbid_a_cache_are_heeded(self) -> None:
        self.frontend()
        self.assert_says("first", "-Xshare:off")


if __name__ == "__main__":
    unittest.main()
