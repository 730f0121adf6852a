"""What the table of guards makes of the records of tests without them."""

import io
import json
import tempfile
import unittest
from contextlib import redirect_stdout
from pathlib import Path

import guard_table

LIST = """\
- guard: a.one
  row: A1
  fails:
    - "x.Test#one"

- guard: b.two
  fails: ["x.Test#two"]

- guard: c.only_for_others
  fails: [] # goes with another
"""


class GuardTableTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.checkout = Path(folder.name)
        for file in (guard_table.GUARDS, guard_table.RECORD):
            (self.checkout / file).parent.mkdir(parents=True)
        (self.checkout / guard_table.GUARDS).write_text(LIST, encoding="utf-8")

    def table(self, records: list[tuple[str, str]], chosen: str = "") -> tuple[int, str]:
        lines = [
            json.dumps({"guard": guard, "row": "A1", "test": "x.Test#y", "result": result, "why": "why"})
            for guard, result in records
        ]
        (self.checkout / guard_table.RECORD).write_text("\n".join(lines), encoding="utf-8")
        out = io.StringIO()
        with redirect_stdout(out):
            status = guard_table.main(self.checkout, chosen)
        return status, out.getvalue()

    def test_it_ends_well_when_every_guard_was_noticed(self) -> None:
        status, text = self.table([("(none)", "PASSED"), ("a.one", "FAILED"), ("b.two", "FAILED")])

        self.assertEqual(status, 0)
        self.assertRegex(text, r"(?m)^a\.one +A1 +noticed +x\.Test#y +why$")
        self.assertEqual(
            text.splitlines()[-2:],
            [
                "with every guard in place: 1 tests pass, 0 fail",
                "2 guards taken out: 2 noticed, 0 not",
            ],
        )

    def test_a_test_that_still_passes_is_no_success(self) -> None:
        status, text = self.table([("a.one", "FAILED"), ("b.two", "PASSED")])

        self.assertEqual(status, 1)
        self.assertIn("UNNOTICED", text)
        self.assertEqual(text.splitlines()[-1], "2 guards taken out: 1 noticed, 1 not")

    def test_one_of_several_tests_is_not_enough(self) -> None:
        status, _ = self.table([("a.one", "FAILED"), ("a.one", "PASSED"), ("b.two", "FAILED")])

        self.assertEqual(status, 1)

    def test_a_test_that_could_not_be_run_proves_nothing(self) -> None:
        status, text = self.table([("a.one", "FAILED"), ("b.two", "BROKEN")])

        self.assertEqual(status, 1)
        self.assertIn("broken", text)

    def test_a_guard_that_was_not_tried_is_missing(self) -> None:
        status, text = self.table([("a.one", "FAILED")])

        self.assertEqual(status, 1)
        self.assertRegex(text, r"(?m)^b\.two +missing")
        self.assertNotIn("c.only_for_others", text)

    def test_only_what_was_asked_for_has_to_be_there(self) -> None:
        status, _ = self.table([("a.one", "FAILED")], "a.one")

        self.assertEqual(status, 0)

    def test_a_test_that_fails_with_every_guard_in_place_is_named(self) -> None:
        status, text = self.table([("(none)", "FAILED"), ("a.one", "FAILED"), ("b.two", "FAILED")])

        self.assertEqual(status, 1)
        self.assertRegex(text, r"(?m)^\(none\) +A1 +FAILS")

    def test_nothing_at_all_is_no_success(self) -> None:
        (self.checkout / guard_table.GUARDS).write_text("", encoding="utf-8")
        status, _ = self.table([])

        self.assertEqual(status, 1)


if __name__ == "__main__":
    unittest.main()
