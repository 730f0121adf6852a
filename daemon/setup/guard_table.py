"""Prints what came of each guard that was taken out.

  guard_table.py CHECKOUT [GUARD,...]

Reads what the tests of package `guards` wrote down. One line for each test of each guard: a guard is
"noticed" when its test failed without it, "UNNOTICED" when the test still passed, "broken" when the test
could not be run, "missing" when nothing was written about it. Tests that fail with every guard in place
are named first, since they would prove anything. Ends with status 1 unless all that were asked for, or
all of guards.yaml, were noticed.
"""

import json
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

GUARDS = Path("daemon/src/test/resources/caisson/guards.yaml")
RECORD = Path("daemon/target/guards/guards.jsonl")
ALL_IN_PLACE = "(none)"
VERDICTS = {"FAILED": "noticed", "PASSED": "UNNOTICED", "BROKEN": "broken"}


@dataclass(frozen=True)
class Line:
    guard: str
    row: str
    verdict: str
    test: str
    why: str


def recorded(checkout: Path) -> Iterator[Line]:
    record = checkout / RECORD
    for text in record.read_text(encoding="utf-8").splitlines() if record.exists() else ():
        entry = json.loads(text)
        guard, result = entry["guard"], entry["result"]
        verdict = VERDICTS[result]
        if guard == ALL_IN_PLACE:
            verdict = "holds" if result == "PASSED" else "FAILS"
        yield Line(guard, entry["row"], verdict, entry["test"], entry["why"])


def wanted(checkout: Path, chosen: str) -> list[str]:
    if chosen:
        return chosen.split(",")
    entries = re.split(r"(?m)^- guard: ", (checkout / GUARDS).read_text(encoding="utf-8"))[1:]
    return [entry.split()[0] for entry in entries if not re.search(r"(?m)^  fails: \[\]\s*(#.*)?$", entry)]


def table(lines: list[Line], width: int) -> Iterator[str]:
    """Long cells are cut, never wrapped, so that a test is a line."""
    names = max([len(line.guard) for line in lines], default=5)
    tests = max([len(line.test) for line in lines], default=4)
    form = "{:<%d} {:<4} {:<9} {:<%d} {}" % (names, tests)
    yield form.format("guard", "row", "verdict", "test", "what it said").rstrip()
    room = max(40, width - names - tests - 17)
    for line in lines:
        why = cut(line.why, room if line.verdict == "noticed" else 400)
        yield form.format(line.guard, line.row, line.verdict, line.test, why).rstrip()


def cut(text: str, width: int) -> str:
    text = re.sub(r"\s+", " ", text)
    return text if len(text) <= width else text[: width - 1] + "…"


def main(checkout: Path, chosen: str = "") -> int:
    lines = list(recorded(checkout))
    in_place = [line for line in lines if line.guard == ALL_IN_PLACE]
    without = [line for line in lines if line.guard != ALL_IN_PLACE]
    there = {line.guard for line in without}
    without += [
        Line(guard, "", "missing", "", "no test of it came to an end")
        for guard in wanted(checkout, chosen)
        if guard not in there
    ]
    failing = [line for line in in_place if line.verdict == "FAILS"]
    width = shutil.get_terminal_size((200, 50)).columns
    for text in table(failing + without, max(width, 160)):
        print(text)
    bad = {line.guard for line in without if line.verdict != "noticed"}
    guards = {line.guard for line in without}
    print(f"with every guard in place: {len(in_place) - len(failing)} tests pass, {len(failing)} fail")
    print(f"{len(guards)} guards taken out: {len(guards - bad)} noticed, {len(bad)} not")
    return 1 if bad or failing or not guards else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), *sys.argv[2:3]))
