"""Prints what came of each attack of the corpus.

  attack_table.py CHECKOUT

Reads what the tests of package `security` wrote down and the committed list of what is not run. One
line for each test; a row of the threat model that is in neither is named as missing. Ends with
status 1 unless every row passed or is on the list with a reason.
"""

import json
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# How many rows each group of the threat model has.
GROUPS = {"A": 20, "B": 24, "D": 22, "E": 10, "F": 22}
NOT_RUN = Path("daemon/src/test/resources/caisson/attacks-not-run.tsv")
RECORDS = "daemon/target/security/*.jsonl"


@dataclass(frozen=True)
class Line:
    row: str
    what: str
    expected: str
    seen: str
    verdict: str

    def place(self) -> tuple[str, int, str]:
        return self.row[0], int(self.row[1:]), self.what


def recorded(checkout: Path) -> Iterator[Line]:
    for record in sorted(checkout.glob(RECORDS)):
        for text in record.read_text(encoding="utf-8").splitlines():
            entry = json.loads(text)
            yield Line(*(entry[key] for key in ("row", "what", "expected", "seen", "verdict")))


def not_run(checkout: Path) -> Iterator[Line]:
    for text in (checkout / NOT_RUN).read_text(encoding="utf-8").splitlines():
        if text and not text.startswith("#"):
            row, what, reason = text.split("\t")
            yield Line(row, what, "-", reason, "not-run")


def missing(lines: list[Line]) -> Iterator[Line]:
    there = {line.row for line in lines}
    for group, count in GROUPS.items():
        for number in range(1, count + 1):
            if f"{group}{number}" not in there:
                yield Line(f"{group}{number}", "", "-", "no test came to an end", "missing")


def table(lines: list[Line], width: int) -> Iterator[str]:
    """Long cells are cut, never wrapped, so that a row is a line."""
    room = max(60, width - 4 - 8 - 6)
    what, expected, seen = room * 30 // 100, room * 35 // 100, room * 35 // 100
    form = "{:<4} {:<8} {:<%d} {:<%d} {}" % (what, expected)
    yield form.format("row", "verdict", "attack", "expected", "seen")
    for line in sorted(lines, key=Line.place):
        yield form.format(
            line.row,
            line.verdict,
            cut(line.what, what),
            cut(line.expected, expected),
            cut(line.seen, seen if line.verdict in ("pass", "not-run") else 400),
        ).rstrip()


def cut(text: str, width: int) -> str:
    text = re.sub(r"\s+", " ", text)
    return text if len(text) <= width else text[: width - 1] + "…"


def main(checkout: Path) -> int:
    lines = [*recorded(checkout), *not_run(checkout)]
    lines += missing(lines)
    width = shutil.get_terminal_size((200, 50)).columns
    for text in table(lines, max(width, 160)):
        print(text)
    counts = {verdict: 0 for verdict in ("pass", "fail", "not-run", "missing")}
    for line in lines:
        counts[line.verdict] += 1
    print(", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count))
    return 1 if counts["fail"] or counts["missing"] or not counts["pass"] else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
