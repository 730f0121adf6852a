"""Prints what came of CPython's own tests in a session and in a plain interpreter.

  cpython_table.py CHECKOUT MODULE...

Reads what `CPythonModules` wrote down, a file for each module. A module is "as listed" when exactly the tests
of cpython-differences.yaml differ; "missing" when nothing was written about it. Ends with status 1 unless all are
as listed.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

RECORD = Path("daemon/target/cpython")
HEAD = ("module", "tests", "same", "different", "not run", "differences")
AS_LISTED = "as listed"


def rows(checkout: Path, modules: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for module in modules:
        file = checkout / RECORD / f"{module}.row"
        if file.exists():
            yield tuple(file.read_text(encoding="utf-8").rstrip("\n").split("\t"))
        else:
            yield (module, "-", "-", "-", "-", "missing: it did not come to an end")


def main(checkout: Path, *modules: str) -> int:
    found = list(rows(checkout, modules))
    for row in (HEAD, *found):
        print("{:<16} {:>6} {:>6} {:>10} {:>8}  {}".format(*row))
    bad = [row[0] for row in found if row[-1] != AS_LISTED]
    if bad:
        print(f"not as listed: {', '.join(bad)}; what each test was on both sides: {RECORD}/MODULE.tsv")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), *sys.argv[2:]))
