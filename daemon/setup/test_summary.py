"""Counts what the test runs of this checkout reported and prints one line of it.

  test_summary.py CHECKOUT

Reads Maven's XML reports of every module and the text of the Python runner. Names what failed or was
skipped on stderr; the line of counts is alone on stdout. Ends with status 1 unless something ran,
nothing failed and nothing was skipped.
"""

import re
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Counts:
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped
        )

    @staticmethod
    def of(ran: int, failed: int, skipped: int) -> "Counts":
        return Counts(max(0, ran - failed - skipped), failed, skipped)


def java_counts(checkout: Path) -> Counts:
    total = Counts()
    for suite in java_suites(checkout):
        ran, failures, errors, skipped = (
            int(suite.get(name, "0")) for name in ("tests", "failures", "errors", "skipped")
        )
        total += Counts.of(ran, failures + errors, skipped)
    return total


def java_suites(checkout: Path) -> Iterator[ElementTree.Element]:
    for report in sorted(checkout.glob("*/target/*-reports/TEST-*.xml")):
        yield ElementTree.parse(report).getroot()


def names_of_what_is_not_well(checkout: Path, python_text: str) -> Iterator[str]:
    for suite in java_suites(checkout):
        for case in suite.iter("testcase"):
            for kind, word in (("failure", "failed"), ("error", "failed"), ("skipped", "skipped")):
                if case.find(kind) is not None:
                    yield f"{word}: {case.get('classname')}.{case.get('name')}"
    for found in re.finditer(r"^(?:FAIL|ERROR): (.*)$", python_text, re.M):
        yield f"failed: {found[1]}"


def python_counts(text: str) -> Counts:
    """Adds up the closing lines of unittest: "Ran 12 tests in 0.1s" and "FAILED (failures=1)"."""
    total = Counts()
    for run in re.finditer(r"^Ran (\d+) tests? in .*\n+(OK|FAILED|NO TESTS RAN)(.*)$", text, re.M):
        outcome = {key: int(value) for key, value in re.findall(r"(\w[\w ]*)=(\d+)", run[3])}
        failed = (
            outcome.get("failures", 0)
            + outcome.get("errors", 0)
            + outcome.get("unexpected successes", 0)
        )
        skipped = outcome.get("skipped", 0)
        # An import that fails counts as an error without having run.
        total += Counts.of(max(int(run[1]), failed + skipped), failed, skipped)
    return total


def main(checkout: Path) -> int:
    python_report = checkout / "target" / "python-tests.txt"
    text = python_report.read_text(encoding="utf-8") if python_report.exists() else ""
    total = java_counts(checkout) + python_counts(text)
    for line in names_of_what_is_not_well(checkout, text):
        print(line, file=sys.stderr)
    sys.stderr.flush()
    print(f"{total.passed} passed, {total.failed} failed, {total.skipped} skipped")
    return 0 if total.passed and not total.failed and not total.skipped else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
