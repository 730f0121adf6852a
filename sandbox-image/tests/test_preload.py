"""What an image has imported before its sandboxes are ready."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import textwrap
import unittest
from pathlib import Path

from agent import _preload

AGENT_PARENT = Path(__file__).resolve().parents[1]


class WarmTest(unittest.TestCase):
    """Each in a process of its own, as a supervisor is one."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.program = Path(folder.name) / "warm.py"

    def after_warming(self, program: str, then: str) -> str:
        """What `then` prints after an image with this program was warmed."""
        self.program.write_text(textwrap.dedent(program), encoding="utf-8")
        source = f"import os, sys\nfrom agent import _preload\ntaken = _preload.warm({str(self.program)!r})\n{then}"
        # As in a sandbox; on a machine for computing these may be set for everybody.
        unset = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
        environment = {name: value for name, value in os.environ.items() if name not in unset}
        done = subprocess.run(
            [sys.executable, "-c", source],
            cwd=AGENT_PARENT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout or done.stderr.splitlines()[-1]

    def test_what_the_program_imports_is_there(self) -> None:
        self.assertEqual("True\n", self.after_warming("import wave", "print('wave' in sys.modules)"))

    def test_an_image_without_a_program_has_taken_nothing(self) -> None:
        self.assertEqual(0, _preload.warm(str(self.program)))

    def test_memory_that_it_keeps_is_told(self) -> None:
        program = "import sys\nsys.kept = b'x' * (32 << 20)"
        self.assertEqual("True\n", self.after_warming(program, "print(30 << 20 < taken < 64 << 20)"))

    def test_what_it_says_to_the_environment_holds_for_it_alone(self) -> None:
        program = """
            import os, sys
            sys.seen = [os.environ.get(name) for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")]
            os.environ["OF_WARM"] = "1"
            del os.environ["PATH"]
            """
        then = "print(sys.seen, 'OF_WARM' in os.environ, 'PATH' in os.environ, 'OMP_NUM_THREADS' in os.environ)"
        self.assertEqual("['1', '1'] False True False\n", self.after_warming(program, then))

    def test_an_import_that_fails_is_an_error_that_names_the_program(self) -> None:
        self.assertEqual(
            f"agent._preload.WarmingError: {self.program}: ModuleNotFoundError: No module named 'nowhere'",
            self.after_warming("import nowhere", ""),
        )

    def test_a_thread_that_it_leaves_is_an_error(self) -> None:
        program = """
            import threading
            threading.Thread(target=threading.Event().wait, daemon=True).start()
            """
        self.assertEqual(
            f"agent._preload.WarmingError: {self.program} has left 1 threads, and the supervisor may only have one to fork",
            self.after_warming(program, ""),
        )
