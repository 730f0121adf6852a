"""What the launcher says and does before any Java program runs."""

import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[3]
COMMANDS = (
    "demo test setup up down status daemon run mcp bench api policy doctor logs uninstall".split()
)
NOBODY = 65534


class LauncherTest(unittest.TestCase):
    """Runs a copy of the launcher, not built, in a folder with spaces in its name."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.folder.chmod(0o755)
        self.checkout = self.folder / "a checkout"
        self.checkout.mkdir()
        shutil.copy(CHECKOUT / "caisson", self.checkout)
        shutil.copy(CHECKOUT / "pom.xml", self.checkout)
        shutil.copytree(CHECKOUT / "daemon/setup", self.checkout / "daemon/setup")
        shutil.copytree(CHECKOUT / "sandbox-image", self.checkout / "sandbox-image")
        for module in ("proto", "policies", "client", "mcp-frontend"):
            (self.checkout / module).mkdir()
        self.launcher = self.checkout / "caisson"
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "CAISSON_RUN_DIR": str(self.folder / "run"),
            "CAISSON_STATE_DIR": str(self.folder / "state"),
            "CAISSON_LOG_DIR": str(self.folder / "log"),
        }

    def caisson(
        self, *arguments: str, launcher: Path | None = None, user: int | None = None
    ) -> subprocess.CompletedProcess[str]:
        as_root = os.geteuid() == 0
        return subprocess.run(
            [str(launcher or self.launcher), *arguments],
            env=self.environment,
            cwd="/",
            user=user if as_root else None,
            group=user if as_root else None,
            extra_groups=[] if as_root and user else None,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def test_help_goes_to_stdout_and_names_every_command(self) -> None:
        for arguments in ((), ("--help",), ("-h",), ("help",)):
            with self.subTest(arguments):
                answer = self.caisson(*arguments)
                self.assertEqual((answer.returncode, answer.stderr), (0, ""))
                for command in COMMANDS:
                    self.assertIn(f"\n  {command} ", answer.stdout)

    def test_every_command_has_help_before_anything_is_built(self) -> None:
        for command in COMMANDS:
            with self.subTest(command):
                answer = self.caisson(command, "--help")
                self.assertEqual((answer.returncode, answer.stderr), (0, ""))
                self.assertTrue(answer.stdout.startswith(f"Usage: caisson {command}"))

    def test_an_unknown_command_is_answered_with_the_nearest_one(self) -> None:
        for typed, meant in (("rnu", "run"), ("stauts", "status"), ("uninstal", "uninstall")):
            with self.subTest(typed):
                answer = self.caisson(typed)
                self.assertEqual((answer.returncode, answer.stdout), (2, ""))
                self.assertEqual(
                    answer.stderr,
                    f"caisson: there is no command '{typed}'; did you mean '{meant}'? "
                    "(all of them: caisson --help)\n",
                )

    def test_an_unknown_command_like_no_other_is_answered_without_a_guess(self) -> None:
        self.assertEqual(
            self.caisson("zzzzzzzzzzzz").stderr,
            "caisson: there is no command 'zzzzzzzzzzzz' (all of them: caisson --help)\n",
        )

    def test_an_unknown_option_is_answered_with_the_nearest_one(self) -> None:
        answer = self.caisson("logs", "--folow")
        self.assertEqual(answer.returncode, 2)
        self.assertIn("caisson logs takes no '--folow'; did you mean '--follow'?", answer.stderr)

    def test_an_unknown_suite_is_an_error(self) -> None:
        answer = self.caisson("test", "nonsense")
        self.assertEqual(answer.returncode, 2)
        self.assertIn("there is no suite 'nonsense'", answer.stderr)

    def test_it_works_through_a_link_from_another_folder(self) -> None:
        first = self.folder / "first"
        second = self.folder / "second"
        first.symlink_to(self.launcher)
        second.symlink_to("first")
        answer = self.caisson("--version", launcher=second)
        self.assertRegex(answer.stdout, r"^caisson \d+\.\d+\.\d+")

    def test_without_a_daemon_status_ends_with_3_and_says_how_to_start_one(self) -> None:
        answer = self.caisson("status")
        self.assertEqual((answer.returncode, answer.stderr), (3, ""))
        self.assertIn("not running (start it with: ", answer.stdout)

    def test_a_pid_file_of_a_program_that_is_not_the_daemon_is_not_believed(self) -> None:
        (self.folder / "run").mkdir()
        (self.folder / "run" / "daemon.pid").write_text(f"{os.getpid()}\n", encoding="utf-8")
        answer = self.caisson("down")
        self.assertEqual((answer.returncode, answer.stderr), (0, "caisson: no daemon is running\n"))

    def test_without_a_jdk_it_says_which_one_is_needed_and_what_mends_it(self) -> None:
        old = self.folder / "jvm" / "old"
        (old / "bin").mkdir(parents=True)
        (old / "bin" / "javac").touch(0o755)
        (old / "release").write_text('JAVA_VERSION="21.0.1"\n', encoding="utf-8")
        self.environment["CAISSON_JVM_DIRS"] = str(old.parent)
        self.environment["PATH"] = self.path_without("java")
        answer = self.caisson("policy", "check", "x.yaml")
        self.assertEqual((answer.returncode, answer.stdout), (1, ""))
        self.assertIn("no JDK 25 is installed", answer.stderr)
        self.assertIn("found: 21", answer.stderr)
        self.assertIn("to mend it: ", answer.stderr)

    def test_without_root_a_change_of_the_machine_is_refused_with_the_command_for_root(self) -> None:
        answer = self.caisson("uninstall", user=NOBODY)
        self.assertEqual((answer.returncode, answer.stdout), (1, ""))
        self.assertIn("needs root", answer.stderr)
        self.assertIn("to mend it: sudo ", answer.stderr)

    def test_a_remote_engine_is_refused(self) -> None:
        self.environment["DOCKER_HOST"] = "tcp://localhost:1"
        self.environment["CAISSON_IMAGE"] = "unused"
        answer = self.caisson("up")
        self.assertEqual(answer.returncode, 1)
        self.assertIn("is not a local engine", answer.stderr)

    def test_a_socket_that_was_named_and_is_not_there_is_an_error_and_starts_nothing(self) -> None:
        (self.checkout / "target").mkdir()
        for module in ("client", "daemon", "mcp-frontend"):
            jar = self.checkout / module / "target" / f"caisson-{module}.jar"
            jar.parent.mkdir(parents=True)
            jar.touch()
        (self.checkout / "target" / "built").touch()
        self.environment["CAISSON_SOCKET"] = str(self.folder / "none.sock")
        answer = self.caisson("run", "-")
        self.assertEqual(answer.returncode, 1)
        self.assertIn("CAISSON_SOCKET names", answer.stderr)
        self.assertFalse((self.folder / "run").exists())

    def path_without(self, program: str) -> str:
        """A folder of links to all programs on the PATH but one."""
        links = self.folder / "bin"
        links.mkdir()
        for folder in os.environ["PATH"].split(":"):
            for file in Path(folder).glob("*") if folder else ():
                if file.name != program and not (links / file.name).exists():
                    (links / file.name).symlink_to(file)
        return str(links)


if __name__ == "__main__":
    unittest.main()
