"""The line of counts at the end of `caisson test` is believed, so it has to be true."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SCRIPT = Path(__file__).resolve().parent.parent / "test_summary.py"
ALL_WELL = "....\n-----\nRan 4 tests in 0.010s\n\nOK\n"


class TestSummaryTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.checkout = Path(folder.name)

    def java(self, kind: str, name: str, **counts: int) -> None:
        reports = self.checkout / "daemon" / "target" / f"{kind}-reports"
        reports.mkdir(parents=True, exist_ok=True)
        numbers = " ".join(f'{key}="{value}"' for key, value in counts.items())
        (reports / f"TEST-{name}.xml").write_text(f"<testsuite {numbers}/>", encoding="utf-8")

    def python(self, text: str) -> None:
        (self.checkout / "target").mkdir(exist_ok=True)
        (self.checkout / "target" / "python-tests.txt").write_text(text, encoding="utf-8")

    def assert_summary(self, line: str, status: int) -> str:
        answer = subprocess.run(
            [sys.executable, "-I", str(SCRIPT), str(self.checkout)],
            capture_output=True,
            text=True,
            check=False,
        )
        self.assertEqual((answer.stdout, answer.returncode), (line + "\n", status))
        return answer.stderr

    def test_java_and_python_are_added_up(self) -> None:
        self.java("surefire", "A", tests=3, failures=0, errors=0, skipped=0)
        self.java("failsafe", "B", tests=2, failures=0, errors=0, skipped=0)
        self.python(ALL_WELL + ALL_WELL)
        self.assert_summary("13 passed, 0 failed, 0 skipped", 0)

    def test_a_failure_an_error_and_a_skipped_test_each_end_with_status_1(self) -> None:
        self.java("surefire", "A", tests=5, failures=1, errors=1, skipped=1)
        self.assert_summary("2 passed, 2 failed, 1 skipped", 1)

    def test_one_skipped_python_test_is_not_success(self) -> None:
        self.python("Ran 4 tests in 0.010s\n\nOK (skipped=1)\n")
        self.assert_summary("3 passed, 0 failed, 1 skipped", 1)

    def test_python_failures_of_every_kind_count(self) -> None:
        self.python(
            "Ran 9 tests in 0.010s\n\nFAILED (failures=1, errors=2, skipped=1, "
            "expected failures=1, unexpected successes=1)\n"
        )
        self.assert_summary("4 passed, 4 failed, 1 skipped", 1)

    def test_what_failed_is_named(self) -> None:
        reports = self.checkout / "daemon" / "target" / "surefire-reports"
        reports.mkdir(parents=True)
        (reports / "TEST-A.xml").write_text(
            '<testsuite tests="2" failures="1"><testcase classname="a.B" name="works"/>'
            '<testcase classname="a.B" name="breaks"><failure/></testcase></testsuite>',
            encoding="utf-8",
        )
        self.python("FAIL: test_x (m.T.test_x)\n\nRan 1 test in 0.010s\n\nFAILED (failures=1)\n")
        answer = self.assert_summary("1 passed, 2 failed, 0 skipped", 1)
        self.assertEqual(answer, "failed: a.B.breaks\nfailed: test_x (m.T.test_x)\n")

    def test_nothing_ran_is_not_success(self) -> None:
        self.assert_summary("0 passed, 0 failed, 0 skipped", 1)


if __name__ == "__main__":
    unittest.main()
