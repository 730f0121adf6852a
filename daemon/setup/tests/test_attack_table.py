"""What the table of the attack corpus makes of records and of the list of what is not run."""

import io
import json
import tempfile
import unittest
from contextlib import redirect_stdout
from pathlib import Path

import attack_table


class AttackTableTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.checkout = Path(folder.name)
        (self.checkout / "daemon/target/security").mkdir(parents=True)
        (self.checkout / attack_table.NOT_RUN).parent.mkdir(parents=True)

    def table(self, records: list[dict[str, str]], not_run: str) -> tuple[int, str]:
        lines = [json.dumps({"what": "an attack", "expected": "x", "seen": "y", **r}) for r in records]
        record = self.checkout / "daemon/target/security/Group.jsonl"
        record.write_text("\n".join(lines), encoding="utf-8")
        (self.checkout / attack_table.NOT_RUN).write_text(not_run, encoding="utf-8")
        out = io.StringIO()
        with redirect_stdout(out):
            status = attack_table.main(self.checkout)
        return status, out.getvalue()

    def all_rows(self, verdict: str = "pass") -> list[dict[str, str]]:
        return [
            {"row": f"{group}{number}", "verdict": verdict}
            for group, count in attack_table.GROUPS.items()
            for number in range(1, count + 1)
        ]

    def test_it_ends_well_when_every_row_passed(self) -> None:
        status, text = self.table(self.all_rows(), "# nothing\n")

        self.assertEqual(status, 0)
        self.assertEqual(text.splitlines()[-1], "98 pass")

    def test_a_row_that_is_nowhere_is_missing(self) -> None:
        status, text = self.table(self.all_rows()[1:], "")

        self.assertEqual(status, 1)
        self.assertIn("A1   missing", text)
        self.assertEqual(text.splitlines()[-1], "97 pass, 1 missing")

    def test_a_row_that_is_not_run_says_why(self) -> None:
        status, text = self.table(self.all_rows()[1:], "A1\tthe kernel\tno such machine\n")

        self.assertEqual(status, 0)
        self.assertRegex(text, r"A1 +not-run +the kernel +- +no such machine")

    def test_one_failure_of_many_variants_fails_the_whole(self) -> None:
        status, text = self.table([*self.all_rows(), {"row": "B2", "verdict": "fail"}], "")

        self.assertEqual(status, 1)
        self.assertEqual(text.splitlines()[-1], "98 pass, 1 fail")

    def test_rows_come_in_the_order_of_their_numbers(self) -> None:
        _, text = self.table(list(reversed(self.all_rows())), "")

        rows = [line.split()[0] for line in text.splitlines()[1:-1]]
        self.assertEqual(rows[:3] + rows[-1:], ["A1", "A2", "A3", "F22"])

    def test_nothing_at_all_is_no_success(self) -> None:
        status, _ = self.table([], "".join(f"{r['row']}\tx\ty\n" for r in self.all_rows()))

        self.assertEqual(status, 1)


if __name__ == "__main__":
    unittest.main()
