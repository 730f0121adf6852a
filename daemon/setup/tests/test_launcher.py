"""What the launcher says and does before any Java program runs."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import unittest
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[3]
COMMANDS = (
    "demo test setup up down status daemon run repl sessions files mcp bench api policy image doctor logs "
    "completion uninstall".split()
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
            "CAISSON_IMAGE": os.environ.get("CAISSON_IMAGE", "caisson/base:latest"),
            "DOCKER_HOST": os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock"),
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

    def test_who_asks_for_help_sets_nothing_up_and_starts_no_daemon(self) -> None:
        asked = (
            "run --help; run x.py --help; run -h; repl --help; bench session --help; bench neighbour -h; files --help; "
            "files list S --help; sessions --help; sessions create --name x --help; api --help; mcp --help; "
            "daemon --help; policy check --help; up --help; demo --help; test security --help; test cpython --help; image build --help"
        )
        self.environment["DOCKER_HOST"] = f"unix://{self.folder}/no-engine.sock"
        for built in (False, True):
            if built:
                self.given_a_build()
                self.given_a_java('for argument; do printf "<%s>" "$argument"; done')
            for arguments in map(str.split, asked.split("; ")):
                with self.subTest((built, arguments)):
                    answer = self.caisson(*arguments)
                    self.assertEqual((answer.returncode, answer.stderr), (0, ""))
                    self.assertIn(
                        f"Usage: caisson {arguments[0]}"
                        if "Usage" in answer.stdout
                        else "<--help>",
                        answer.stdout,
                    )
                    self.assertFalse((self.folder / "run").exists())

    def test_help_is_that_of_the_subcommand_where_it_has_one(self) -> None:
        self.given_a_build()
        self.given_a_java('for argument; do printf "<%s>" "$argument"; done')
        for arguments, asked in (
            (("bench", "session", "--help"), "<bench><session><--help>"),
            (("files", "put", "S", "x", "-h"), "<files><put><--help>"),
            (("sessions", "--help"), "<sessions><--help>"),
            (("sessions", "--output", "json", "--help"), "<sessions><--help>"),
            (("run", "x.py", "--help"), "<run><--help>"),
        ):
            with self.subTest(arguments):
                self.assertTrue(self.caisson(*arguments).stdout.endswith(f"Main>{asked}"))

    def test_the_help_that_a_program_is_asked_for_is_the_programs(self) -> None:
        self.given_a_build()
        self.given_a_java('for argument; do printf "<%s>" "$argument"; done')
        self.given_a_socket()
        answer = self.caisson("run", "x.py", "--", "--help")
        self.assertTrue(answer.stdout.endswith("<run><x.py><--><--help>"), answer.stdout)

    def test_an_image_that_there_is_not_is_answered_with_the_nearest_one(self) -> None:
        for command in ("build", "verify"):
            answer = self.caisson("image", command, "dta")
            self.assertEqual((answer.returncode, answer.stdout), (2, ""))
            self.assertEqual(
                answer.stderr,
                "caisson: there is no image 'dta'; did you mean 'data'? (there are: base data)\n",
            )

    def test_what_an_image_command_does_has_to_be_said(self) -> None:
        for arguments, text in (
            (
                (),
                "caisson image takes what to do: build, list or verify (more: caisson image --help)",
            ),
            (
                ("lst",),
                "caisson image takes no 'lst'; did you mean 'list'? (more: caisson image --help)",
            ),
            (
                ("list", "data"),
                "caisson image list takes no 'data' (more: caisson image list --help)",
            ),
        ):
            with self.subTest(arguments):
                answer = self.caisson("image", *arguments)
                self.assertEqual((answer.returncode, answer.stderr), (2, f"caisson: {text}\n"))

    def test_images_are_asked_of_an_engine_that_answers(self) -> None:
        self.environment["DOCKER_HOST"] = f"unix://{self.folder}/no-engine.sock"
        for command in ("list", "verify"):
            answer = self.caisson("image", command)
            self.assertEqual((answer.returncode, answer.stdout), (1, ""))
            self.assertIn(f"no engine answers at {self.folder}/no-engine.sock", answer.stderr)

    def test_the_daemon_is_told_the_data_image_of_this_checkout(self) -> None:
        self.given_a_build()
        self.given_a_java('printf "<%s>" "$CAISSON_ENGINE_DATA_IMAGE"')
        image = self.caisson("daemon").stdout
        self.assertRegex(image, r"^<caisson/data:[0-9a-f]{16}>$")
        with (self.checkout / "sandbox-image/data/warm.py").open("a", encoding="utf-8") as file:
            file.write("# changed\n")
        self.assertNotEqual(self.caisson("daemon").stdout, image)

    def test_an_unknown_command_is_answered_with_the_nearest_one(self) -> None:
        for typed, meant in (("rnu", "run"), ("stauts", "status"), ("uninstal", "uninstall")):
            with self.subTest(typed):
                answer = self.caisson(typed)
                self.assertEqual((answer.returncode, answer.stdout), (2, ""))
                self.assertEqual(
                    answer.stderr,
                    f"caisson: there is no command '{typed}'; did you mean '{meant}'? (all of them: caisson --help)\n",
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

    def test_what_is_no_test_module_of_cpython_is_an_error(self) -> None:
        answer = self.caisson("test", "cpython", "test_io", "--fast")
        self.assertEqual((answer.returncode, answer.stdout), (2, ""))
        self.assertEqual(
            answer.stderr,
            "caisson: caisson test cpython runs test_context, test_builtin, test_traceback, test_tempfile, "
            "test_signal, test_threading, test_subprocess, test_io, test_asyncio; there is no '--fast' among them\n",
        )

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

    def test_down_ends_as_soon_as_the_daemon_has_ended_whether_anybody_reaps_it_or_not(
        self,
    ) -> None:
        daemon = subprocess.Popen(
            [sys.executable, "-c", "input()", "dev.caisson.daemon.app.Main"], stdin=subprocess.PIPE
        )
        self.addCleanup(daemon.wait)
        self.addCleanup(daemon.kill)
        self.addCleanup(daemon.stdin.close if daemon.stdin else lambda: None)
        (self.folder / "run").mkdir()
        (self.folder / "run" / "daemon.pid").write_text(f"{daemon.pid}\n", encoding="utf-8")
        answer = self.caisson("down")
        state = Path(f"/proc/{daemon.pid}/stat").read_text(encoding="utf-8").rpartition(") ")[2]
        self.assertEqual(state[0], "Z")
        self.assertEqual(answer.returncode, 0)
        self.assertTrue(answer.stderr.endswith("caisson: the daemon has stopped\n"), answer.stderr)

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

    def test_without_root_a_change_of_the_machine_is_refused_with_the_command_for_root(
        self,
    ) -> None:
        answer = self.caisson("uninstall", user=NOBODY)
        self.assertEqual((answer.returncode, answer.stdout), (1, ""))
        self.assertIn("needs root", answer.stderr)
        self.assertIn("to mend it: sudo ", answer.stderr)

    def test_a_remote_engine_is_refused(self) -> None:
        self.environment["DOCKER_HOST"] = "tcp://localhost:1"
        answer = self.caisson("up")
        self.assertEqual(answer.returncode, 1)
        self.assertIn("is not a local engine", answer.stderr)

    def test_an_image_that_was_named_and_is_not_there_is_an_error(self) -> None:
        self.environment["CAISSON_IMAGE"] = "caisson/nothing:here"
        answer = self.caisson("up")
        self.assertEqual(answer.returncode, 1)
        self.assertIn("CAISSON_IMAGE names caisson/nothing:here", answer.stderr)

    def test_a_socket_that_was_named_and_is_not_there_is_an_error_and_starts_nothing(self) -> None:
        self.given_a_build()
        self.environment["CAISSON_SOCKET"] = str(self.folder / "none.sock")
        answer = self.caisson("run", "-")
        self.assertEqual(answer.returncode, 1)
        self.assertIn("CAISSON_SOCKET names", answer.stderr)
        self.assertFalse((self.folder / "run").exists())

    def test_a_socket_that_is_named_as_an_option_starts_no_daemon_either(self) -> None:
        self.given_a_build()
        missing = str(self.folder / "none.sock")
        for command in ("run", "bench", "api", "mcp"):
            for option in (("--socket", missing), (f"--socket={missing}",)):
                with self.subTest((command, option)):
                    answer = self.caisson(command, "x", *option, "y")
                    self.assertEqual((answer.returncode, answer.stdout), (1, ""))
                    self.assertIn(f"--socket names {missing}, and there is no", answer.stderr)
                    self.assertFalse((self.folder / "run").exists())

    def test_a_socket_that_is_named_as_an_option_goes_before_that_of_the_environment(self) -> None:
        self.given_a_build()
        self.given_a_java('printf "<%s>" "$CAISSON_SOCKET" "$@"')
        self.given_a_socket()
        there = self.environment["CAISSON_SOCKET"]
        self.environment["CAISSON_SOCKET"] = str(self.folder / "none.sock")
        for named in (there, f"unix://{there}"):
            answer = self.caisson("run", "-", "--socket", named)
            self.assertEqual((answer.returncode, answer.stderr), (0, ""))
            self.assertTrue(answer.stdout.startswith(f"<{there}>"), answer.stdout)
            self.assertTrue(answer.stdout.endswith(f"<run><-><--socket><{named}>"), answer.stdout)

    def test_a_socket_among_the_arguments_of_a_program_names_no_daemon(self) -> None:
        self.given_a_build()
        self.given_a_java("exit 0")
        self.given_a_socket()
        answer = self.caisson("run", "-", "--", "--socket", "none.sock")
        self.assertEqual((answer.returncode, answer.stderr), (0, ""))

    def test_an_option_for_a_socket_without_its_path_is_an_error(self) -> None:
        for arguments in (("--socket",), ("--socket=",), ("--socket", "--", "x")):
            with self.subTest(arguments):
                answer = self.caisson("run", *arguments)
                self.assertEqual((answer.returncode, answer.stdout), (2, ""))
                self.assertIn("--socket takes the path of a daemon's socket", answer.stderr)

    def test_arguments_reach_the_program_as_they_are_and_stdout_is_its_own(self) -> None:
        self.given_a_build()
        self.given_a_java('for argument; do printf "<%s>" "$argument"; done')
        self.given_a_socket()
        for command, main in (
            ("run", "dev.caisson.client.command.Main><run"),
            ("repl", "dev.caisson.client.command.Main><repl"),
            ("mcp", "dev.caisson.mcp.app.Main"),
        ):
            with self.subTest(command):
                answer = self.caisson(command, "a b", "", "$x", "--flag")
                self.assertEqual((answer.returncode, answer.stderr), (0, ""))
                self.assertTrue(answer.stdout.endswith(f"<{main}><a b><><$x><--flag>"))

    def test_what_is_given_tool_servers_goes_to_the_program_that_speaks_mcp(self) -> None:
        self.given_a_build()
        self.given_a_java('for argument; do printf "<%s>" "$argument"; done')
        self.given_a_socket()
        for arguments, main in (
            (("--servers", "x.json", "-"), "dev.caisson.mcp.app.Main"),
            (("--servers=x.json",), "dev.caisson.mcp.app.Main"),
            (("-", "--", "--servers"), "dev.caisson.client.command.Main"),
        ):
            with self.subTest(arguments):
                self.assertIn(f"<{main}><run>", self.caisson("run", *arguments).stdout)
                self.assertIn(f"<{main}><api>", self.caisson("api", *arguments).stdout)

    def test_the_exit_status_of_the_program_is_the_launchers(self) -> None:
        self.given_a_build()
        self.given_a_java("exit 124")
        self.given_a_socket()
        answer = self.caisson("run", "-")
        self.assertEqual((answer.returncode, answer.stdout, answer.stderr), (124, "", ""))

    def test_a_daemon_that_dies_at_once_is_reported_with_its_last_words(self) -> None:
        self.given_a_build()
        self.given_a_java('echo "the reason" >&2; exit 1')
        answer = self.caisson("up")
        self.assertEqual((answer.returncode, answer.stdout), (1, ""))
        self.assertIn("  | the reason\n", answer.stderr)
        self.assertIn("the daemon ended instead of serving", answer.stderr)

    def test_a_checkout_that_was_just_made_is_built_once(self) -> None:
        self.given_a_java("exit 0")
        self.given_a_socket()
        tools = self.folder / "tools"
        tools.mkdir()
        built = self.folder / "built"
        maven = tools / "mvn"
        maven.write_text(
            f"#!/bin/sh\necho x >>'{built}'\nfor module in client daemon mcp-frontend; do\n"
            "  mkdir -p $module/target/lib && touch $module/target/caisson-$module.jar\ndone\n",
            encoding="utf-8",
        )
        maven.chmod(0o755)
        self.environment["PATH"] = f"{tools}:{self.environment['PATH']}"
        (self.checkout / "proto" / "source").touch()
        for _ in range(2):
            answer = self.caisson("run", "-")
            self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertEqual(built.read_text(encoding="utf-8"), "x\n")

    def test_the_frontend_starts_while_no_daemon_serves_and_may_have_one_started(self) -> None:
        self.given_a_build()
        self.given_a_java(
            'printf "<%s>" "$CAISSON_SOCKET" "$CAISSON_MAY_START_DAEMON" "$CAISSON_LAUNCHER"'
        )
        # Without an engine nothing can be set up, so it was not even tried.
        self.environment["DOCKER_HOST"] = f"unix://{self.folder}/no-engine.sock"
        answer = self.caisson("mcp")
        self.assertEqual((answer.returncode, answer.stderr), (0, ""))
        self.assertEqual(answer.stdout, f"<{self.folder}/run/caisson.sock><yes><{self.launcher}>")
        self.assertFalse((self.folder / "run").exists())

    def test_who_names_a_daemon_has_none_started_by_the_frontend(self) -> None:
        self.given_a_build()
        self.given_a_java('printf "<%s>" "$CAISSON_SOCKET" "${CAISSON_MAY_START_DAEMON-none}"')
        self.given_a_socket()
        self.environment["CAISSON_MAY_START_DAEMON"] = "yes"
        there = self.environment["CAISSON_SOCKET"]
        self.assertEqual(self.caisson("mcp").stdout, f"<{there}><none>")

    def test_what_the_frontend_calls_starts_a_daemon_whatever_it_was_told_itself(self) -> None:
        self.given_a_build()
        self.given_a_java('echo "<$CAISSON_SOCKET>" >&2; exit 1')
        self.environment["CAISSON_SOCKET"] = str(self.folder / "none.sock")
        answer = self.caisson("ready")
        self.assertEqual((answer.returncode, answer.stdout), (1, ""))
        self.assertIn(f"  | <{self.folder}/run/caisson.sock>\n", answer.stderr)

    def test_the_frontend_of_a_newer_build_tells_of_the_older_daemon(self) -> None:
        self.given_a_build()
        self.given_a_java("exit 0")
        (self.folder / "run").mkdir()
        made_of = self.folder / "run" / "daemon.made-of"
        made_of.touch()
        os.utime(made_of, (1, 1))
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(str(self.folder / "run" / "caisson.sock"))
            self.assertIn("started from an older build", self.caisson("mcp").stderr)
            os.utime(made_of)
            self.assertEqual(self.caisson("mcp").stderr, "")

    def test_a_quick_start_takes_the_jdk_of_the_build_unless_another_is_named(self) -> None:
        self.given_a_build()
        self.given_a_java("echo first")
        first = self.environment.pop("JAVA_HOME")
        (self.checkout / "target" / "built").write_text(f"{first}\n", encoding="utf-8")
        self.environment["CAISSON_JVM_DIRS"] = str(self.folder / "nowhere")
        self.environment["PATH"] = self.path_without("java")
        self.assertEqual(self.caisson("mcp").stdout, "first\n")
        second = self.folder / "second"
        shutil.move(first, second)
        self.assertIn("no JDK 25 is installed", self.caisson("mcp").stderr)
        self.environment["JAVA_HOME"] = str(second)
        self.assertEqual(self.caisson("mcp").stdout, "first\n")

    def test_what_the_daemon_creates_is_its_owners_alone(self) -> None:
        self.given_a_build()
        self.given_a_java("umask")
        self.assertEqual(self.caisson("daemon").stdout, "0077\n")

    @unittest.skipUnless(os.geteuid() == 0, "only root may prefer a program")
    def test_the_daemon_goes_before_programs_that_keep_the_processors_busy(self) -> None:
        self.given_a_build()
        self.given_a_java("nice")
        self.assertEqual(self.caisson("daemon").stdout, "-10\n")

    @unittest.skipUnless(os.geteuid() == 0, "only root may prefer a session")
    def test_the_session_of_a_daemon_is_preferred_where_the_kernel_knows_such(self) -> None:
        with subprocess.Popen(["sleep", "60"], start_new_session=True) as other:
            script = f". '{self.checkout}/daemon/setup/launch.sh' && prefer_session_of {other.pid}"
            subprocess.run(["bash", "-ec", script], check=True, env=self.environment)
            group = Path(f"/proc/{other.pid}/autogroup")
            seen = group.read_text(encoding="ascii").strip() if group.exists() else "none"
            other.kill()
        self.assertRegex(seen, r"^none$|nice -10$")

    def test_a_daemon_that_may_not_be_preferred_starts_all_the_same(self) -> None:
        self.given_a_build()
        self.given_a_java("echo started")
        self.environment["PATH"] = self.path_without("renice")
        answer = self.caisson("daemon")
        self.assertEqual((answer.returncode, answer.stdout), (0, "started\n"))

    def test_down_asks_the_daemon_to_end_and_waits_until_it_has(self) -> None:
        self.given_a_build()
        ended = self.folder / "ended"
        self.given_a_java(
            f"trap 'touch \"{ended}\"; exit 0' TERM; echo ready; while :; do sleep 0.05; done"
        )
        with subprocess.Popen(
            [str(self.launcher), "daemon"], env=self.environment, stdout=subprocess.PIPE
        ) as daemon:
            assert daemon.stdout is not None
            self.assertEqual(daemon.stdout.readline(), b"ready\n")
            # Waits for its end, as the init process does for a daemon in the background.
            waiting = threading.Thread(target=daemon.wait)
            waiting.start()
            answer = self.caisson("down")
            waiting.join()
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertTrue(answer.stderr.endswith("the daemon has stopped\n"))
        self.assertTrue(ended.exists())
        self.assertFalse((self.folder / "run" / "daemon.pid").exists())

    def given_a_build(self) -> None:
        """Jars that are newer than every source; what is in them no test gets to see."""
        for module in ("client", "daemon", "mcp-frontend"):
            jar = self.checkout / "target" / "programs" / module / f"caisson-{module}.jar"
            jar.parent.mkdir(parents=True)
            jar.touch()
        (self.checkout / "target" / "built").touch()

    def given_a_java(self, script: str) -> None:
        """A JDK of the right version whose java is a shell script."""
        home = self.folder / "jdk"
        (home / "bin").mkdir(parents=True)
        (home / "release").write_text('JAVA_VERSION="25.0.1"\n', encoding="utf-8")
        (home / "bin" / "javac").touch(0o755)
        (home / "bin" / "java").write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        (home / "bin" / "java").chmod(0o755)
        self.environment["JAVA_HOME"] = str(home)

    def given_a_socket(self) -> None:
        server = socket.socket(socket.AF_UNIX)
        self.addCleanup(server.close)
        server.bind(str(self.folder / "there.sock"))
        self.environment["CAISSON_SOCKET"] = str(self.folder / "there.sock")

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
