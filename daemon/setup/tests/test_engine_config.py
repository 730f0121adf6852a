"""The engine's configuration is somebody else's file: what was in it stays."""

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SCRIPT = Path(__file__).resolve().parent.parent / "engine_config.py"


class EngineConfigTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.file = Path(folder.name) / "etc" / "daemon.json"

    def change(self, command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-I", str(SCRIPT), command, str(self.file), *arguments],
            capture_output=True,
            text=True,
            check=False,
        )

    def given(self, text: str) -> None:
        self.file.parent.mkdir()
        self.file.write_text(text, encoding="utf-8")

    def settings(self) -> object:
        return json.loads(self.file.read_text(encoding="utf-8"))

    def test_an_absent_file_is_created_with_the_runtime_alone(self) -> None:
        self.assertEqual(self.change("add", "ours", "/bin/runsc", "--a").stdout, "created\n")
        self.assertEqual(
            self.settings(), {"runtimes": {"ours": {"path": "/bin/runsc", "runtimeArgs": ["--a"]}}}
        )

    def test_other_keys_and_runtimes_and_their_order_and_indentation_stay(self) -> None:
        self.given(
            '{\n    "log-driver": "journald",\n    "runtimes": {"runsc": {"path": "/old"}},\n'
            '    "debug": true\n}\n'
        )
        self.assertEqual(self.change("add", "ours", "/new").stdout, "changed\n")
        text = self.file.read_text(encoding="utf-8")
        self.assertEqual(list(json.loads(text)), ["log-driver", "runtimes", "debug"])
        self.assertEqual(list(json.loads(text)["runtimes"]), ["runsc", "ours"])
        self.assertIn('\n    "debug": true\n', text)

    def test_adding_again_changes_nothing(self) -> None:
        self.change("add", "ours", "/bin/runsc", "--a")
        before = self.file.stat()
        self.assertEqual(self.change("add", "ours", "/bin/runsc", "--a").stdout, "unchanged\n")
        self.assertEqual(self.file.stat().st_ino, before.st_ino)

    def test_the_mode_of_the_file_stays(self) -> None:
        self.given("{}")
        self.file.chmod(0o600)
        self.change("add", "ours", "/bin/runsc")
        self.assertEqual(self.file.stat().st_mode & 0o777, 0o600)

    def test_a_link_stays_a_link(self) -> None:
        self.given("{}")
        real = self.file.with_name("real.json")
        self.file.rename(real)
        self.file.symlink_to(real)
        self.change("add", "ours", "/bin/runsc")
        self.assertTrue(self.file.is_symlink())
        self.assertIn("ours", real.read_text(encoding="utf-8"))

    def test_a_broken_file_is_refused_and_left_as_it_was(self) -> None:
        for text in ('{"debug": tru', "[]", '{"runtimes": []}'):
            with self.subTest(text):
                self.file.parent.mkdir(exist_ok=True)
                self.file.write_text(text, encoding="utf-8")
                answer = self.change("add", "ours", "/bin/runsc")
                self.assertEqual(answer.returncode, 1)
                self.assertEqual(answer.stderr, "")
                self.assertNotEqual(answer.stdout, "")
                self.assertEqual(self.file.read_text(encoding="utf-8"), text)

    def test_removing_takes_out_what_adding_put_in(self) -> None:
        self.given('{"debug": true}')
        self.change("add", "ours", "/bin/runsc")
        self.assertEqual(self.change("remove", "ours").stdout, "removed\n")
        self.assertEqual(self.settings(), {"debug": True})
        self.assertEqual(self.change("remove", "ours").stdout, "unchanged\n")


if __name__ == "__main__":
    unittest.main()
