"""What `caisson test` does about a Python that cannot make environments."""

import os
import subprocess
import tempfile
import unittest
from pathlib import Path

SETUP = Path(__file__).resolve().parent.parent
# Stands for a machine: the module is there when the file is, and the package brings it.
PYTHON = """#!/bin/sh
case "$*" in
  *ensurepip*) [ -e "$0.venv" ] ;;
  *) echo "$0" ;;
esac
"""
DPKG_QUERY = """#!/bin/sh
[ "$OWNER" = debian ]
"""
SCRIPT = """
SHOWN_LAUNCHER=./caisson HOME_DIR=$2 CAISSON_LOG_DIR=$2 SETUP_LOG=$2/log MACHINE_DIR=$2
source "$1/ui.sh"; source "$1/machine.sh"; source "$1/tests.sh"
install_packages() { echo "installs $2 ($1)"; $BRINGS "$(command -v python3).venv"; }
need_python_venv
echo "goes on"
"""


class PythonVenvTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        for name, text in (("python3", PYTHON), ("dpkg-query", DPKG_QUERY)):
            (self.folder / name).write_text(text, encoding="utf-8")
            (self.folder / name).chmod(0o755)

    def need_venv(self, owner: str, brings: str = "touch") -> subprocess.CompletedProcess[str]:
        path = f"{self.folder}:{os.environ['PATH']}"
        return subprocess.run(
            ["bash", "-euo", "pipefail", "-c", SCRIPT, "-", str(SETUP), str(self.folder)],
            env={**os.environ, "PATH": path, "OWNER": owner, "BRINGS": brings},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def test_a_python_that_has_it_is_left_alone(self) -> None:
        (self.folder / "python3.venv").touch()
        self.assertEqual(self.need_venv("debian").stdout, "goes on\n")

    def test_debians_python_gets_the_package(self) -> None:
        answer = self.need_venv("debian")
        self.assertEqual(
            answer.stdout,
            "installs python3-venv (MCP clients and servers of the tests get Python environments "
            "of their own)\ngoes on\n",
        )
        self.assertEqual(answer.returncode, 0)

    def test_a_python_from_elsewhere_is_named_with_what_mends_it(self) -> None:
        answer = self.need_venv("somebody")
        self.assertEqual((answer.returncode, answer.stdout), (1, ""))
        self.assertIn(f"the python3 here ({self.folder}/python3) cannot make", answer.stderr)
        self.assertIn("apt-get install -y python3 python3-venv", answer.stderr)

    def test_a_package_that_does_not_help_is_no_reason_to_go_on(self) -> None:
        answer = self.need_venv("debian", brings=":")
        self.assertEqual(answer.returncode, 1)
        self.assertIn("has no module venv or ensurepip", answer.stderr)


if __name__ == "__main__":
    unittest.main()
