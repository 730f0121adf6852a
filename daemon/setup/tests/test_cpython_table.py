"""What the table of CPython's own tests makes of their records."""

import io
import tempfile
import unittest
from contextlib import redirect_stdout
from pathlib import Path

import cpython_table


class CPythonTableTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.checkout = Path(folder.name)
        (self.checkout / cpython_table.RECORD).mkdir(parents=True)

    def given(self, module: str, verdict: str) -> None:
        row = "\t".join((module, "10", "8", "2", "1", verdict))
        (self.checkout / cpython_table.RECORD / f"{module}.row").write_text(row + "\n", encoding="utf-8")

    def table(self, *modules: str) -> tuple[int, list[str]]:
        out = io.StringIO()
        with redirect_stdout(out):
            status = cpython_table.main(self.checkout, *modules)
        return status, out.getvalue().splitlines()

    def test_it_ends_well_when_every_module_is_as_listed(self) -> None:
        self.given("test_io", "as listed")

        status, lines = self.table("test_io")

        self.assertEqual(status, 0)
        self.assertEqual("test_io 10 8 2 1 as listed".split(), lines[1].split())
        self.assertEqual(2, len(lines))

    def test_a_difference_that_is_not_listed_is_no_success(self) -> None:
        self.given("test_io", "NOT AS LISTED")

        status, lines = self.table("test_io")

        self.assertEqual(status, 1)
        self.assertTrue(lines[-1].startswith("not as listed: test_io;"), lines)

    def test_a_module_that_wrote_nothing_is_missing(self) -> None:
        self.given("test_io", "as listed")

        status, lines = self.table("test_io", "test_signal")

        self.assertEqual(status, 1)
        self.assertIn("missing", lines[2])
        self.assertTrue(lines[-1].startswith("not as listed: test_signal;"), lines)
